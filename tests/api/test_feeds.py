"""`/api/v1/feeds`."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from ecsportal.infrastructure.models import Feed
from ecsportal.people.models import Role, User
from ecsportal.sandbox.server import RunningSandbox
from tests import builders

JSON = "application/json"
URL = "/api/v1/feeds"


@pytest.fixture
def api(administrator: User, sandbox: RunningSandbox) -> Client:
    cache.clear()
    builders.feed("Registry", url=sandbox.url, registry_path="")
    return builders.api_client(administrator)


def test_a_password_goes_in_and_never_comes_out(api: Client) -> None:
    body = {
        "name": "Docker Hub",
        "kind": "docker",
        "url": "https://registry-1.docker.io",
        "registry_path": "docker.io",
        "username": "ada",
        "password": "t0ken",
        "account": None,
        "region": "",
    }
    made = api.post(URL, body, content_type=JSON)
    assert (made.status_code, made["Location"]) == (201, f"{URL}/docker-hub")
    shown = made.json()
    assert shown["password_set"] is True
    assert {name: shown[name] for name in body if name != "password"} == {
        name: value for name, value in body.items() if name != "password"
    }
    del body["password"]
    assert (
        api.put(f"{URL}/docker-hub", {**body, "name": "Hub"}, content_type=JSON).status_code == 200
    )
    assert Feed.objects.get(slug="docker-hub").password == "t0ken"
    assert api.delete(f"{URL}/docker-hub").status_code == 204


def test_tags_come_newest_version_first_and_page(api: Client, sandbox: RunningSandbox) -> None:
    sandbox.registry(repositories={"library/nginx": ["1.9", "latest", "1.10", "1.10-rc.1"]})
    first = api.get(f"{URL}/registry/tags?repository=library/nginx&limit=3").json()
    assert first["items"][0] == {
        "tag": "1.10",
        "digest": None,
        "pushed_at": None,
        "platforms": [],
    }
    assert [item["tag"] for item in first["items"]] == ["1.10", "1.10-rc.1", "1.9"]
    assert first["stale_reason"] is None
    second = api.get(first["next"]).json()
    assert ([item["tag"] for item in second["items"]], second["next"]) == (["latest"], None)


def test_tags_of_nothing_are_refused(api: Client) -> None:
    answer = api.get(f"{URL}/registry/tags")
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "repository")
    wrong = api.get(f"{URL}/registry/tags?repository=library/nginx&cursor=x")
    assert wrong.json()["errors"][0]["path"] == "cursor"


def test_a_feed_that_refuses_is_502_with_its_reason(api: Client, sandbox: RunningSandbox) -> None:
    missing = api.get(f"{URL}/registry/tags?repository=no/such")
    assert (missing.status_code, missing.json()["code"]) == (502, "FEED-NOT-FOUND")
    sandbox.registry(auth="basic")
    refused = api.post(f"{URL}/registry/test", {"repository": "shop/web"}, content_type=JSON)
    assert (refused.status_code, refused.json()["code"]) == (502, "FEED-CREDENTIALS")
    assert refused.json()["field"] == "username"


def test_a_test_says_what_it_found(api: Client) -> None:
    answer = api.post(f"{URL}/registry/test", {"repository": "shop/web"}, content_type=JSON)
    assert answer.json()["ok"] is True
    assert answer.json()["message"].startswith("shop/web has ")


def test_repositories_are_searched(api: Client) -> None:
    answer = api.get(f"{URL}/registry/repositories?search=nginx").json()
    assert answer == {"items": ["library/nginx"], "next": None}


def test_a_reader_may_read_tags_but_not_test(api: Client) -> None:
    reader = builders.api_client(builders.user_with_role(Role.VIEWER))
    assert reader.get(f"{URL}/registry/tags?repository=shop/web").status_code == 200
    assert reader.post(f"{URL}/registry/test", {}, content_type=JSON).status_code == 403
