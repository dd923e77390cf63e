"""The editor of a step that uses every input: its pages, two editors, bad input, closed panels."""

from __future__ import annotations

import html as html_text
import json
import re
from typing import Any

import pytest
from django.test import Client

from ecsportal.people.models import Role
from ecsportal.projects import process
from ecsportal.projects.models import Project
from ecsportal.projects.queries import current_process
from tests import builders
from tests.posted_form import posted_form
from tests.steps.deploy_ecs_service.every_input import every_input

pytestmark = pytest.mark.django_db

URL = "/projects/web-shop/process/deploy-web/"
OPEN = tuple(f"containers.{n}" for n in range(2)) + tuple(f"volumes.{n}" for n in range(2))


@pytest.fixture
def project() -> Project:
    builders.feed("Docker Hub")
    builders.feed("ECR")
    builders.target("Main", tags=["web"])
    return builders.project("Web shop", steps=[builders.web_step(inputs=every_input())])


@pytest.fixture
def lead(project: Project) -> Client:
    return builders.signed_in(builders.user_with_role(Role.LEAD, name="lea"))


def stored(project: Project) -> dict[str, Any]:
    saved = current_process(project)
    assert saved is not None
    inputs: dict[str, Any] = saved.steps[0]["inputs"]
    return inputs


def form_in(response: Any) -> dict[str, str]:
    return posted_form(response.content.decode(), "step-form")


def text_of(response: Any) -> str:
    return html_text.unescape(response.content.decode())


def opened(client: Client) -> dict[str, str]:
    """The form with every panel opened, by their buttons."""
    post = form_in(client.get(URL))
    for name in OPEN:
        post = form_in(client.post(URL, post | {"_action": f"open:{name}"}))
    return post


# Panels.


def test_closed_containers_are_sent_back_whole(lead: Client, project: Project) -> None:
    post = form_in(lead.get(URL))
    assert not any(name.startswith("containers.") for name in post)
    assert lead.post(URL, post | {"desired_count": "5"}).status_code == 302
    assert stored(project) == every_input() | {"desired_count": 5}


def test_a_container_has_a_page_of_its_own_without_script(lead: Client) -> None:
    page = lead.get(f"{URL}?open=containers.1")
    assert form_in(page)["containers.1.name"] == "router"
    assert "containers.0.name" not in form_in(page)
    for junk in ("containers.9", "containers.x", "nothing", "volumes", "."):
        assert lead.get(f"{URL}?open={junk}").status_code == 200


def test_the_fields_of_a_closed_container_come_alone(lead: Client) -> None:
    post = form_in(lead.get(URL)) | {"_action": "open:containers.0"}
    panel = lead.post(URL, post, headers={"HX-Request": "true"})
    assert 'id="step-form"' not in text_of(panel)
    assert posted_form(text_of(panel))["containers.0.environment.1.name"] == "PASSWORD"
    nowhere = lead.post(URL, post | {"_action": "open:tags.0"}, headers={"HX-Request": "true"})
    assert nowhere.status_code == 404


def test_a_reader_opens_containers_too(project: Project) -> None:
    viewer = builders.signed_in(builders.user_with_role(Role.VIEWER))
    assert 'href="?open=containers.0"' in text_of(viewer.get(URL))
    panel = viewer.get(f"{URL}?open=containers.0", headers={"HX-Request": "true"})
    assert 'value="PASSWORD"' in text_of(panel)
    assert "<button" not in text_of(panel)


def test_a_link_to_a_problem_leads_into_a_closed_container(lead: Client, project: Project) -> None:
    inputs = every_input()
    spare = [
        inputs["containers"][1] | {"name": f"c{n}", "image": {"feed": "ecr", "repository": f"r{n}"}}
        for n in range(4)
    ]
    for container in spare:
        container["firelens"] = {"enabled": False}
        container["memory"] = 2
    inputs["containers"] += spare
    builders.process(project, [builders.web_step(inputs=inputs)])
    page = text_of(lead.get(URL))
    assert '<a href="#f-containers-5-memory">Containers · c3 · Memory limit</a>' in page
    shut = page.partition('id="row-containers-5"')[2].partition("</details>")[0]
    assert 'data-closed="containers.5"' in shut
    assert "1 to fix" in shut


# Every field.


def test_every_field_is_saved_as_it_stands(lead: Client, project: Project) -> None:
    assert lead.post(URL, opened(lead)).status_code == 302
    assert stored(project) == every_input()


