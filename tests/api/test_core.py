"""What all operations share: keys, permissions, problems, paging, idempotency, revisions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone
from ninja import NinjaAPI

from ecsportal.api.operations import operation_urls
from ecsportal.people.models import ApiKey, Role, User
from ecsportal.people.services.users import deactivate_user
from tests.api.calls import errors_of, post, problem
from tests.builders import api_client, api_key, project, signed_in, user_with_role

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.sample_urls")]


@pytest.fixture
def client() -> Client:
    """A client with the key of somebody who may do everything."""
    return api_client(user_with_role())


# Keys


def test_a_call_without_a_key_is_refused() -> None:
    answer = Client().get("/api/v1/things")

    assert problem(answer) == (401, "KEY_REFUSED")
    assert answer["WWW-Authenticate"].startswith("ApiKey ")


def test_a_session_is_no_key() -> None:
    assert problem(signed_in(user_with_role()).get("/api/v1/things"))[0] == 401


def test_a_wrong_an_expired_and_a_deactivated_key_say_so() -> None:
    expired = api_key(user_with_role(), expires_at=timezone.now() + timedelta(days=1))
    gone = user_with_role()
    of_gone = api_key(gone)
    deactivate_user(gone, by=user_with_role())

    with time_machine.travel(timezone.now() + timedelta(days=2)):
        details = [
            Client(headers={"X-API-Key": key}).get("/api/v1/things").json()["detail"]
            for key in ("ecsp_nonsense", expired, of_gone)
        ]

    assert "doesn't exist" in details[0]
    assert "expired on" in details[1]
    assert "deactivated" in details[2]


def test_an_address_that_guesses_keys_has_to_pause_and_good_keys_go_on() -> None:
    good = api_client(user_with_role())
    guessing = Client(headers={"X-API-Key": "ecsp_guess"})

    answers = [guessing.get("/api/v1/things") for _ in range(21)]

    assert {answer.status_code for answer in answers[:20]} == {401}
    assert problem(answers[20]) == (429, "TOO_MANY_REQUESTS")
    assert answers[20]["Retry-After"] == "300"
    assert good.get("/api/v1/things").status_code == 200


def test_a_used_key_remembers_when(client: Client) -> None:
    client.get("/api/v1/things")

    assert ApiKey.objects.get().last_used_at is not None


# Permissions


def test_a_missing_permission_is_named_before_the_body_is_looked_at() -> None:
    answer = post(api_client(user_with_role(Role.VIEWER)), "not json")

    assert problem(answer) == (403, "PERMISSION_MISSING")
    assert answer.json()["permission"] == "ProjectCreate"


def test_a_role_for_one_project_creates_no_other(client: Client) -> None:
    limited = api_client(user_with_role(Role.LEAD, projects=[project()]))

    assert limited.get("/api/v1/things").status_code == 200
    assert post(limited, {"name": "x"}).status_code == 403


def test_an_operation_without_a_permission_stops_the_start() -> None:
    api = NinjaAPI(urls_namespace="careless", openapi_url=None)

    @api.get("/open")
    def open_door(request: HttpRequest) -> str:
        return "come in"

    with pytest.raises(ImproperlyConfigured, match="declares no permission"):
        list(operation_urls(api))


# Bodies


def test_created_is_201_with_its_location(client: Client) -> None:
    answer = post(client, {"name": "one"})

    made = User.objects.get(display_name="one")
    assert answer.status_code == 201
    assert answer["Location"] == f"/api/v1/things/{made.pk}"
    assert client.get(answer["Location"]).json() == answer.json()


def test_times_are_utc_with_a_z(client: Client) -> None:
    at = post(client, {"name": "one"}).json()["at"]

    assert at.endswith("Z")
    assert "T" in at


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"name": "x", "nmae": "y"}, [("nmae", "unknown_field")]),
        ({}, [("name", "missing")]),
        ({"name": 5}, [("name", "type")]),
        ({"name": "x", "parts": [{"size": 1}, {"size": "many"}]}, [("parts[1].size", "type")]),
        ({"name": "x", "parts": [{"size": 1, "z": 1}]}, [("parts[0].z", "unknown_field")]),
        ({"name": "x", "parts": {}}, [("parts", "type")]),
        ({"name": "nul \x00"}, [("name", "character")]),
        ({"name": "half \ud800"}, [("name", "character")]),
        (["name"], [("", "type")]),
        ("", [("", "missing")]),
        ("{", [("", "json")]),
        ('{"name": NaN}', [("", "json")]),
        (b'{"name": "\xff"}', [("", "json")]),
    ],
)
def test_a_body_that_breaks_a_rule_is_422_with_paths(
    client: Client, body: Any, errors: list[tuple[str, str]]
) -> None:
    answer = post(client, body)

    assert problem(answer)[0] == 422
    assert errors_of(answer) == errors
    assert not User.objects.filter(first_name="thing").exists()


def test_json_under_the_content_type_of_a_form_is_json(client: Client) -> None:
    answer = client.post(
        "/api/v1/things", '{"name": "x"}', content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 201


def test_a_body_too_large_is_413(client: Client) -> None:
    assert problem(post(client, {"name": "x" * 5_000_000})) == (413, "TOO_LARGE")


def test_a_deeply_nested_body_is_422(client: Client) -> None:
    assert problem(post(client, "[" * 100_000))[0] == 422


# Problems


def test_problems_of_services_are_answered_as_they_are(client: Client) -> None:
    conflict = post(client, {"name": "taken"})
    in_use = client.delete("/api/v1/things/1")

    assert problem(conflict) == (409, "TAKEN")
    assert problem(in_use) == (409, "IN_USE")
    assert in_use.json()["detail"] == "Thing 1 is used by 1 project. Move them first."
    assert [use["slug"] for use in in_use.json()["used_by"]] == ["web-shop"]


def test_what_does_not_exist_is_404(client: Client) -> None:
    answer = client.get("/api/v1/things/12345")

    assert problem(answer) == (404, "NOT_FOUND")
    assert answer.json()["detail"] == "There is no thing 12345."
    assert problem(client.get("/api/v1/things/abc")) == (404, "NOT_FOUND")


def test_a_method_that_the_address_lacks_is_405(client: Client) -> None:
    answer = client.patch("/api/v1/things")

    assert problem(answer) == (405, "METHOD_NOT_ALLOWED")
    assert answer["Allow"] == "GET, HEAD, POST"


def test_head_answers_as_get(client: Client) -> None:
    assert client.head("/api/v1/things").status_code == 200


def test_a_failing_aws_is_502_with_advice(client: Client) -> None:
    answer = post(client, "", "/api/v1/broken/aws")

    assert problem(answer) == (502, "REMOTE_FAILED")
    assert answer.json()["detail"] == "AWS refuses it. Allow it."
    assert answer.json()["aws_code"] == "AccessDenied"


def test_a_bug_is_500_without_its_details(client: Client) -> None:
    client.raise_request_exception = False

    answer = post(client, "", "/api/v1/broken/down")

    assert problem(answer) == (500, "INTERNAL")
    assert "secret" not in answer.content.decode()
    assert answer.json()["request_id"] == answer["X-Request-ID"]


def test_a_database_that_is_away_is_said_and_when_to_ask_again(client: Client) -> None:
    def refuses(*_: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with connection.execute_wrapper(refuses):
        answer = client.get("/api/v1/things")

    assert problem(answer) == (503, "DATABASE_AWAY")
    assert answer["Retry-After"] == "5"


# Revisions


@pytest.mark.parametrize(("header", "status"), [('"7"', 200), ("7", 200), ("*", 200), ("", 200)])
def test_a_matching_revision_passes_and_the_new_one_is_told(
    client: Client, header: str, status: int
) -> None:
    headers = {"If-Match": header} if header else {}

    answer = client.put(
        "/api/v1/things/1", {"name": "x"}, content_type="application/json", headers=headers
    )

    assert (answer.status_code, answer["ETag"]) == (status, '"8"')


def test_a_stale_revision_is_409_with_the_current_one(client: Client) -> None:
    answer = client.put(
        "/api/v1/things/1",
        {"name": "x"},
        content_type="application/json",
        headers={"If-Match": '"6"'},
    )

    assert problem(answer) == (409, "STALE_REVISION")
    assert answer.json()["current"] == 7
    assert "ETag" not in answer


def test_an_odd_if_match_is_422(client: Client) -> None:
    answer = client.put(
        "/api/v1/things/1",
        {"name": "x"},
        content_type="application/json",
        headers={"If-Match": '"abc"'},
    )

    assert errors_of(answer) == [("If-Match", "if_match")]
