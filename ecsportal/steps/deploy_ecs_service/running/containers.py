"""One container definition as the step has it."""

from __future__ import annotations

from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.running_service import Facts, MatchedImage, MatchImage

_OWN_LOG = {"awslogs-group", "awslogs-region", "awslogs-stream-prefix"}


def container(
    told: Facts, match_image: MatchImage, *, own_group: str
) -> tuple[JsonDict, MatchedImage]:
    """The container and the image that it runs; `own_group` is the log group of the stack."""
    name = str(told.take("name", ""))
    matched = match_image(str(told.take("image", "")))
    image = MatchedImage(matched.image, matched.feed, matched.repository, matched.tag, name)
    read: JsonDict = {
        "name": name,
        "image": {"reference": name, "feed": image.feed, "repository": image.repository},
        **_scalars(told),
        "repository_authentication": _authentication(told),
        "gpus": _gpus(told),
        "ports": [_port(port) for port in told.objects("portMappings")],
        "health_check": _health_check(told),
        "entry_point": _entry_point(told),
        "environment_files": [_file(each) for each in told.objects("environmentFiles")],
        "environment": [
            *(_pair(each, "value", "plain") for each in told.objects("environment")),
            *(_pair(each, "valueFrom", "secret") for each in told.objects("secrets")),
        ],
        "network": _network(told),
        "storage": _storage(told),
        "logging": _logging(told, own_group),
        "firelens": _firelens(told),
        "docker_labels": [
            {"key": key, "value": value} for key, value in told.take("dockerLabels", {}).items()
        ],
        "depends_on": [_dependency(each) for each in told.objects("dependsOn")],
        "ulimits": [_ulimit(each) for each in told.objects("ulimits")],
    }
    told.usual("versionConsistency", "enabled")
    told.close()
    return read, image


def _scalars(told: Facts) -> JsonDict:
    return {
        "memory_reservation": told.take("memoryReservation"),
        "memory": told.take("memory"),
        "cpu": told.take("cpu") or None,
        "essential": told.take("essential", True),
        "command": "",
        "command_list": told.take("command", []),
        "working_directory": told.take("workingDirectory", ""),
        "user": told.take("user", ""),
        "start_timeout": told.take("startTimeout"),
        "stop_timeout": told.take("stopTimeout"),
    }


def _authentication(told: Facts) -> JsonDict:
    credentials = told.object("repositoryCredentials")
    arn = credentials.take("credentialsParameter", "")
    credentials.close()
    return {"type": "secrets_manager" if arn else "default", "secret_arn": arn}


def _gpus(told: Facts) -> int | str | None:
    found: int | str | None = None
    for requirement in told.objects("resourceRequirements"):
        kind, value = requirement.take("type"), requirement.take("value", "")
        if kind == "GPU":
            found = int(value) if str(value).isdecimal() else str(value)
        else:
            requirement.tell("type", kind)
        requirement.close()
    return found


def _port(port: Facts) -> JsonDict:
    number = port.take("containerPort", 0)
    port.usual("hostPort", number, 0)
    port.ignore("name")  # Service Connect makes it anew
    read = {"port": number, "protocol": port.take("protocol", "tcp")}
    port.close()
    return read


def _health_check(told: Facts) -> JsonDict | None:
    check = told.object("healthCheck")
    read = {
        "command": check.take("command", []),
        "interval": check.take("interval"),
        "timeout": check.take("timeout"),
        "retries": check.take("retries"),
        "start_period": check.take("startPeriod"),
    }
    check.close()
    return read if read["command"] else None


def _entry_point(told: Facts) -> str:
    """The step splits it at commas, so an argument with one can't be kept apart."""
    parts = told.take("entryPoint", [])
    if any("," in part or part != part.strip() for part in parts):
        told.tell("entryPoint", parts)
        return ""
    return ", ".join(parts)


def _file(each: Facts) -> str:
    each.usual("type", "s3")
    value = str(each.take("value", ""))
    each.close()
    return value


def _pair(each: Facts, key: str, kind: str) -> JsonDict:
    read = {"name": each.take("name", ""), "value": each.take(key, ""), "type": kind}
    each.close()
    return read


def _network(told: Facts) -> JsonDict:
    hosts = []
    for host in told.objects("extraHosts"):
        hosts.append(
            {"hostname": host.take("hostname", ""), "ip_address": host.take("ipAddress", "")}
        )
        host.close()
    return {
        "disable_networking": told.take("disableNetworking", False),
        "dns_servers": told.take("dnsServers", []),
        "dns_search_domains": told.take("dnsSearchDomains", []),
        "extra_hosts": hosts,
    }


def _storage(told: Facts) -> JsonDict:
    mounts, others = [], []
    for mount in told.objects("mountPoints"):
        mounts.append(
            {
                "volume": mount.take("sourceVolume", ""),
                "path": mount.take("containerPath", ""),
                "read_only": mount.take("readOnly", False),
            }
        )
        mount.close()
    for other in told.objects("volumesFrom"):
        others.append(
            {
                "container": other.take("sourceContainer", ""),
                "read_only": other.take("readOnly", False),
            }
        )
        other.close()
    return {
        "read_only_root_filesystem": told.take("readonlyRootFilesystem", False),
        "mount_points": mounts,
        "volumes_from": others,
    }


def _logging(told: Facts, own_group: str) -> JsonDict:
    """The stack's own log group is "auto"; any other one is named as it is."""
    log = told.object("logConfiguration")
    driver = log.take("logDriver", "none")
    options: dict[str, Any] = log.take("options", {})
    secrets = [_pair(each, "valueFrom", "secret") for each in log.objects("secretOptions")]
    log.close()
    is_own = (
        driver == "awslogs"
        and set(options) == _OWN_LOG
        and options["awslogs-group"] == own_group
        and options["awslogs-stream-prefix"] == "ecs"
    )
    if is_own and own_group and not secrets:
        return {"type": "auto", "driver": "none", "options": []}
    if driver not in ("none", "awslogs", "awsfirelens", "splunk"):
        log.tell("logDriver", driver)
        driver = "default"
    plain = [{"name": name, "value": value, "type": "plain"} for name, value in options.items()]
    return {"type": "manual", "driver": driver, "options": [*plain, *secrets]}


def _firelens(told: Facts) -> JsonDict:
    router = told.object("firelensConfiguration")
    kind = router.take("type", "")
    options = router.object("options")
    read: JsonDict = {
        "enabled": bool(kind),
        "type": kind or "fluentbit",
        "enable_ecs_log_metadata": options.take("enable-ecs-log-metadata", "true") == "true",
        "config": {
            "type": options.take("config-file-type", "none"),
            "value": options.take("config-file-value", ""),
        },
    }
    options.close()
    router.close()
    return read


def _dependency(each: Facts) -> JsonDict:
    read = {"container": each.take("containerName", ""), "condition": each.take("condition", "")}
    each.close()
    return read


def _ulimit(each: Facts) -> JsonDict:
    read = {
        "name": each.take("name", ""),
        "soft": each.take("softLimit", 0),
        "hard": each.take("hardLimit", 0),
    }
    each.close()
    return read
