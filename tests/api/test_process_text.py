"""`/projects/{slug}/process.yaml` and the schema of a process."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from django.test import Client
from jsonschema import Draft202012Validator

from ecsportal.people.models import Role, User
from tests import builders
from tests.api.calls import problem

pytestmark = pytest.mark.django_db
PROCESS = "/api/v1/projects/web-shop/process.yaml"


@pytest.fixture
def client(administrator: User) -> Client:
    builders.project("Web shop", steps=[builders.web_step()])
    return builders.api_client(administrator)


def put(client: Client, text: str, query: str = "", **headers: str) -> Any:
    return client.put(PROCESS + query, text, content_type="application/yaml", headers=headers)


def test_the_process_comes_as_yaml_with_its_revision(client: Client) -> None:
    response = client.get(PROCESS)

    assert response["Content-Type"] == "application/yaml; charset=utf-8"
    assert response["ETag"] == '"1"'
    assert yaml.safe_load(response.content)["steps"][0]["slug"] == "deploy-web"


def test_what_was_read_can_be_sent_back_changed(client: Client) -> None:
    text = client.get(PROCESS).content.decode()

    saved = put(client, text.replace("name: Deploy web", "name: Ship"), **{"If-Match": '"1"'})

    assert saved.status_code == 200
    assert saved["ETag"] == '"2"'
    assert "name: Ship" in saved.content.decode()


def test_a_stale_revision_is_refused(client: Client) -> None:
    text = client.get(PROCESS).content.decode()
    put(client, text.replace("name: Deploy web", "name: Ship"))

    assert problem(put(client, text, **{"If-Match": '"1"'})) == (409, "STALE_REVISION")


def test_errors_carry_their_lines(client: Client) -> None:
    response = put(client, "steps:\n- name: A\n  type: deploy-ecs-service\n  colour: red\n")

    assert problem(response) == (422, "VALIDATION")
    (error,) = response.json()["errors"]
    assert (error["path"], error["line"]) == ("steps[0].colour", 4)


def test_a_dry_run_tells_the_changes_and_saves_nothing(client: Client) -> None:
    text = client.get(PROCESS).content.decode()

    told = put(client, text.replace("task_name: web", "task_name: shop"), "?dry_run=true").json()

    assert [(c["path"], c["before"], c["after"]) for c in told["changes"]] == [
        ("task_name", "web", "shop")
    ]
    assert told["problems"] == []
    assert client.get(PROCESS)["ETag"] == '"1"'


def test_a_reader_may_not_save(client: Client) -> None:
    reader = builders.api_client(builders.user_with_role(Role.VIEWER))

    assert problem(put(reader, "steps: []")) == (403, "PERMISSION_MISSING")


def test_bytes_that_are_no_text_are_refused(client: Client) -> None:
    response = client.put(PROCESS, b"\xff\xfe", content_type="application/yaml")

    assert problem(response) == (422, "VALIDATION")


def test_the_schema_takes_the_process_and_finds_what_is_wrong(client: Client) -> None:
    schema = client.get("/api/v1/process-schema").json()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    document = yaml.safe_load(client.get(PROCESS).content)

    assert list(validator.iter_errors(document)) == []
    document["steps"][0]["inputs"]["cpus"] = 1
    assert any("cpus" in error.message for error in validator.iter_errors(document))
