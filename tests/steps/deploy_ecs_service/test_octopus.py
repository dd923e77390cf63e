import json
from typing import Any

import pytest

from ecsportal.steps.deploy_ecs_service.inputs import read_inputs
from ecsportal.steps.deploy_ecs_service.template import build_template
from ecsportal.steps.octopus_import import import_octopus_step
from tests.steps.deploy_ecs_service.samples import ROLE, SECRET, SECURITY_GROUP, SUBNET

ECS = "Octopus.Action.Aws.Ecs."
WEB = {
    "containerName": "web",
    "containerImageReference": {
        "referenceId": "p1", "imageName": "library/nginx", "feedId": "Feeds-1",
    },
    "essential": "True",
    "containerLogging": {"type": "Manual"},
}  # fmt: skip


def action(*containers: Any, **properties: Any) -> dict[str, Any]:
    deploy: dict[str, Any] = {
        "ServiceTaskName": "web",
        "Cpu": "256",
        "Memory": "512",
        "SubnetIds": [SUBNET],
        "SecurityGroupIds": [SECURITY_GROUP],
        "TaskExecutionRole": ROLE,
        "Containers": list(containers) or [WEB],
    } | properties
    kept = {
        (name if "." in name else f"{ECS}Deploy.{name}"): (
            value if isinstance(value, str) else json.dumps(value)
        )
        for name, value in deploy.items()
    }
    return {"Name": "Deploy web", "Properties": kept}


def inputs_of(exported: dict[str, Any]) -> dict[str, Any]:
    imported = import_octopus_step(exported)
    assert imported.report == ()
    inputs: dict[str, Any] = imported.document["inputs"]
    return inputs


def web_with(**fields: Any) -> dict[str, Any]:
    inputs = inputs_of(action(WEB | fields))
    container: dict[str, Any] = inputs["containers"][0]
    return container


def test_properties_of_the_task_and_service_become_inputs() -> None:
    inputs = inputs_of(
        action(
            CFStackName="shop-web",
            TaskRole="#{Role}",
            RuntimeArchitecturePlatform="ARM64",
            DesiredCount="3",
            MinimumHealthPercent="#{Min}",
            MaximumHealthPercent="150",
            AutoAssignPublicIp="false",
            EnableEcsManagedTags="TRUE",
            LoadBalancerMappings=[
                {"containerName": "web", "containerPort": "80", "targetGroupArn": "#{Group}"}
            ],
            **{f"{ECS}Tags": [{"key": "owner", "value": "team"}]},
        )
    )
    assert {key: inputs[key] for key in inputs if key not in ("containers", "wait")} == {
        "task_name": "web",
        "stack_name": "shop-web",
        "task_role_arn": "#{Role}",
        "task_execution_role_arn": ROLE,
        "cpu": "256",
        "memory": "512",
        "cpu_architecture": "ARM64",
        "desired_count": 3,
        "security_group_ids": [SECURITY_GROUP],
        "subnet_ids": [SUBNET],
        "assign_public_ip": False,
        "enable_ecs_managed_tags": True,
        "tags": [{"key": "owner", "value": "team"}],
        "minimum_healthy_percent": "#{Min}",
        "maximum_percent": 150,
        "load_balancers": [{"container": "web", "port": 80, "target_group_arn": "#{Group}"}],
        "volumes": [],
    }


@pytest.mark.parametrize(
    ("option", "wait"),
    [
        (None, {"type": "until_completed", "timeout_minutes": None}),
        ({"type": "dontWait"}, {"type": "dont_wait", "timeout_minutes": None}),
        (
            {"type": "WaitWithTimeout", "timeoutMinutes": "30"},
            {"type": "with_timeout", "timeout_minutes": 30},
        ),
        ({"type": "waitWithTimeout"}, {"type": "with_timeout", "timeout_minutes": None}),
    ],
)
def test_wait_options_are_read_in_any_letter_case(option: Any, wait: dict[str, Any]) -> None:
    properties = {} if option is None else {f"{ECS}WaitOption": option}
    assert inputs_of(action(**properties))["wait"] == wait


def test_sizes_in_words_become_numbers_and_are_named() -> None:
    imported = import_octopus_step(action(Cpu="0.5 vCPU", Memory="1 GB"))
    inputs = imported.document["inputs"]
    assert (inputs["cpu"], inputs["memory"]) == ("512", "1024")
    assert imported.report == (
        f'{ECS}Deploy.Cpu: "0.5 vCPU" is stored and deployed as 512.',
        f'{ECS}Deploy.Memory: "1 GB" is stored and deployed as 1024.',
    )


