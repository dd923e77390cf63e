"""`/releases` and what is proposed for the next one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ecsportal.deployments.models import State
from ecsportal.people.models import Role, User
from ecsportal.projects.models import Project
from ecsportal.releases.models import Release
from tests import builders
from tests.releases.conftest import step_from_shop
from tests.releases.registry import Registry, running_registry

pytestmark = pytest.mark.django_db
JSON = "application/json"
RELEASES = "/api/v1/projects/web-shop/releases"


@pytest.fixture
def registry(db: None) -> Iterator[Registry]:
    """Serves `shop/web` as the feed "shop"."""
    cache.clear()
    with running_registry(**{"shop/web": ["1.4.1", "1.4.3", "1.4.2"]}) as running:
        builders.feed("Shop", url=running.url, registry_path="registry.example.com")
        yield running
    cache.clear()


@pytest.fixture
def project(registry: Registry) -> Project:
    return builders.project("Web shop", steps=[step_from_shop()])


@pytest.fixture
def client(project: Project, administrator: User) -> Client:
    return builders.api_client(administrator)


def post(client: Client, body: dict[str, Any]) -> Any:
    return client.post(RELEASES, body, content_type=JSON)


def test_an_empty_body_chooses_as_the_page_would(client: Client, registry: Registry) -> None:
    builders.environment("Production", order=2)
    builders.environment("Development", order=1)

    made = post(client, {})

    release = Release.objects.get()
    assert made.status_code == 201
    assert made["Location"] == f"/api/v1/releases/{release.pk}"
    body = made.json()
    assert body.pop("created_at").endswith("Z")
    assert body == {
        "id": release.pk,
        "project": "web-shop",
        "version": "0.0.1",
        "channel": "default",
        "notes": "",
        "created_by": "ada",
        "images": {
            "deploy-web/web": {
                "feed": "shop",
                "repository": "shop/web",
                "tag": "1.4.3",
                "digest": registry.digest("shop/web", "1.4.3"),
                "image": "registry.example.com/shop/web:1.4.3",
                "pushed_at": None,
            }
        },
        "process_revision": 1,
        "variables_revision": 0,
        "deployable_to": [
            {"environment": "development", "allowed": True, "reason": ""},
            {"environment": "production", "allowed": True, "reason": ""},
        ],
        "url": "/projects/web-shop/releases/0.0.1/",
    }
    assert client.get(made["Location"]).json()["version"] == "0.0.1"


def test_the_proposal_is_what_an_empty_body_would_choose(client: Client) -> None:
    proposed = client.get(f"{RELEASES}/proposal").json()
    made = post(client, {}).json()

    assert proposed["version"] == made["version"]
    assert proposed["channel"] == made["channel"]
    image = proposed["images"]["deploy-web/web"]
    assert (image["tag"], image["digest"]) == (
        made["images"]["deploy-web/web"]["tag"],
        made["images"]["deploy-web/web"]["digest"],
    )


def test_a_proposal_names_why_a_feed_gave_no_tags(client: Client, registry: Registry) -> None:
    registry.status = 429

    image = client.get(f"{RELEASES}/proposal").json()["images"]["deploy-web/web"]

    assert (image["tag"], image["digest"]) == ("", None)
    assert "429" in image["problem"]


def test_everything_can_be_named(client: Client) -> None:
    sent = {
        "version": "2.0",
        "images": {"deploy-web/web": "1.4.1"},
        "notes": "Faster",
        "channel": "default",
    }

    made = post(client, sent).json()

    assert (made["version"], made["notes"]) == ("2.0", "Faster")
    assert made["images"]["deploy-web/web"]["tag"] == "1.4.1"


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({"version": "1.0"}, "version", "taken"),
        ({"version": "a b"}, "version", "pattern"),
        ({"images": {"deploy-web/web": "9.9"}}, "images.deploy-web/web", "unknown_tag"),
        ({"images": {"other/web": "1"}}, "images.other/web", "unknown"),
        ({"channel": "hotfix"}, "channel", "unknown"),
        ({"surprise": 1}, "surprise", "unknown_field"),
    ],
)
def test_what_is_wrong_is_named(
    client: Client, project: Project, body: dict[str, object], path: str, code: str
) -> None:
    builders.release(project, "1.0")

    response = post(client, body)

    assert response.status_code == 422
    assert [(e["path"], e["code"]) for e in response.json()["errors"]] == [(path, code)]


def test_a_taken_number_comes_with_a_free_one(client: Client, project: Project) -> None:
    builders.release(project, "1.0.0")

    refused = post(client, {"version": "1.0.0"}).json()

    assert (refused["code"], refused["next_free"]) == ("VERSION_TAKEN", "1.0.1")


def test_a_process_without_steps_is_a_conflict(client: Client) -> None:
    builders.project("Empty", steps=[])

    response = client.post("/api/v1/projects/empty/releases", {}, content_type=JSON)

    assert (response.status_code, response.json()["code"]) == (409, "NOTHING_TO_RELEASE")
    assert client.get("/api/v1/projects/empty/releases/proposal").status_code == 409


def test_the_list_is_newest_first_and_paged(client: Client, project: Project) -> None:
    for version in ("1.0", "1.1", "1.2"):
        builders.release(project, version)

    first = client.get(f"{RELEASES}?limit=2").json()
    second = client.get(first["next"]).json()

    assert [item["version"] for item in first["items"]] == ["1.2", "1.1"]
    assert [item["version"] for item in second["items"]] == ["1.0"]


def test_the_list_needs_the_same_queries_whatever_its_length(
    client: Client, project: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        builders.release(project, f"1.{number}")
        builders.environment()

    with django_assert_num_queries(9, exact=False):
        assert len(client.get(RELEASES).json()["items"]) == 20


def test_where_one_may_not_deploy_says_which_permission_is_missing(project: Project) -> None:
    development, production = builders.environment("Development"), builders.environment("Prod")
    release = builders.release(project)
    user = builders.user_with_role(Role.VIEWER)
    user.grants.create(role=Role.DEPLOYER, all_environments=False).environments.add(development)

    shown = builders.api_client(user).get(f"/api/v1/releases/{release.pk}").json()

    assert shown["deployable_to"] == [
        {"environment": development.slug, "allowed": True, "reason": ""},
        {
            "environment": production.slug,
            "allowed": False,
            "reason": "Needs the permission DeploymentCreate in Prod.",
        },
    ]


def test_a_release_is_deleted_unless_it_runs(client: Client, project: Project) -> None:
    release = builders.release(project, "1.0")
    deployment = builders.deployment(release, builders.environment(), state=State.SUCCEEDED)

    refused = client.delete(f"/api/v1/releases/{release.pk}")
    assert (refused.status_code, refused.json()["code"]) == (409, "IN_USE")

    deployment.delete()
    assert client.delete(f"/api/v1/releases/{release.pk}").status_code == 204


def test_an_invisible_release_is_404_and_a_forbidden_act_403(project: Project) -> None:
    release = builders.release(project)
    other = builders.project("Other")
    stranger = builders.api_client(builders.user_with_role(Role.LEAD, projects=[other]))
    deployer = builders.api_client(builders.user_with_role(Role.DEPLOYER))

    assert stranger.get(f"/api/v1/releases/{release.pk}").status_code == 404
    assert stranger.get(RELEASES).status_code == 404
    assert deployer.get(f"/api/v1/releases/{release.pk}").status_code == 200
    assert post(deployer, {}).status_code == 403
    assert deployer.delete(f"/api/v1/releases/{release.pk}").status_code == 403
