"""`/projects/{slug}/process` and the step types."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from ecsportal.people.models import Role, User
from tests import builders

pytestmark = pytest.mark.django_db
JSON = "application/json"
PROCESS = "/api/v1/projects/web-shop/process"


@pytest.fixture
def client(administrator: User) -> Client:
    builders.project("Web shop").process_revisions.all().delete()
    return builders.api_client(administrator)


def put(client: Client, steps: list[Any], query: str = "", **headers: str) -> Any:
    return client.put(
        PROCESS + query, {"steps": steps}, content_type=JSON, headers=dict(headers) or None
    )


def test_a_process_begins_empty(client: Client) -> None:
    response = client.get(PROCESS)

    assert response.json() == {"revision": 0, "steps": [], "problems": []}
    assert response["ETag"] == '"0"'


def test_a_step_comes_back_with_every_key_and_its_slug(client: Client) -> None:
    step = builders.web_step()
    sent = {key: step[key] for key in ("name", "type", "version", "target_tags", "inputs")}

    saved = put(client, [sent])

    assert saved.status_code == 200
    assert saved.json() == {"revision": 1, "steps": [step], "problems": []}
    assert client.get(PROCESS).json() == saved.json()


def test_what_was_read_can_be_sent_back(client: Client) -> None:
    read = put(client, [builders.web_step()]).json()
    read["steps"][0]["name"] = "Ship the web"

    saved = client.put(PROCESS, read, content_type=JSON)

    assert saved.json()["revision"] == 2
    assert saved.json()["steps"][0]["slug"] == "deploy-web"
    again = client.put(PROCESS, saved.json(), content_type=JSON)
    assert again.json()["revision"] == 2  # nothing changed
    assert client.put(PROCESS, read, content_type=JSON).status_code == 409


def test_a_stale_save_is_409_with_the_difference(client: Client) -> None:
    put(client, [builders.web_step()])
    put(client, [builders.web_step(target_tags=["blue"])])

    stale = put(client, [builders.web_step() | {"name": "Mine"}], **{"If-Match": '"1"'})

    assert stale.status_code == 409
    assert stale.json()["code"] == "STALE_REVISION"
    assert stale.json()["current"] == 2
    assert {change["path"] for change in stale.json()["difference"]} >= {"target_tags"}


def test_broken_rules_are_422_unless_they_are_allowed(client: Client) -> None:
    step = builders.web_step(inputs={"cpu": "300"})

    refused = put(client, [step])
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["path"] == "steps[0].inputs.cpu"

    saved = put(client, [step], "?allow_problems=true")
    assert saved.status_code == 200
    assert saved.json()["problems"][0]["path"] == "steps[0].inputs.cpu"
    assert client.get(PROCESS).json()["problems"] == saved.json()["problems"]


def test_what_cannot_be_read_is_422_always(client: Client) -> None:
    container = {"name": "web", "image": {"repository": "a"}, "ports": [{"port": "eighty"}]}
    step = builders.web_step(inputs={"containers": [container]})

    refused = put(client, [step], "?allow_problems=true")

    assert refused.status_code == 422
    paths = [error["path"] for error in refused.json()["errors"]]
    assert "steps[0].inputs.containers[0].ports[0].port" in paths


@pytest.mark.parametrize("body", [{}, {"steps": {}}, {"steps": [], "surprise": 1}])
def test_a_body_of_another_shape_is_422(client: Client, body: dict[str, object]) -> None:
    assert client.put(PROCESS, body, content_type=JSON).status_code == 422


def test_step_types_and_their_schemas(client: Client) -> None:
    listed = {kind["type"]: kind["version"] for kind in client.get("/api/v1/step-types").json()}
    assert listed["deploy-ecs-service"] == 2

    schema = client.get("/api/v1/step-types/deploy-ecs-service/2/schema").json()
    assert "task_name" in schema["properties"]
    assert client.get("/api/v1/step-types/deploy-ecs-service/9/schema").status_code == 404
    assert client.get("/api/v1/step-types/nothing/1/schema").status_code == 404


def test_deployers_read_a_process_and_may_not_change_it(client: Client) -> None:
    deployer = builders.api_client(builders.user_with_role(Role.DEPLOYER))

    assert deployer.get(PROCESS).status_code == 200
    refused = put(deployer, [])
    assert (refused.status_code, refused.json()["permission"]) == (403, "ProcessEdit")