def test_efs_volumes_keep_empty_text_apart_from_null() -> None:
    volumes = [
        {
            "type": "Efs", "name": "a", "fileSystemId": "fs-0123456789abcdef0",
            "accessPointId": "", "rootDirectory": None, "encryptionInTransit": "True",
            "efsIamAuthorization": "true",
        },
        {"type": "Bind", "name": "b", "rootDirectory": ""},
    ]  # fmt: skip
    inputs = inputs_of(action(Volumes=volumes))
    template = build_template(read_inputs(inputs), images=None, cluster="main")
    assert template["Resources"]["TaskDefinitionweb"]["Properties"]["Volumes"] == [
        {"Name": "b"},
        {
            "Name": "a",
            "EFSVolumeConfiguration": {
                "FilesystemId": "fs-0123456789abcdef0",
                "TransitEncryption": "ENABLED",
                "AuthorizationConfig": {"IAM": "DISABLED", "AccessPointId": ""},
            },
        },
    ]


@pytest.mark.parametrize(
    ("fields", "key", "value"),
    [
        ({"essential": "false"}, "essential", False),
        ({"essential": ""}, "essential", False),
        ({"essential": True}, "essential", True),
        ({"essential": "#{Essential}"}, "essential", "#{Essential}"),
        ({"memoryLimitSoft": "64"}, "memory_reservation", 64),
        ({"memoryLimitHard": 128}, "memory", 128),
        ({"cpus": ""}, "cpu", None),
        ({"gpus": "1"}, "gpus", 1),
        (
            {"containerPortMappings": [{"containerPort": "#{Port}", "protocol": "Udp"}]},
            "ports", [{"port": "#{Port}", "protocol": "udp"}],
        ),
        (
            {"repositoryAuthentication": {"type": "SecretsManager", "secretName": SECRET}},
            "repository_authentication", {"type": "secrets_manager", "secret_arn": SECRET},
        ),
        (
            {
                "healthCheck": {
                    "command": ["curl localhost"], "interval": 5, "retries": None,
                    "startPeriod": "1", "timeout": "",
                }
            },
            "health_check",
            {
                "command": ["curl localhost"], "interval": 5, "retries": None, "start_period": 1,
                "timeout": None,
            },
        ),
        ({"healthCheck": {"command": []}}, "health_check", None),
        ({"entryPoint": "sh, -c"}, "entry_point", "sh, -c"),
        ({"command": None}, "command", ""),
        ({"workingDirectory": "/srv"}, "working_directory", "/srv"),
        ({"user": "1000"}, "user", "1000"),
        ({"startTimeout": "2"}, "start_timeout", 2),
        ({"stopTimeout": 30}, "stop_timeout", 30),
        ({"environmentFiles": ["arn:x"]}, "environment_files", ["arn:x"]),
        (
            {
                "environmentVariables": [
                    {"type": "Plain", "key": "A", "value": "1"},
                    {"type": "Secret", "key": "B", "value": SECRET},
                ]
            },
            "environment",
            [
                {"name": "A", "value": "1", "type": "plain"},
                {"name": "B", "value": SECRET, "type": "secret"},
            ],
        ),
        (
            {
                "networkSettings": {
                    "disableNetworking": "True", "dnsServers": ["10.0.0.2"],
                    "dnsSearchDomains": ["a.b"],
                    "extraHosts": [{"hostname": "db", "ipAddress": "10.0.0.3"}],
                }
            },
            "network",
            {
                "disable_networking": True, "dns_servers": ["10.0.0.2"],
                "dns_search_domains": ["a.b"],
                "extra_hosts": [{"hostname": "db", "ip_address": "10.0.0.3"}],
            },
        ),
        (
            {
                "containerStorage": {
                    "readOnlyRootFileSystem": "True",
                    "mountPoints": [
                        {"sourceVolume": "data", "containerPath": "/d", "readonly": "True"}
                    ],
                    "volumeFrom": [{"sourceContainer": "api", "readonly": ""}],
                }
            },
            "storage",
            {
                "read_only_root_filesystem": True,
                "mount_points": [{"volume": "data", "path": "/d", "read_only": True}],
                "volumes_from": [{"container": "api", "read_only": False}],
            },
        ),
        (
            {
                "containerLogging": {
                    "type": "Manual", "logDriver": "AwsLogs",
                    "logOptions": [{"type": "Plain", "key": "awslogs-group", "value": "/web"}],
                }
            },
            "logging",
            {
                "type": "manual", "driver": "awslogs",
                "options": [{"name": "awslogs-group", "value": "/web", "type": "plain"}],
            },
        ),
        (
            {"containerLogging": {"type": "Manual", "logDriver": "Default"}}, "logging",
            {"type": "manual", "driver": "default", "options": []},
        ),
        (
            {
                "firelensConfiguration": {
                    "type": "Enabled", "firelensType": "Fluentd", "enableEcsLogMetadata": "False",
                    "customConfigSource": {"type": "File", "filePath": "/f.conf"},
                }
            },
            "firelens",
            {
                "enabled": True, "type": "fluentd", "enable_ecs_log_metadata": False,
                "config": {"type": "file", "value": "/f.conf"},
            },
        ),
        (
            {"dockerLabels": [{"key": "k", "value": "v"}]}, "docker_labels",
            [{"key": "k", "value": "v"}],
        ),
        (
            {"dependencies": [{"containerName": "api", "condition": "Healthy"}]}, "depends_on",
            [{"container": "api", "condition": "HEALTHY"}],
        ),
        (
            {"ulimits": [{"limitName": "nofile", "hardLimit": "2", "softLimit": 1}]}, "ulimits",
            [{"name": "nofile", "soft": 1, "hard": 2}],
        ),
    ],
)  # fmt: skip
def test_each_part_of_a_container_becomes_ours(
    fields: dict[str, Any], key: str, value: Any
) -> None:
    assert web_with(**fields)[key] == value


