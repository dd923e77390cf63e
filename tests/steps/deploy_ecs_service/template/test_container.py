from typing import Any

import pytest

from tests.steps.deploy_ecs_service.samples import SECRET
from tests.steps.deploy_ecs_service.template.built import web_definition

ALWAYS = {
    "Name", "Image", "Essential", "DisableNetworking", "ReadonlyRootFilesystem", "DnsServers",
    "DnsSearchDomains", "ResourceRequirements", "PortMappings", "ExtraHosts", "EnvironmentFiles",
    "LogConfiguration",
}  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "key", "value"),
    [
        ({"essential": False}, "Essential", False),
        ({"network": {"disable_networking": True}}, "DisableNetworking", True),
        ({"network": {"dns_servers": ["10.0.0.2"]}}, "DnsServers", ["10.0.0.2"]),
        ({"network": {"dns_search_domains": ["a.b"]}}, "DnsSearchDomains", ["a.b"]),
        (
            {"network": {"extra_hosts": [{"hostname": "db", "ip_address": "10.0.0.3"}]}},
            "ExtraHosts", [{"Hostname": "db", "IpAddress": "10.0.0.3"}],
        ),
        ({"storage": {"read_only_root_filesystem": True}}, "ReadonlyRootFilesystem", True),
        ({"gpus": 2}, "ResourceRequirements", [{"Type": "GPU", "Value": "2"}]),
        (
            {"ports": [{"port": 80}, {"port": 53, "protocol": "UDP"}]}, "PortMappings",
            [
                {"ContainerPort": 80, "HostPort": 80, "Protocol": "tcp"},
                {"ContainerPort": 53, "HostPort": 53, "Protocol": "udp"},
            ],
        ),
        (
            {"environment_files": ["arn:aws:s3:::s/a.env"]}, "EnvironmentFiles",
            [{"Type": "s3", "Value": "arn:aws:s3:::s/a.env"}],
        ),
    ],
)  # fmt: skip
def test_what_is_always_there_holds_what_was_typed(
    fields: dict[str, Any], key: str, value: Any
) -> None:
    definition = web_definition(**fields)
    assert definition[key] == value
    assert set(definition) == ALWAYS


@pytest.mark.parametrize(
    ("fields", "key", "value"),
    [
        ({"working_directory": "/srv"}, "WorkingDirectory", "/srv"),
        ({"memory": 128}, "Memory", 128),
        ({"memory_reservation": 64}, "MemoryReservation", 64),
        ({"cpu": 0}, "Cpu", 0),
        ({"user": "app"}, "User", "app"),
        ({"start_timeout": 30}, "StartTimeout", 30),
        ({"stop_timeout": "#{Stop}"}, "StopTimeout", "#{Stop}"),
        ({"command": "serve --port 80"}, "Command", ["serve --port 80"]),
        ({"command_list": ["serve", "80"], "command": "x"}, "Command", ["serve", "80"]),
        ({"entry_point": "sh, -c"}, "EntryPoint", ["sh", "-c"]),
        ({"entry_point": "sh,#{Flags | Replace \",\" \" \"}"}, "EntryPoint",
         ["sh", '#{Flags | Replace "," " "}']),
        (
            {"docker_labels": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]},
            "DockerLabels", {"a": "2"},
        ),
        (
            {"health_check": {"command": ["CMD", "true"]}}, "HealthCheck",
            {"Command": ["CMD", "true"]},
        ),
        (
            {
                "health_check": {
                    "command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3,
                    "start_period": 0,
                }
            },
            "HealthCheck",
            {
                "Command": ["CMD", "true"], "Interval": 30, "Retries": 3, "StartPeriod": 0,
                "Timeout": 5,
            },
        ),
        (
            {"repository_authentication": {"type": "secrets_manager", "secret_arn": SECRET}},
            "RepositoryCredentials", {"CredentialsParameter": SECRET},
        ),
        (
            {"ulimits": [{"name": "nofile", "soft": 1, "hard": 2}]}, "Ulimits",
            [{"Name": "nofile", "HardLimit": 2, "SoftLimit": 1}],
        ),
        (
            {"storage": {"mount_points": [{"volume": "data", "path": "/d", "read_only": True}]}},
            "MountPoints", [{"SourceVolume": "data", "ContainerPath": "/d", "ReadOnly": True}],
        ),
        (
            {"storage": {"volumes_from": [{"container": "api"}]}}, "VolumesFrom",
            [{"SourceContainer": "api", "ReadOnly": False}],
        ),
        (
            {"depends_on": [{"container": "api", "condition": "healthy"}]}, "DependsOn",
            [{"ContainerName": "api", "Condition": "HEALTHY"}],
        ),
        (
            {
                "environment": [
                    {"name": "A", "value": "1"}, {"name": "B", "value": "2"},
                    {"name": "A", "value": "3"},
                ]
            },
            "Environment", [{"Name": "A", "Value": "3"}, {"Name": "B", "Value": "2"}],
        ),
        (
            {"environment": [{"name": "A", "value": SECRET, "type": "secret"}]}, "Secrets",
            [{"Name": "A", "ValueFrom": SECRET}],
        ),
    ],
)  # fmt: skip
def test_what_is_optional_appears_once_it_is_typed(
    fields: dict[str, Any], key: str, value: Any
) -> None:
    definition = web_definition(**fields)
    assert definition[key] == value
    assert set(definition) == ALWAYS | {key}


