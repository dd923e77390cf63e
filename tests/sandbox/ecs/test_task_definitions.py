"""What ECS refuses, and what it makes of what it takes."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ecsportal.sandbox.server import RunningSandbox
from tests.sandbox.ecs.fargate_service import definition

ROLE = "arn:aws:iam::123456789012:role/ecsTaskExecutionRole"


def _logs(**options: str) -> dict[str, Any]:
    return {"logConfiguration": {"logDriver": "awslogs", "options": options}}


@pytest.mark.parametrize(
    ("task", "container", "words"),
    [
        ({"networkMode": "bridge"}, {}, "Fargate only supports network mode 'awsvpc'."),
        ({"cpu": "4096", "memory": "4096"}, {}, "No Fargate configuration exists for given values"),
        ({"ipcMode": "task"}, {}, "Tasks using the Fargate launch type do not support ipcMode."),
        ({"pidMode": "host"}, {}, "do not support pidMode 'host'"),
        ({}, {"hostname": "web"}, "hostname is not supported on container"),
        ({}, {"dnsServers": ["1.1.1.1"]}, "DNS servers are not supported on container"),
        ({}, {"disableNetworking": True}, "Disable Networking is not supported"),
        ({}, {"privileged": True}, "requires that the 'privileged' setting be 'false'"),
        ({}, {"essential": False}, "At least one container must be essential"),
        ({}, {"portMappings": [{"containerPort": 80, "hostPort": 81}]}, "ports must match"),
        ({}, {"mountPoints": [{"sourceVolume": "data"}]}, "Unknown volume 'data'"),
        ({}, {"memory": 4096}, "cannot be greater than the task 'memory'"),
        ({}, {"healthCheck": {"command": ["curl"]}}, "must start with CMD"),
        ({}, {"healthCheck": {"command": ["CMD", "x"], "interval": 1}}, "between 5 and 300"),
        ({}, _logs(), "requires task definition to have execution role ARN"),
        ({"executionRoleArn": ROLE}, _logs(), "awslogs requires options: awslogs-group"),
        (
            {"executionRoleArn": ROLE},
            _logs(**{"awslogs-group": "a", "awslogs-region": "b"}),
            "include awslogs-stream-prefix",
        ),
        (
            {},
            {"secrets": [{"name": "A", "valueFrom": "arn"}]},
            "you must also specify a value for 'executionRoleArn'",
        ),
        (
            {},
            {"logConfiguration": {"logDriver": "awsfirelens"}},
            "a firelens configuration object must be specified",
        ),
    ],
)
def test_fargate_refuses(
    sandbox: RunningSandbox, task: dict[str, Any], container: dict[str, Any], words: str
) -> None:
    with pytest.raises(ClientError, match="ClientException") as error:
        sandbox.client("ecs").register_task_definition(
            **{**definition("shop/web:1", **container), **task}
        )
    assert words in error.value.response["Error"]["Message"]


def test_sizes_may_be_written_with_units(sandbox: RunningSandbox) -> None:
    body = {**definition("shop/web:1"), "cpu": ".5 vCPU", "memory": "1 GB"}
    made = sandbox.client("ecs").register_task_definition(**body)["taskDefinition"]
    assert (made["cpu"], made["memory"]) == ("512", "1024")


def test_revisions_count_up_and_the_family_means_the_newest_active(
    sandbox: RunningSandbox,
) -> None:
    ecs = sandbox.client("ecs")
    for tag in ("1", "2", "3"):
        ecs.register_task_definition(**definition(f"shop/web:{tag}"))
    ecs.deregister_task_definition(taskDefinition="web:3")
    assert ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]["revision"] == 2
    arns = ecs.list_task_definitions(familyPrefix="web", sort="DESC")["taskDefinitionArns"]
    assert [arn.rpartition(":")[2] for arn in arns] == ["2", "1"]
    assert ecs.list_task_definition_families()["families"] == ["web"]


def test_an_unknown_definition_is_told(sandbox: RunningSandbox) -> None:
    with pytest.raises(ClientError, match="Unable to describe task definition."):
        sandbox.client("ecs").describe_task_definition(taskDefinition="nothing")