def test_a_container_without_essential_is_not_essential() -> None:
    container = {key: value for key, value in WEB.items() if key != "essential"}
    assert inputs_of(action(container))["containers"][0]["essential"] is False


def test_an_image_takes_its_name_from_the_action_s_packages() -> None:
    exported = action() | {
        "Packages": [{"Id": "p1", "Name": "frontend", "PackageId": "x", "FeedId": "Feeds-9"}]
    }
    assert inputs_of(exported)["containers"][0]["image"] == {
        "reference": "frontend",
        "feed": "Feeds-1",
        "repository": "library/nginx",
    }
    assert web_with()["image"]["reference"] == "p1"


def test_the_action_s_package_fills_what_the_container_does_not_say() -> None:
    exported = action(WEB | {"containerImageReference": {"referenceId": "p1"}}) | {
        "Packages": [{"Id": "p1", "Name": "", "PackageId": "shop/web", "FeedId": "Feeds-9"}]
    }
    assert inputs_of(exported)["containers"][0]["image"] == {
        "reference": "p1",
        "feed": "Feeds-9",
        "repository": "shop/web",
    }


@pytest.mark.parametrize(
    ("fields", "package_version", "version"),
    [
        ({}, "", 2),
        ({}, "1.4.0", 1),
        ({}, "2.0.1", 2),
        ({"firelensConfiguration": {"type": "Disabled"}}, "1.4.0", 2),
    ],
)
def test_the_version_is_octopus_s_unless_firelens_shows_a_newer_one(
    fields: dict[str, Any], package_version: str, version: int
) -> None:
    exported = action(WEB | fields) | {"StepPackageVersion": package_version}
    imported = import_octopus_step(exported)
    assert imported.document["version"] == version
    read_inputs(imported.document["inputs"], version)


def test_what_aws_would_refuse_is_imported_with_a_warning() -> None:
    imported = import_octopus_step(action(Cpu="300", Memory="77"))
    assert imported.document["inputs"]["cpu"] == "300"
    assert [problem.path for problem in imported.warnings] == ["cpu"]


@pytest.mark.parametrize(
    ("container", "line"),
    [
        (
            WEB | {"colour": "red"},
            "colour: Is not carried over: this step has no such input.",
        ),
        (
            WEB | {"cpus": "many"},
            'cpus: Is not carried over: "many" is not a whole number.',
        ),
        (
            WEB | {"essential": "perhaps"},
            'essential: Is not carried over: "perhaps" is not True or False.',
        ),
        (
            WEB | {"user": ["root"]}, 'user: Is not carried over: ["root"] is not text.',
        ),
        (
            WEB | {"networkSettings": []},
            "networkSettings: Is not carried over: [] is not an object.",
        ),
        (
            WEB | {"environmentFiles": [{}]},
            "environmentFiles: Is not carried over: [{}] is not a list of texts.",
        ),
        (
            WEB | {"ulimits": ["nofile"]},
            "ulimits[0]: Is not carried over: it has to be an object.",
        ),
        (
            WEB | {"repositoryAuthentication": {"type": "#{Kind}"}},
            "repositoryAuthentication.type: Is not carried over: "
            '"#{Kind}" is not Default or SecretsManager.',
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_carried_over_is_told_with_its_place(
    container: dict[str, Any], line: str
) -> None:
    imported = import_octopus_step(action(container))
    assert imported.report == (f"{ECS}Deploy.Containers[0].{line}",)
    read_inputs(imported.document["inputs"])
