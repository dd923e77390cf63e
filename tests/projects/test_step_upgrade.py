"""Upgrading a step: on request, shown before it is saved, undone at once."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from ecsportal.people.models import Role
from ecsportal.problems import Conflict, NotFound, ValidationProblem
from ecsportal.projects import process
from ecsportal.projects.line_difference import DiffLine, line_difference
from ecsportal.projects.models import Project
from ecsportal.projects.queries import current_process
from ecsportal.projects.step_upgrade import upgrade_of, upgrade_step
from ecsportal.steps import catalogue
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.step_type import DeployEcsService
from ecsportal.steps.versions import Version
from tests import builders
from tests.posted_form import posted_form

pytestmark = pytest.mark.django_db

PROCESS = "/projects/web-shop/process/"
STEP = f"{PROCESS}deploy-web/"
UPGRADE = f"{STEP}upgrade/"
API = "/api/v1/projects/web-shop/process"


class Careless(DeployEcsService):
    """Its version 3 resets the number of tasks without saying so."""

    version = 3
    versions = (  # type: ignore[assignment]
        *DeployEcsService.versions,
        Version(
            3, "Sets the size.", may_change=("cpu",), migrate=lambda i: i | {"desired_count": 1}
        ),
    )


@pytest.fixture
def careless() -> Iterator[None]:
    catalogue.register(Careless())
    yield
    catalogue.unregister("deploy-ecs-service")


@pytest.fixture
def project() -> Project:
    builders.feed("Docker Hub")
    builders.target("Main", tags=["web"])
    made = builders.project("Web shop")
    save(made, version=1)
    return made


@pytest.fixture
def lead(project: Project) -> Client:
    return builders.signed_in(builders.user_with_role(Role.LEAD, name="lea"))


def save(project: Project, **fields: Any) -> None:
    process.save_process(project, steps=[builders.web_step(**fields)], by=None)


def step(project: Project) -> JsonDict:
    saved = current_process(project)
    assert saved is not None
    found: JsonDict = saved.steps[0]
    return found


def page(client: Client, url: str) -> str:
    return html.unescape(client.get(url).content.decode())


def test_a_step_stays_at_its_version_and_the_process_says_that_there_is_a_newer(
    lead: Client, project: Project
) -> None:
    assert "Version 2 available" in page(lead, PROCESS)
    form = posted_form(lead.get(STEP).content.decode(), "step-form")
    lead.post(STEP, form | {"task_name": "other"})
    assert (step(project)["version"], step(project)["inputs"]["task_name"]) == (1, "other")
    assert "Upgrade to version 2…" in page(lead, STEP)


def test_the_newest_version_is_not_marked(lead: Client, project: Project) -> None:
    save(project, version=2)
    assert "available" not in page(lead, PROCESS)
    assert "Upgrade to version" not in page(lead, STEP)
    assert "version 2 of Deploy Amazon ECS Service: the newest." in page(lead, UPGRADE)


def test_the_page_shows_what_would_change_and_saves_nothing(lead: Client, project: Project) -> None:
    before = step(project)
    shown = page(lead, UPGRADE)
    assert "containers[0].firelens" in shown
    assert "The template stays as it is, line by line" in shown
    assert step(project) == before


def test_an_upgrade_is_a_new_revision_and_is_undone_at_once(lead: Client, project: Project) -> None:
    before, number = step(project), current_process(project).number  # type: ignore[union-attr]
    saved = lead.post(UPGRADE, {"version": 2, "revision": number})
    assert saved["Location"] == f"{STEP}?upgraded={number + 1}"
    assert step(project)["version"] == 2

    shown = page(lead, saved["Location"])
    assert "Deploy web has version 2 now" in shown
    assert f"/process/revisions/{number}/restore/" in shown
    lead.post(f"{PROCESS}revisions/{number}/restore/", {"expected": number + 1})
    assert step(project) == before
    assert "has version 2 now" not in page(lead, saved["Location"])


def test_an_upgrade_of_a_step_that_somebody_changed_is_refused(
    lead: Client, project: Project
) -> None:
    number = current_process(project).number  # type: ignore[union-attr]
    save(project, version=1, inputs={"task_name": "theirs"})
    refused = lead.post(UPGRADE, {"version": 2, "revision": number})
    assert refused.status_code == 409
    assert "Somebody saved in between" in refused.content.decode()
    assert step(project)["version"] == 1


def test_a_broken_rule_stays_marked_and_does_not_stand_in_the_way(project: Project) -> None:
    broken = [builders.web_step(version=1, inputs={"cpu": "300"})]
    process.save_process(project, steps=broken, by=None, allow_problems=True)
    assert [problem.path for problem in upgrade_of(project, "deploy-web").problems] == ["cpu"]
    upgrade_step(project, "deploy-web", by=None)
    assert step(project)["version"] == 2


def test_a_careless_migration_is_refused_loudly_on_page_and_api(
    careless: None, lead: Client, project: Project
) -> None:
    save(project, version=2, inputs={"desired_count": 3})
    assert "It changes desired_count." in page(lead, UPGRADE)
    client = builders.api_client(builders.user_with_role(Role.LEAD))
    refused = client.post(f"{API}/steps/deploy-web/upgrade", {}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "MIGRATION_REFUSED")
    assert refused.json()["found"] == ["It changes desired_count."]
    assert step(project)["inputs"]["desired_count"] == 3


def test_an_upgrade_names_what_it_cannot_find(project: Project) -> None:
    with pytest.raises(NotFound):
        upgrade_of(project, "nothing")
    with pytest.raises(ValidationProblem):
        upgrade_of(project, "deploy-web", to=9)
    with pytest.raises(Conflict, match="version 1 is no newer"):
        upgrade_of(project, "deploy-web", to=1)


def test_the_api_previews_and_upgrades(project: Project) -> None:
    client = builders.api_client(builders.user_with_role(Role.LEAD))
    url = f"{API}/steps/deploy-web/upgrade"
    preview = client.post(url, {"preview": True}, content_type="application/json").json()
    assert (preview["revision"], preview["from_version"], preview["step"]["version"]) == (2, 1, 2)
    assert preview["changes"][0]["path"] == "containers[0].firelens"
    assert step(project)["version"] == 1

    done = client.post(url, {"version": 2}, content_type="application/json").json()
    assert (done["revision"], done["template"]) == (3, [])
    assert step(project) == done["step"]


def test_the_api_takes_a_newer_version_by_put_and_lists_the_versions(project: Project) -> None:
    client = builders.api_client(builders.user_with_role(Role.LEAD))
    listed = {kind["type"]: kind["versions"] for kind in client.get("/api/v1/step-types").json()}
    assert [each["version"] for each in listed["deploy-ecs-service"]] == [1, 2]
    sent = {"steps": [step(project) | {"version": 2}]}
    saved = client.put(API, sent, content_type="application/json")
    assert (saved.status_code, step(project)["version"]) == (200, 2)


def test_readers_see_no_upgrade_and_may_not_do_it(project: Project) -> None:
    reader = builders.signed_in(builders.user_with_role(Role.DEPLOYER))
    assert "Older version" in page(reader, PROCESS)
    assert reader.get(UPGRADE).status_code == 403
    assert reader.post(UPGRADE, {"version": 2, "revision": 2}).status_code == 403


def test_a_line_difference_keeps_a_few_lines_around_each_change() -> None:
    before = "".join(f"{n}\n" for n in range(20))
    after = before.replace("10\n", "ten\n")
    lines = line_difference(before, after)
    assert lines[0] == DiffLine("gap", "")
    assert [(line.kind, line.text) for line in lines[4:6]] == [("removed", "10"), ("added", "ten")]
    assert len(lines) == 9
