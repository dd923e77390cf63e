"""What ECS tells of a service, key by key, as inputs of the step; what has no input is named."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.steps.deploy_ecs_service.inputs import read_inputs
from ecsportal.steps.deploy_ecs_service.running import running_import
from ecsportal.steps.running_service import MatchedImage, RunningImport, StackFacts

WEB = {"name": "web", "image": "web:1", "portMappings": [{"containerPort": 80, "name": "http"}]}


def match(image: str) -> MatchedImage:
    return MatchedImage(image, "hub", image.partition(":")[0], image.partition(":")[2])


def taken(
    *containers: dict[str, Any],
    task: dict[str, Any] | None = None,
    stack: StackFacts | None = None,
    **service: Any,
) -> RunningImport:
    definition = {
        "family": "web",
        "cpu": "256",
        "memory": "512",
        "networkMode": "awsvpc",
        "containerDefinitions": list(containers) or [WEB],
    } | (task or {})
    read = running_import(service, definition, match_image=match, stack=stack)
    read_inputs(read.inputs)
    return read


def container(**fields: Any) -> Any:
    read = taken(WEB | fields)
    return read.inputs["containers"][0], read.report


@pytest.mark.parametrize(
    ("fields", "key", "value"),
    [
        ({"cpu": 0}, "cpu", None),
        ({"essential": False}, "essential", False),
        ({"command": ["a", "b c"]}, "command_list", ["a", "b c"]),
        ({"entryPoint": ["sh", "-c"]}, "entry_point", "sh, -c"),
        ({"resourceRequirements": [{"type": "GPU", "value": "2"}]}, "gpus", 2),
        (
            {"repositoryCredentials": {"credentialsParameter": "arn:s"}},
            "repository_authentication",
            {"type": "secrets_manager", "secret_arn": "arn:s"},
        ),
        (
            {"environmentFiles": [{"type": "s3", "value": "arn:f.env"}]},
            "environment_files",
            ["arn:f.env"],
        ),
        (
            {"volumesFrom": [{"sourceContainer": "x", "readOnly": True}]},
            "storage",
            {
                "read_only_root_filesystem": False,
                "mount_points": [],
                "volumes_from": [{"container": "x", "read_only": True}],
            },
        ),
        (
            {
                "firelensConfiguration": {
                    "type": "fluentd",
                    "options": {
                        "enable-ecs-log-metadata": "false",
                        "config-file-type": "file",
                        "config-file-value": "/f.conf",
                    },
                }
            },
            "firelens",
            {
                "enabled": True,
                "type": "fluentd",
                "enable_ecs_log_metadata": False,
                "config": {"type": "file", "value": "/f.conf"},
            },
        ),
        (
            {
                "logConfiguration": {
                    "logDriver": "splunk",
                    "options": {"splunk-url": "u"},
                    "secretOptions": [{"name": "splunk-token", "valueFrom": "arn:t"}],
                }
            },
            "logging",
            {
                "type": "manual",
                "driver": "splunk",
                "options": [
                    {"name": "splunk-url", "value": "u", "type": "plain"},
                    {"name": "splunk-token", "value": "arn:t", "type": "secret"},
                ],
            },
        ),
    ],
)
def test_a_part_of_a_container_has_its_place(fields: dict[str, Any], key: str, value: Any) -> None:
    read, report = container(**fields)
    assert read[key] == value
    assert report == ()


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"privileged": True}, "privileged"),
        ({"hostname": "h"}, "hostname"),
        ({"links": ["x"]}, "links"),
        ({"restartPolicy": {"enabled": True}}, "restartPolicy"),
        ({"entryPoint": ["a,b"]}, "entryPoint"),
        ({"portMappings": [{"containerPortRange": "1-2"}]}, "portMappings[0].containerPortRange"),
        ({"portMappings": [{"containerPort": 80, "hostPort": 81}]}, "portMappings[0].hostPort"),
        ({"logConfiguration": {"logDriver": "gelf"}}, "logConfiguration.logDriver"),
        ({"aKeyOfTomorrow": "x"}, "aKeyOfTomorrow"),
    ],
)
def test_what_has_no_input_is_named(fields: dict[str, Any], key: str) -> None:
    _, [line] = container(**fields)
    assert line.startswith(f"taskDefinition.containerDefinitions[0].{key}: ")
    assert line.endswith(" has no input in this step.")


@pytest.mark.parametrize(
    ("service", "key"),
    [
        ({"serviceRegistries": [{"registryArn": "arn:r"}]}, "serviceRegistries"),
        ({"schedulingStrategy": "DAEMON"}, "schedulingStrategy"),
        ({"deploymentController": {"type": "CODE_DEPLOY"}}, "deploymentController.type"),
        (
            {"deploymentConfiguration": {"strategy": "BLUE_GREEN"}},
            "deploymentConfiguration.strategy",
        ),
        (
            {"deploymentConfiguration": {"alarms": {"enable": True, "alarmNames": ["a"]}}},
            "deploymentConfiguration.alarms",
        ),
        ({"placementConstraints": [{"type": "x"}]}, "placementConstraints"),
        ({"launchType": "EC2"}, "launchType"),
    ],
)
def test_what_a_service_has_beyond_the_step_is_named(service: dict[str, Any], key: str) -> None:
    [line] = taken(**service).report
    assert line.startswith(f"service.{key}: ")


def test_alarms_that_are_off_and_empty_lists_are_nothing_to_tell() -> None:
    configuration = {"alarms": {"enable": False, "rollback": False, "alarmNames": []}}
    assert taken(deploymentConfiguration=configuration, placementStrategy=[]).report == ()


def test_capacity_providers_breaker_and_grace_period_stand_under_beyond() -> None:
    beyond = taken(
        capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 2, "base": 1}],
        healthCheckGracePeriodSeconds=30,
        propagateTags="TASK_DEFINITION",
        enableExecuteCommand=True,
        deploymentConfiguration={
            "deploymentCircuitBreaker": {
                "enable": True,
                "rollback": False,
                "thresholdConfiguration": {"type": "COUNT", "value": 5},
            }
        },
        task={"ephemeralStorage": {"sizeInGiB": 50}},
    ).inputs["beyond"]
    assert beyond["capacity_providers"] == [{"provider": "FARGATE_SPOT", "weight": 2, "base": 1}]
    assert beyond["circuit_breaker"] == {"enabled": True, "rollback": False, "threshold": 5}
    assert beyond["health_check_grace_period"] == 30
    assert beyond["propagate_tags"] == "task_definition"
    assert beyond["execute_command"] is True
    assert beyond["ephemeral_storage_gib"] == 50


def test_service_connect_comes_from_the_newest_deployment() -> None:
    connect = {
        "enabled": True,
        "namespace": "shop",
        "services": [
            {"portName": "http", "clientAliases": [{"dnsName": "web", "port": 8080}]},
            {"portName": "http", "discoveryName": "other", "clientAliases": [{"port": 81}]},
        ],
    }
    deployments = [
        {"status": "ACTIVE", "serviceConnectConfiguration": {"enabled": True, "namespace": "old"}},
        {"status": "PRIMARY", "serviceConnectConfiguration": connect},
    ]
    read = taken(deployments=deployments)
    assert read.inputs["beyond"]["service_connect"] == {
        "namespace": "shop",
        "services": [
            {"container": "web", "port": 80, "alias": "web", "alias_port": 8080},
            {"container": "web", "port": 80, "alias": "other", "alias_port": 81},
        ],
    }
    assert read.report == ()


def test_tags_of_aws_and_of_deployments_are_left_to_them() -> None:
    tags = [
        {"key": "aws:cloudformation:stack-name", "value": "s"},
        {"key": "Octopus.Project.Id", "value": "p"},
        {"key": "owner", "value": "team"},
    ]
    assert taken(tags=tags).inputs["tags"] == [{"key": "owner", "value": "team"}]


def test_a_log_group_of_the_stack_with_a_name_of_its_own_keeps_it() -> None:
    log = {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "/shop/web",
            "awslogs-region": "eu-west-1",
            "awslogs-stream-prefix": "ecs",
        },
    }
    stack = StackFacts("shop", {"AwsLogGroupweb": "/shop/web", "Serviceweb": "s"})
    adopted = taken(WEB | {"logConfiguration": log}, stack=stack)
    assert adopted.inputs["containers"][0]["logging"]["type"] == "auto"
    assert adopted.inputs["beyond"]["log_group_name"] == "/shop/web"
    own = taken(WEB | {"logConfiguration": log}).inputs
    assert own["containers"][0]["logging"]["type"] == "manual"
    assert own["beyond"]["log_group_name"] == ""
