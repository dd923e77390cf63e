"""The definition that is registered before a rollout says what the stack's own will say."""

from __future__ import annotations

import pytest

from ecsportal.ecs.definitions import describe_definition, is_same, register_definition
from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import JsonDict, Succeeded
from ecsportal.steps.deploy_ecs_service.definition import definition_content
from ecsportal.steps.deploy_ecs_service.inputs import read_inputs
from ecsportal.steps.deploy_ecs_service.template import MissingImageError
from tests.steps.deploy_ecs_service.samples import ROLE, SECRET, container, document
from tests.steps.driven_run import INPUTS, Driven, clients_of

IMAGES = {"web": "registry.example/shop/web:1.4.0"}

FULL = container(
    "web",
    image={"reference": "web", "feed": "shop-ecr", "repository": "shop/web"},
    ports=[{"port": 80}],
    environment=[
        {"name": "LEVEL", "value": "info"},
        {"name": "DB", "value": SECRET, "type": "secret"},
    ],
    health_check={"command": ["CMD-SHELL", "true"], "retries": 2},
    docker_labels=[{"key": "Team.Name", "value": "Shop"}],
    ulimits=[{"name": "nofile", "soft": 1024, "hard": 4096}],
    storage={"mount_points": [{"volume": "Data", "path": "/data", "read_only": True}]},
    memory_reservation=128,
    stop_timeout=60,
)
VOLUME = {"type": "efs", "name": "Data", "file_system_id": "fs-0123456789abcdef0"}


def content(inputs: JsonDict, role: str = ROLE) -> JsonDict:
    return definition_content(
        read_inputs(inputs), images=IMAGES, region="eu-west-1", execution_role=role
    )


@pytest.mark.parametrize("changes", [{}, {"containers": [FULL], "volumes": [VOLUME]}])
def test_it_says_what_the_stack_registers(sandbox: RunningSandbox, changes: JsonDict) -> None:
    run = Driven(sandbox, clients_of(sandbox), **changes)
    assert isinstance(run.go(), Succeeded), run.log.text
    live = describe_definition(run.clients.ecs, "web")
    assert live is not None
    ours = content(INPUTS | changes, live.content["executionRoleArn"])
    again = register_definition(run.clients.ecs, ours, {})
    assert again.content == live.content
    assert is_same(ours, live.content)


def test_a_named_role_is_taken() -> None:
    assert content(document(FULL, task_execution_role_arn=ROLE), "")["executionRoleArn"] == ROLE


def test_the_users_own_keys_keep_their_spelling() -> None:
    [written] = content(document(FULL))["containerDefinitions"]
    assert written["dockerLabels"] == {"Team.Name": "Shop"}
    assert written["logConfiguration"]["options"]["awslogs-group"] == "/ecs/web"


def test_a_missing_image_is_named() -> None:
    with pytest.raises(MissingImageError, match="api"):
        content(document(container("api")))
