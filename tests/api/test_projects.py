"""`/projects`."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ecsportal.deployments.models import State
from ecsportal.people.models import Role, User
from ecsportal.projects.models import Project
from tests import builders

pytestmark = pytest.mark.django_db
JSON = "application/json"
PROJECTS = "/api/v1/projects"


@pytest.fixture
def client(administrator: User) -> Client:
    return builders.api_client(administrator)


def test_a_project_is_created_and_read(client: Client) -> None:
    builders.environment("Production", order=2)
    builders.environment("Development", order=1)

    made = client.post(PROJECTS, {"name": "Web Shop", "description": "Sells"}, content_type=JSON)

    assert made.status_code == 201
    assert made["Location"] == "/api/v1/projects/web-shop"
    body = made.json()
    assert {key: body[key] for key in body if not key.endswith("_at")} == {
        "slug": "web-shop",
        "name": "Web Shop",
        "description": "Sells",
        "guided_failure": "",
        "supersede_queued": False,
        "channels": ["default"],
        "environments": ["development", "production"],
        "revision": 1,
    }
    read = client.get(made["Location"])
    assert read.json() == body
    assert read["ETag"] == '"1"'


def test_how_it_deploys_is_replaced_with_it(client: Client) -> None:
    client.post(PROJECTS, {"name": "Web Shop"}, content_type=JSON)
    path = f"{PROJECTS}/web-shop"
    wanted = {"name": "Web Shop", "guided_failure": "off", "supersede_queued": True}
    changed = client.put(path, wanted, content_type=JSON).json()
    assert (changed["guided_failure"], changed["supersede_queued"]) == ("off", True)
    refused = client.put(path, wanted | {"guided_failure": "maybe"}, content_type=JSON)
    assert refused.status_code == 422
    assert [error["path"] for error in refused.json()["errors"]] == ["guided_failure"]


def test_a_slug_can_be_chosen(client: Client) -> None:
    made = client.post(PROJECTS, {"name": "Web Shop", "slug": "shop"}, content_type=JSON)

    assert made.json()["slug"] == "shop"


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({"name": ""}, "name", "missing"),
        ({"name": "a", "slug": "A B"}, "slug", "pattern"),
        ({"name": "Taken"}, "name", "taken"),
        ({"name": "a", "surprise": 1}, "surprise", "unknown_field"),
    ],
)
def test_what_is_wrong_is_named(
    client: Client, body: dict[str, object], path: str, code: str
) -> None:
    builders.project("Taken")

    response = client.post(PROJECTS, body, content_type=JSON)

    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"
    assert [(e["path"], e["code"]) for e in response.json()["errors"]] == [(path, code)]


def test_a_list_is_by_name_and_paged(client: Client) -> None:
    for name in ("Beta", "Alpha", "Gamma"):
        builders.project(name)

    first = client.get(f"{PROJECTS}?limit=2").json()
    second = client.get(first["next"]).json()

    assert [item["name"] for item in first["items"]] == ["Alpha", "Beta"]
    assert [item["name"] for item in second["items"]] == ["Gamma"]
    assert second["next"] is None
    assert [i["slug"] for i in client.get(f"{PROJECTS}?search=gam").json()["items"]] == ["gamma"]


def test_the_list_needs_the_same_queries_whatever_its_length(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        builders.project(f"Project {number}")

    with django_assert_num_queries(8, exact=False):
        assert len(client.get(PROJECTS).json()["items"]) == 30


def test_a_project_is_replaced_unless_somebody_was_faster(client: Client) -> None:
    builders.project("Web shop")
    url = f"{PROJECTS}/web-shop"

    saved = client.put(url, {"name": "Shop"}, content_type=JSON, headers={"If-Match": '"1"'})
    assert (saved.status_code, saved.json()["name"]) == (200, "Shop")
    assert saved["ETag"] == '"2"'

    stale = client.put(url, {"name": "Mine"}, content_type=JSON, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["current"]) == (409, 2)


def test_a_project_is_deleted_unless_it_deploys(client: Client) -> None:
    project = builders.project("Web shop")
    deployment = builders.deployment(
        builders.release(project), builders.environment(), state=State.EXECUTING
    )

    refused = client.delete(f"{PROJECTS}/web-shop")
    assert (refused.status_code, refused.json()["code"]) == (409, "IN_USE")
    assert refused.json()["used_by"][0]["slug"] == str(deployment.pk)

    deployment.state = State.FAILED
    deployment.save()
    assert client.delete(f"{PROJECTS}/web-shop").status_code == 204
    assert not Project.objects.exists()


def test_an_invisible_project_is_404_and_a_forbidden_act_403() -> None:
    mine, theirs = builders.project("Mine"), builders.project("Theirs")
    client = builders.api_client(builders.user_with_role(Role.VIEWER, projects=[mine]))

    assert client.get(f"{PROJECTS}/{theirs.slug}").status_code == 404
    assert client.get(f"{PROJECTS}/{mine.slug}").status_code == 200
    refused = client.put(f"{PROJECTS}/{mine.slug}", {"name": "x"}, content_type=JSON)
    assert (refused.status_code, refused.json()["permission"]) == (403, "ProjectEdit")


def test_a_lead_of_one_project_may_not_change_another_that_they_see() -> None:
    mine, theirs = builders.project("Mine"), builders.project("Theirs")
    user = builders.user_with_role(Role.LEAD, projects=[mine])
    user.grants.create(role=Role.VIEWER)
    client = builders.api_client(user)

    refused = client.put(f"{PROJECTS}/{theirs.slug}", {"name": "x"}, content_type=JSON)
    assert refused.status_code == 403
    assert client.delete(f"{PROJECTS}/{theirs.slug}").status_code == 403