def test_a_health_check_without_command_is_left_out() -> None:
    assert "HealthCheck" not in web_definition(health_check={"command": [], "interval": 30})


def test_manual_logging_without_a_driver_is_left_out() -> None:
    assert "LogConfiguration" not in web_definition(logging={"type": "manual"})


def test_manual_logging_splits_plain_and_secret_options() -> None:
    options = [
        {"name": "splunk-url", "value": "https://a"},
        {"name": "splunk-token", "value": SECRET, "type": "secret"},
        {"name": "splunk-url", "value": "https://b"},
    ]
    definition = web_definition(logging={"type": "manual", "driver": "Splunk", "options": options})
    assert definition["LogConfiguration"] == {
        "LogDriver": "splunk",
        "Options": {"splunk-url": "https://b"},
        "SecretOptions": [{"Name": "splunk-token", "ValueFrom": SECRET}],
    }


@pytest.mark.parametrize("driver", ["awsfirelens", "default"])
def test_manual_logging_always_lists_its_options(driver: str) -> None:
    definition = web_definition(logging={"type": "manual", "driver": driver})
    assert definition["LogConfiguration"] == {
        "LogDriver": driver,
        "Options": {},
        "SecretOptions": [],
    }


@pytest.mark.parametrize(
    ("firelens", "configuration"),
    [
        (
            {"enabled": True},
            {"Type": "fluentbit", "Options": {"enable-ecs-log-metadata": "true"}},
        ),
        (
            {
                "enabled": True, "type": "fluentd", "enable_ecs_log_metadata": False,
                "config": {"type": "file", "value": "/fluent.conf"},
            },
            {
                "Type": "fluentd",
                "Options": {
                    "enable-ecs-log-metadata": "false",
                    "config-file-type": "file",
                    "config-file-value": "/fluent.conf",
                },
            },
        ),
        (
            {"enabled": "#{Route}", "enable_ecs_log_metadata": "#{Metadata}"},
            {
                "Type": "fluentbit",
                "Options": {
                    "enable-ecs-log-metadata": "#{if Metadata}true#{else}false#{/if}",
                },
            },
        ),
    ],
)  # fmt: skip
def test_a_router_has_its_configuration(
    firelens: dict[str, Any], configuration: dict[str, Any]
) -> None:
    assert web_definition(firelens=firelens)["FirelensConfiguration"] == configuration
