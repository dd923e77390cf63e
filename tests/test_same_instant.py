"""Two people at once, and one person twice: nothing is done double, nothing typed is lost."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import Client

from ecsportal.deployments import engine
from ecsportal.deployments.models import Deployment, State
from ecsportal.infrastructure.models import Environment
from ecsportal.people.models import Role
from ecsportal.projects.models import ProcessRevision, Project
from ecsportal.releases.models import Release
from ecsportal.sandbox.server import RunningSandbox
from tests import builders
from tests.in_process_portal import Answer, Api, Portal, in_process_portal, refusal
from tests.page_form import Fields, fields_of

DEPLOY_PAGE = "/projects/web-shop/releases/0.0.1/deploy/development/"
NEW_RELEASE = "/projects/web-shop/releases/new/"
STEP_PAGE = "/projects/web-shop/process/deploy-web/"
T = TypeVar("T")


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Portal:
    return in_process_portal(sandbox)


def at_once(*acts: Callable[[], T]) -> list[T]:
    """What the acts answer, all begun at the same instant in threads of their own."""
    start = Barrier(len(acts))

    def run(act: Callable[[], T]) -> T:
        start.wait(10)
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def form_at(client: Client, path: str, having: str) -> Fields:
    response = client.get(path)
    assert response.status_code == 200
    return fields_of(response.content.decode(), having=having)


def shown(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


# ---- deploying ----


def test_two_people_deploying_at_the_same_instant_take_turns(portal: Portal) -> None:
    release = portal.release()["id"]
    people = [builders.signed_in(builders.user_with_role(Role.DEPLOYER)) for _ in range(2)]
    forms = [form_at(client, DEPLOY_PAGE, "request_token") for client in people]
    answers = at_once(
        lambda: people[0].post(DEPLOY_PAGE, forms[0]), lambda: people[1].post(DEPLOY_PAGE, forms[1])
    )
    assert [answer.status_code for answer in answers] == [302, 302]
    numbers = [int(answer["Location"].rstrip("/").rpartition("/")[2]) for answer in answers]
    assert len(set(numbers)) == 2
    at_once(engine.advance_due, engine.advance_due)
    rows = Deployment.objects.filter(release=release).order_by("pk")
    assert [row.state for row in rows] == [State.EXECUTING, State.QUEUED]
    page = shown(people[1].get(f"/deployments/{max(numbers)}/"))
    assert f'href="/deployments/{min(numbers)}/"' in page
    assert [portal.finish(number)["state"] for number in sorted(numbers)] == ["succeeded"] * 2
    assert portal.sandbox.calls()["cloudformation.CreateStack"]["started"] == 1


def test_two_scripts_deploying_at_the_same_instant_take_turns(portal: Portal) -> None:
    path = f"/releases/{portal.release()['id']}/deployments"
    keys = [Api(portal.api.key) for _ in range(2)]
    answers = at_once(*(lambda k=k: k("POST", path, {"environment": "staging"}) for k in keys))
    assert [answer.status for answer in answers] == [201, 201]
    assert len({answer.body["id"] for answer in answers}) == 2


def test_a_double_click_on_deploy_is_one_deployment(portal: Portal) -> None:
    portal.release()
    fields = form_at(portal.browser, DEPLOY_PAGE, "request_token")
    clicks = [builders.signed_in(portal.admin) for _ in range(2)]
    answers = at_once(*(lambda c=c: c.post(DEPLOY_PAGE, fields) for c in clicks))
    assert len({answer["Location"] for answer in answers}) == 1
    assert Deployment.objects.count() == 1


def test_two_people_retrying_at_the_same_instant_make_one_retry(portal: Portal) -> None:
    failed = Deployment.objects.get(pk=portal.deploy(portal.release()["id"])["id"])
    Deployment.objects.filter(pk=failed.pk).update(state=State.FAILED, due_at=None)
    keys = [builders.api_key(builders.user_with_role(Role.DEPLOYER)) for _ in range(4)]
    path = f"/deployments/{failed.pk}/retry"
    answers = at_once(*(lambda key=key: Api(key)("POST", path, {}) for key in keys))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    assert {refusal(each)[1] for each in answers if each.status == 409} == {"ALREADY_RETRIED"}
    assert Deployment.objects.filter(retry_of=failed).count() == 1


def test_an_idempotency_key_sent_twice_at_once_is_one_deployment(portal: Portal) -> None:
    path = f"/releases/{portal.release()['id']}/deployments"
    body = {"environment": "staging"}
    keys = [Api(portal.api.key) for _ in range(2)]
    answers = at_once(*(lambda k=k: k("POST", path, body, Idempotency_Key="once") for k in keys))
    assert Deployment.objects.count() == 1
    assert {answer.status for answer in answers} <= {201, 409}
    again = portal.api("POST", path, body, Idempotency_Key="once")
    assert (again.status, again.body["id"]) == (201, Deployment.objects.get().pk)


# ---- a form posted twice ----


def test_a_release_form_posted_twice_makes_one_release_and_one_deployment(portal: Portal) -> None:
    fields = form_at(portal.browser, NEW_RELEASE, "version")
    clicks = [builders.signed_in(portal.admin) for _ in range(2)]
    answers = at_once(*(lambda c=c: c.post("/remote" + NEW_RELEASE, fields) for c in clicks))
    assert [answer.status_code for answer in answers] == [302, 302]
    assert len({answer["Location"] for answer in answers}) == 1
    assert (Release.objects.count(), Deployment.objects.count()) == (1, 1)


def test_a_project_form_posted_twice_makes_one_project(portal: Portal) -> None:
    fields = form_at(portal.browser, "/projects/new/", "slug")
    fields |= {"name": ["Tea house"], "description": ["Sells tea."]}
    clicks = [builders.signed_in(portal.admin) for _ in range(2)]
    answers = at_once(*(lambda c=c: c.post("/projects/new/", fields) for c in clicks))
    assert Project.objects.filter(name="Tea house").count() == 1
    assert sorted(answer.status_code for answer in answers) == [302, 422]
    refused = next(answer for answer in answers if answer.status_code == 422)
    assert 'There is a project "Tea house" already' in shown(refused)
    kept = fields_of(refused.content.decode(), having="slug")
    assert (kept["name"], kept["description"]) == (["Tea house"], ["Sells tea."])


def test_a_new_step_posted_twice_is_one_step(portal: Portal) -> None:
    path = "/projects/web-shop/process/new/deploy-ecs-service/"
    known = form_at(portal.browser, STEP_PAGE, "step_name")
    fields = known | {"step_name": ["Deploy worker"], "task_name": ["worker"]}
    for _ in range(2):
        answer = portal.browser.post(path, fields)
        assert (answer.status_code, answer["Location"]) == (
            302,
            "/projects/web-shop/process/deploy-worker/",
        )
    steps = portal.api("GET", "/projects/web-shop/process").body["steps"]
    assert [step["slug"] for step in steps] == ["deploy-web", "deploy-worker"]


# ---- two editors ----


def test_two_editors_of_one_step_see_each_other_and_keep_what_they_typed(portal: Portal) -> None:
    mine = form_at(portal.browser, STEP_PAGE, "step_name")
    theirs = mine | {"cpu": ["1024"], "memory": ["2048"]}
    assert portal.browser.post(STEP_PAGE, theirs).status_code == 302
    mine |= {"desired_count": ["4"], "containers.0.name": ["shop"]}
    refused = portal.browser.post(STEP_PAGE, mine)
    assert refused.status_code == 409
    page = shown(refused)
    assert "saved this step meanwhile" in page
    assert "revision 2" in page
    assert "1024" in page
    kept = fields_of(refused.content.decode(), having="step_name")
    assert kept["desired_count"] == ["4"]
    assert portal.browser.post(STEP_PAGE, kept).status_code == 302
    inputs = ProcessRevision.objects.latest("number").steps[0]["inputs"]
    assert (inputs["cpu"], inputs["desired_count"]) == ("1024", 4)
    assert inputs["containers"][0]["name"] == "shop"


def test_two_scripts_saving_one_process_at_the_same_instant_are_told_apart(portal: Portal) -> None:
    steps = portal.api("GET", "/projects/web-shop/process").body["steps"]

    def save(count: int) -> Callable[[], Answer]:
        inputs = steps[0]["inputs"] | {"desired_count": count}
        body = {"steps": [steps[0] | {"inputs": inputs}]}
        api = Api(portal.api.key)
        return lambda: api("PUT", "/projects/web-shop/process", body, If_Match='"1"')

    answers = at_once(save(3), save(4))
    assert sorted(answer.status for answer in answers) == [200, 409]
    refused = next(answer for answer in answers if answer.status == 409)
    assert (refusal(refused), refused.body["current"]) == ((409, "STALE_REVISION"), 2)


@pytest.mark.parametrize(
    ("path", "field", "typed"),
    [
        ("/infrastructure/targets/shop-development/", "cluster", "other"),
        ("/infrastructure/accounts/shop-development/", "access_key_id", "AKIAOTHER00000000000"),
        ("/infrastructure/feeds/shop-registry/", "registry_path", "mine.example.com"),
        ("/infrastructure/environments/development/", "description", "Mine."),
        ("/projects/web-shop/settings/", "description", "Mine."),
    ],
)
def test_a_second_editor_is_told_and_keeps_what_was_typed(
    portal: Portal, path: str, field: str, typed: str
) -> None:
    first = form_at(portal.browser, path, field)
    second = first | {field: [typed]}
    assert portal.browser.post(path, first | {"name": ["Renamed meanwhile"]}).status_code == 302
    refused = portal.browser.post(path, second)
    assert refused.status_code == 409
    assert "Renamed meanwhile" in shown(refused)
    assert fields_of(refused.content.decode(), having=field)[field] == [typed]


# ---- a name taken meanwhile ----


def test_a_version_taken_meanwhile_is_answered_with_a_free_one(portal: Portal) -> None:
    fields = form_at(portal.browser, NEW_RELEASE, "version") | {"notes": ["Mine."]}
    fields |= {"image:deploy-web/web": ["1.5.0"]}
    portal.release(version=fields["version"][0])
    refused = portal.browser.post("/remote" + NEW_RELEASE, fields)
    assert refused.status_code == 422
    assert "There is a release 0.0.1 already" in shown(refused)
    kept = fields_of(refused.content.decode(), having="version")
    assert (kept["version"], kept["notes"]) == (["0.0.2"], ["Mine."])
    assert kept["image:deploy-web/web"] == ["1.5.0"]
    assert portal.browser.post("/remote" + NEW_RELEASE, kept).status_code == 302
    taken = portal.api("POST", "/projects/web-shop/releases", {"version": "0.0.1"})
    assert (refusal(taken), taken.body["next_free"]) == ((422, "VERSION_TAKEN"), "0.0.3")


def test_two_releases_without_a_number_at_the_same_instant_get_two(portal: Portal) -> None:
    keys = [Api(portal.api.key) for _ in range(2)]
    path = "/projects/web-shop/releases"
    answers = at_once(*(lambda k=k: k("POST", path, {}) for k in keys))
    assert sorted(answer.body["version"] for answer in answers) == ["0.0.1", "0.0.2"]


NAMES: Sequence[tuple[str, str, dict[str, Any]]] = (
    ("/projects", "/projects/new/", {}),
    ("/environments", "/infrastructure/environments/new/", {}),
    (
        "/accounts",
        "/infrastructure/accounts/new/",
        {"access_key_id": "AKIAEXAMPLE000000000", "secret_access_key": "x" * 40},
    ),
    (
        "/targets",
        "/infrastructure/targets/new/",
        {
            "account": "shop-development",
            "region": "eu-west-1",
            "cluster": "demo",
            "environments": ["development"],
            "target_tags": ["web"],
        },
    ),
    ("/feeds", "/infrastructure/feeds/new/", {"url": "https://registry.example.com"}),
)


@pytest.mark.parametrize(("path", "page", "body"), NAMES)
def test_a_name_taken_meanwhile_is_told_beside_the_field(
    portal: Portal, path: str, page: str, body: dict[str, Any]
) -> None:
    fields = form_at(portal.browser, page, "name")
    fields |= {n: v if isinstance(v, list) else [v] for n, v in body.items()}
    fields |= {"name": ["Taken"]}
    assert portal.api("POST", path, {"name": "Taken", **body}).status == 201
    refused = portal.api("POST", path, {"name": "taken", **body})
    assert refusal(refused) == (422, "NAME_TAKEN")
    assert refused.body["errors"][0]["path"] == "name"
    response = portal.browser.post(page, fields)
    assert response.status_code == 422
    assert "already. Choose another name." in shown(response)
    kept = fields_of(response.content.decode(), having="name")
    for name, value in fields.items():
        if name not in ("csrfmiddlewaretoken", "secret_access_key"):
            assert kept[name] == value, name


def test_two_environments_of_one_name_at_the_same_instant_are_one(portal: Portal) -> None:
    keys = [Api(portal.api.key) for _ in range(2)]
    answers = at_once(*(lambda k=k: k("POST", "/environments", {"name": "Test"}) for k in keys))
    assert sorted(answer.status for answer in answers) == [201, 422]
    assert Environment.objects.filter(name="Test").count() == 1
