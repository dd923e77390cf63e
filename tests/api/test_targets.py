"""`/api/v1/targets`."""

from __future__ import annotations

import pytest
from django.test import Client

from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.people.models import Role, User
from ecsportal.sandbox.server import RunningSandbox
from tests import builders

JSON = "application/json"
URL = "/api/v1/targets"
BODY = {
    "name": "Shop dev",
    "account": "shop",
    "region": "eu-west-1",
    "cluster": "demo",
    "environments": ["development"],
    "target_tags": ["web"],
    "disabled": False,
}


@pytest.fixture
def api(administrator: User, sandbox: RunningSandbox) -> Client:
    builders.environment("Development")
    builders.account("shop", endpoint_url=sandbox.url)
    return builders.api_client(administrator)


def test_a_target_is_created_checked_replaced_and_deleted(api: Client) -> None:
    made = api.post(URL, BODY, content_type=JSON)
    assert (made.status_code, made["Location"]) == (201, f"{URL}/shop-dev")
    shown = made.json()
    assert {name: shown[name] for name in BODY} == BODY
    assert (shown["health"], shown["discovered"]) == ("unknown", False)
    checked = api.post(f"{URL}/shop-dev/check", content_type=JSON).json()
    assert checked["health"] == "healthy"
    assert checked["cluster_arn"].endswith(":cluster/demo")
    replaced = api.put(f"{URL}/shop-dev", {**BODY, "disabled": True}, content_type=JSON)
    assert replaced.json()["disabled"] is True
    assert api.delete(f"{URL}/shop-dev").status_code == 204
    assert not DeploymentTarget.objects.exists()


def test_a_cluster_that_isnt_there_is_unhealthy_with_a_reason(api: Client) -> None:
    api.post(URL, {**BODY, "cluster": "nowhere"}, content_type=JSON)
    answer = api.post(f"{URL}/shop-dev/check", content_type=JSON)
    assert answer.status_code == 200
    assert answer.json()["health"] == "unhealthy"
    assert 'no cluster "nowhere"' in answer.json()["health_message"]


def test_paths_of_errors_reach_into_lists(api: Client) -> None:
    body = {**BODY, "target_tags": ["web", "a,b"], "environments": ["development"]}
    answer = api.post(URL, body, content_type=JSON)
    assert [error["path"] for error in answer.json()["errors"]] == ["target_tags[1]"]


def test_the_list_can_be_narrowed(api: Client) -> None:
    development = Environment.objects.get()
    builders.target("in-dev", environments=[development])
    builders.target("elsewhere", environments=[builders.environment("Production")])
    items = api.get(f"{URL}?environment=development").json()["items"]
    assert [item["slug"] for item in items] == ["in-dev"]
    assert api.get(f"{URL}?account=shop").json()["items"] == []


def test_a_reader_sees_targets_and_environments_within_reach(api: Client) -> None:
    development, production = Environment.objects.get(), builders.environment("Production")
    builders.target("both", environments=[development, production])
    builders.target("hidden", environments=[production])
    reader = builders.api_client(builders.user_with_role(Role.VIEWER, environments=[development]))
    items = reader.get(URL).json()["items"]
    assert [(item["slug"], item["environments"]) for item in items] == [("both", ["development"])]
    assert reader.get(f"{URL}/hidden").status_code == 404
    assert reader.post(f"{URL}/both/check", content_type=JSON).status_code == 403
