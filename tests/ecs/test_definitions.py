"""Task definitions: read, compared, registered."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ecsportal.ecs.definitions import describe_definition, is_same, register_definition
from ecsportal.sandbox.server import RunningSandbox

CONTENT: dict[str, Any] = {
    "family": "job",
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "requiresCompatibilities": ["FARGATE"],
    "executionRoleArn": "arn:aws:iam::123456789012:role/tasks",
    "containerDefinitions": [
        {
            "name": "job",
            "image": "shop/job:1.4.0",
            "portMappings": [{"containerPort": 80}],
            "healthCheck": {"command": ["CMD", "true"]},
            "environment": [{"name": "B", "value": "1"}, {"name": "A", "value": "2"}],
        }
    ],
}


def changed(**fields: Any) -> dict[str, Any]:
    """The content with other fields of its container."""
    content = copy.deepcopy(CONTENT)
    content["containerDefinitions"][0] |= fields
    return content


def test_a_registered_definition_is_found_by_arn_revision_and_family(
    sandbox: RunningSandbox,
) -> None:
    ecs = sandbox.client("ecs")
    first = register_definition(ecs, CONTENT, {"team": "shop"})
    second = register_definition(ecs, changed(image="shop/job:1.5.0"), {})
    assert (first.name, second.name, second.family, second.revision) == (
        "job:1",
        "job:2",
        "job",
        "2",
    )
    for name, arn in ((first.arn, first.arn), ("job:1", first.arn), ("job", second.arn)):
        found = describe_definition(ecs, name)
        assert found is not None
        assert found.arn == arn
    assert "FARGATE" in first.launch_types
    assert first.tags == {"team": "shop"}


def test_what_is_read_only_is_left_out(sandbox: RunningSandbox) -> None:
    ecs = sandbox.client("ecs")
    first = register_definition(ecs, CONTENT, {})
    again = register_definition(ecs, first.content, {})
    assert again.name == "job:2"


def test_a_family_without_revisions_is_none(sandbox: RunningSandbox) -> None:
    assert describe_definition(sandbox.client("ecs"), "nothing") is None


def test_what_ecs_fills_in_makes_no_difference(sandbox: RunningSandbox) -> None:
    assert is_same(CONTENT, register_definition(sandbox.client("ecs"), CONTENT, {}).content)


def test_the_order_of_environment_variables_makes_no_difference() -> None:
    pairs = CONTENT["containerDefinitions"][0]["environment"]
    assert is_same(CONTENT, changed(environment=pairs[::-1]))


@pytest.mark.parametrize(
    "fields",
    [
        {"image": "shop/job:1.5.0"},
        {"essential": False},
        {"environment": []},
        {"command": ["migrate"]},
        {"cpu": 128},
        {"portMappings": [{"containerPort": 80, "protocol": "udp"}]},
        {"healthCheck": {"command": ["CMD", "true"], "retries": 2}},
    ],
)
def test_what_was_said_makes_a_difference(fields: dict[str, Any]) -> None:
    assert not is_same(CONTENT, changed(**fields))
