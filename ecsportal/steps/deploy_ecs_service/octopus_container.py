"""One container as Octopus Deploy keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.octopus_source import Source

_KINDS = {"Plain": "plain", "Secret": "secret"}
_CONDITIONS = {
    "Start": "START",
    "Complete": "COMPLETE",
    "Success": "SUCCESS",
    "Healthy": "HEALTHY",
}
_DRIVERS = {
    "None": "none",
    "Default": "default",
    "AwsLogs": "awslogs",
    "AwsFirelens": "awsfirelens",
    "Splunk": "splunk",
}


def container(source: Source, references: Mapping[str, JsonDict]) -> JsonDict:
    """Our container; an absent or empty `essential` counts as false there."""
    read: JsonDict = {
        "name": source.text("containerName"),
        "image": _image(source.object("containerImageReference"), references),
        "repository_authentication": _authentication(source.object("repositoryAuthentication")),
        "memory_reservation": source.number("memoryLimitSoft"),
        "memory": source.number("memoryLimitHard"),
        "cpu": source.number("cpus"),
        "gpus": source.number("gpus"),
        "essential": source.flag("essential"),
        "ports": _each(source, "containerPortMappings", _port),
        "health_check": _health_check(source.object("healthCheck")),
        "entry_point": source.text("entryPoint"),
        "command": source.text("command"),
        "working_directory": source.text("workingDirectory"),
        "user": source.text("user"),
        "start_timeout": source.number("startTimeout"),
        "stop_timeout": source.number("stopTimeout"),
        "environment_files": source.texts("environmentFiles"),
        "environment": _each(source, "environmentVariables", _named_value),
        "network": _network(source.object("networkSettings")),
        "storage": _storage(source.object("containerStorage")),
        "logging": _logging(source.object("containerLogging")),
        "docker_labels": _each(source, "dockerLabels", _label),
        "depends_on": _each(source, "dependencies", _dependency),
        "ulimits": _each(source, "ulimits", _ulimit),
    }
    if source.has("firelensConfiguration"):
        read["firelens"] = _firelens(source.object("firelensConfiguration"))
    source.close()
    return read


def _each(source: Source, key: str, read: Callable[[Source], JsonDict]) -> list[JsonDict]:
    items = []
    for item in source.objects(key):
        items.append(read(item))
        item.close()
    return items


def _image(source: Source, references: Mapping[str, JsonDict]) -> JsonDict:
    """The reference is the name that the action's packages give the id, else the id itself."""
    identity = source.text("referenceId")
    package = references.get(identity, {})
    image = {
        "reference": str(package.get("Name") or identity),
        "feed": source.text("feedId") or str(package.get("FeedId") or ""),
        "repository": source.text("imageName") or str(package.get("PackageId") or ""),
    }
    source.close()
    return image


def _authentication(source: Source) -> JsonDict:
    words = {"Default": "default", "SecretsManager": "secrets_manager"}
    read = {
        "type": source.word("type", words, "default"),
        "secret_arn": source.text("secretName"),
    }
    source.close()
    return read


def _port(source: Source) -> JsonDict:
    return {
        "port": source.number("containerPort", 0),
        "protocol": source.word("protocol", {"Tcp": "tcp", "Udp": "udp"}, "tcp"),
    }


def _health_check(source: Source) -> JsonDict | None:
    check = {
        "command": source.texts("command"),
        "interval": source.number("interval"),
        "retries": source.number("retries"),
        "start_period": source.number("startPeriod"),
        "timeout": source.number("timeout"),
    }
    source.close()
    return check if any(value not in (None, []) for value in check.values()) else None


def _named_value(source: Source) -> JsonDict:
    return {
        "name": source.text("key"),
        "value": source.text("value"),
        "type": source.word("type", _KINDS, "plain"),
    }


def _label(source: Source) -> JsonDict:
    return {"key": source.text("key"), "value": source.text("value")}


def _network(source: Source) -> JsonDict:
    read: JsonDict = {
        "disable_networking": source.flag("disableNetworking"),
        "dns_servers": source.texts("dnsServers"),
        "dns_search_domains": source.texts("dnsSearchDomains"),
        "extra_hosts": _each(
            source,
            "extraHosts",
            lambda host: {
                "hostname": host.text("hostname"),
                "ip_address": host.text("ipAddress"),
            },
        ),
    }
    source.close()
    return read


def _storage(source: Source) -> JsonDict:
    read: JsonDict = {
        "read_only_root_filesystem": source.flag("readOnlyRootFileSystem"),
        "mount_points": _each(
            source,
            "mountPoints",
            lambda mount: {
                "volume": mount.text("sourceVolume"),
                "path": mount.text("containerPath"),
                "read_only": mount.flag("readonly"),
            },
        ),
        "volumes_from": _each(
            source,
            "volumeFrom",
            lambda other: {
                "container": other.text("sourceContainer"),
                "read_only": other.flag("readonly"),
            },
        ),
    }
    source.close()
    return read


def _logging(source: Source) -> JsonDict:
    read: JsonDict = {
        "type": source.word("type", {"Auto": "auto", "Manual": "manual"}, "auto"),
        "driver": source.word("logDriver", _DRIVERS, "none"),
        "options": _each(source, "logOptions", _named_value),
    }
    source.close()
    return read


def _firelens(source: Source) -> JsonDict:
    config = source.object("customConfigSource")
    enabled = source.word("type", {"Disabled": "", "Enabled": "yes"}, "")
    read: JsonDict = {
        "enabled": enabled == "yes",
        "type": source.word(
            "firelensType", {"Fluentd": "fluentd", "Fluentbit": "fluentbit"}, "fluentbit"
        ),
        "enable_ecs_log_metadata": source.flag("enableEcsLogMetadata", True),
        "config": {
            "type": config.word("type", {"None": "none", "File": "file", "S3": "s3"}, "none"),
            "value": config.text("filePath"),
        },
    }
    config.close()
    source.close()
    return read


def _dependency(source: Source) -> JsonDict:
    return {
        "container": source.text("containerName"),
        "condition": source.word("condition", _CONDITIONS, "START"),
    }


def _ulimit(source: Source) -> JsonDict:
    return {
        "name": source.text("limitName"),
        "soft": source.number("softLimit", 0),
        "hard": source.number("hardLimit", 0),
    }
