"""`/api/v1/environments`."""

from __future__ import annotations

import pytest
from django.test import Client

from ecsportal.infrastructure.models import Environment
from ecsportal.people.models import Role, User
from tests import builders

JSON = "application/json"
URL = "/api/v1/environments"


@pytest.fixture
def api(administrator: User) -> Client:
    return builders.api_client(administrator)


def test_an_environment_is_created_read_replaced_and_deleted(api: Client) -> None:
    made = api.post(URL, {"name": "Production", "production": True}, content_type=JSON)
    assert made.status_code == 201
    assert made["Location"] == f"{URL}/production"
    body = made.json()
    assert body["created_at"].endswith("Z")
    del body["created_at"], body["updated_at"]
    assert body == {
        "slug": "production",
        "name": "Production",
        "order": 1,
        "description": "",
        "octopus_id": "",
        "production": True,
        "guided_failure": False,
        "revision": 1,
    }
    replaced = api.put(f"{URL}/production", {"name": "Live", "order": 9}, content_type=JSON)
    assert replaced.status_code == 200
    assert replaced["ETag"] == '"2"'
    read = api.get(f"{URL}/production").json()
    assert (read["name"], read["order"], read["production"]) == ("Live", 9, False)
    assert api.delete(f"{URL}/production").status_code == 204
    assert not Environment.objects.exists()


def test_whether_a_failure_asks_a_person_is_a_setting_of_the_environment(api: Client) -> None:
    api.post(URL, {"name": "Production"}, content_type=JSON)
    body = {"name": "Production", "guided_failure": True}
    assert api.put(f"{URL}/production", body, content_type=JSON).json()["guided_failure"] is True
    assert Environment.objects.get().guided_failure is True


def test_the_list_is_in_the_order_of_promotion_and_pages(api: Client) -> None:
    for name, order in (("C", 3), ("A", 1), ("B", 2)):
        builders.environment(name, order=order)
    first = api.get(f"{URL}?limit=2").json()
    assert [item["slug"] for item in first["items"]] == ["a", "b"]
    second = api.get(first["next"]).json()
    assert [item["slug"] for item in second["items"]] == ["c"]
    assert second["next"] is None


def test_broken_rules_come_back_with_their_paths(api: Client) -> None:
    answer = api.post(URL, {"name": "", "octopus_id": "a b"}, content_type=JSON)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["path"] for error in answer.json()["errors"]] == ["name", "octopus_id"]


def test_an_unknown_field_is_refused(api: Client) -> None:
    answer = api.post(URL, {"name": "A", "colour": "red"}, content_type=JSON)
    assert answer.json()["errors"][0]["code"] == "unknown_field"


def test_a_stale_revision_is_refused_with_the_current_one(api: Client) -> None:
    builders.environment("Production", revision=3)
    answer = api.put(
        f"{URL}/production", {"name": "Live"}, content_type=JSON, headers={"If-Match": '"2"'}
    )
    assert (answer.status_code, answer.json()["current"]) == (409, 3)


def test_an_environment_in_use_answers_with_its_users(api: Client) -> None:
    row = builders.environment("Production")
    builders.target("shop-prod", environments=[row])
    answer = api.delete(f"{URL}/production")
    assert answer.status_code == 409
    assert answer.json()["used_by"] == [
        {"kind": "target", "slug": "shop-prod", "name": "shop-prod"}
    ]


def test_a_reader_reads_what_their_role_reaches_and_changes_nothing(db: None) -> None:
    seen, hidden = builders.environment("Seen"), builders.environment("Hidden")
    api = builders.api_client(builders.user_with_role(Role.VIEWER, environments=[seen]))
    assert [item["slug"] for item in api.get(URL).json()["items"]] == ["seen"]
    assert api.get(f"{URL}/{hidden.slug}").status_code == 404
    refused = api.put(f"{URL}/seen", {"name": "Mine"}, content_type=JSON)
    assert (refused.status_code, refused.json()["permission"]) == (403, "EnvironmentEdit")