def test_sections_that_differ_from_what_is_stored_are_marked(lead: Client) -> None:
    post = opened(lead) | {"desired_count": "9", "containers.0.user": "root"}
    post["step_name"] = "Another"
    page = text_of(lead.post(URL, post | {"_action": "refresh"}))
    edited = re.findall(r'p-sec--edited" id="([\w-]+)"', page)
    assert edited == ["containers", "deployment"]
    assert "3 unsaved changes" in page
    live = text_of(lead.post(f"{URL}template/", post, headers={"HX-Request": "true"}))
    assert 'data-changes="3"' in live
    assert re.findall(r"<li>([\w-]+)</li>", live.partition("live-edited")[2])[:2] == edited


# Two editors.

THEIRS: dict[str, Any] = {
    "beyond.autoscaling": None,
    "beyond.circuit_breaker.threshold": 9,
    "beyond.capacity_providers": [{"provider": "FARGATE", "weight": 1, "base": 0}],
    "containers.0.health_check": None,
    "containers.0.command_list": ["other"],
    "containers.0.logging.driver": "splunk",
    "containers.0.ulimits.0.hard": 9999,
    "containers.1.firelens.config.value": "/other.conf",
    "volumes.1.root_directory": "",
    "wait.timeout_minutes": 99,
    "load_balancers": [],
}


@pytest.mark.parametrize("name", THEIRS)
def test_two_editors_choose_any_field(lead: Client, project: Project, name: str) -> None:
    """What somebody else saved meanwhile is shown beside mine, and either is kept as chosen."""
    mine = opened(lead) | {"task_name": "mine"}
    theirs = every_input()
    *way, last = [int(part) if part.isdecimal() else part for part in name.split(".")]
    place: Any = theirs
    for part in way:
        place = place[part]
    place[last] = THEIRS[name]
    step = builders.web_step(inputs=theirs) | {"slug": "deploy-web"}
    process.replace_step(
        project, "deploy-web", step=step, by=builders.user_with_role(Role.LEAD), allow_problems=True
    )
    response = lead.post(URL, mine)
    assert response.status_code == 409
    post = form_in(response)
    taken = {field: side for field, side in post.items() if field.startswith("_take:")}
    assert taken.pop("_take:inputs.task_name") == "yours"
    assert set(taken.values()) == {"theirs"}
    kept = lead.post(URL, post | dict.fromkeys(taken, "yours") | {"allow_problems": "1"})
    assert kept.status_code == 302
    assert stored(project) == every_input() | {"task_name": "mine"}


def test_their_side_of_a_field_is_saved_when_it_is_chosen(lead: Client, project: Project) -> None:
    mine = opened(lead) | {"task_name": "mine"}
    theirs = every_input()
    theirs["beyond"]["autoscaling"] = None
    step = builders.web_step(inputs=theirs) | {"slug": "deploy-web"}
    process.replace_step(project, "deploy-web", step=step, by=builders.user_with_role(Role.LEAD))
    again = form_in(lead.post(URL, mine))
    assert again["_take:inputs.beyond.autoscaling"] == "theirs"
    assert lead.post(URL, again).status_code == 302
    assert stored(project) == theirs | {"task_name": "mine"}


# Bad input.


def test_junk_in_every_field_is_refused_beside_the_fields_and_kept(
    lead: Client, project: Project
) -> None:
    post = opened(lead)
    junk = "<script>alert(1)</script> ' \" 💥 " + "x" * 200
    fields = [name for name in post if name.partition(".")[0] in every_input()]
    typed = post | {name: junk for name in fields if post[name] != "on"}
    response = lead.post(URL, typed)
    assert response.status_code == 422
    page = response.content.decode()
    assert "<script>alert" not in page
    again = form_in(response)
    lost = [
        name for name in typed if name in again and "💥" in typed[name] and "💥" not in again[name]
    ]
    assert lost == []
    assert page.count('aria-invalid="true"') > 20
    assert stored(project) == every_input()


def test_500_variables_of_which_some_are_wrong(lead: Client, project: Project) -> None:
    inputs = every_input()
    inputs["containers"][0]["environment"] = [
        {"name": f"V{n}", "value": str(n), "type": "plain"} for n in range(500)
    ]
    builders.process(project, [builders.web_step(inputs=inputs)])
    post = opened(lead)
    wrong = {f"containers.0.environment.{n}.name": "" for n in (7, 499)}
    response = lead.post(URL, post | wrong)
    assert response.status_code == 422
    assert re.findall(r'id="(f-containers-0-environment-\d+-name)-e"', text_of(response)) == [
        "f-containers-0-environment-7-name",
        "f-containers-0-environment-499-name",
    ]
    again = form_in(response)
    assert again["containers.0.environment.498.value"] == "498"
    full = lead.post(URL, again | {"_action": "add:containers.0.environment"})
    assert len(json.loads(form_in(full)["_base"])["containers"][0]["environment"]) == 500
