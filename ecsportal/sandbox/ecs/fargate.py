"""What Fargate refuses in a task definition, in AWS's words.

The words come from real answers in public reports and from preflight rules that quote them; the
sizes from the Amazon ECS Developer Guide ("Task size").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecsportal.sandbox.ecs.state import Wire
from ecsportal.sandbox.errors import AwsError

_GIB = 1024
SIZES: dict[int, tuple[int, ...]] = {
    256: (512, 1 * _GIB, 2 * _GIB),
    512: tuple(range(1 * _GIB, 4 * _GIB + 1, _GIB)),
    1024: tuple(range(2 * _GIB, 8 * _GIB + 1, _GIB)),
    2048: tuple(range(4 * _GIB, 16 * _GIB + 1, _GIB)),
    4096: tuple(range(8 * _GIB, 30 * _GIB + 1, _GIB)),
    8192: tuple(range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB)),
    16384: tuple(range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB)),
}
_DRIVERS = frozenset({"awslogs", "splunk", "awsfirelens"})
_NOT_ON_AWSVPC = {
    "links": "Links are not supported when networkMode=awsvpc",
    "hostname": "hostname is not supported on container when networkMode=awsvpc",
    "dnsServers": "DNS servers are not supported on container when networkMode=awsvpc",
    "dnsSearchDomains": "DNS search domains are not supported on container when networkMode=awsvpc",
    "extraHosts": "Extra hosts are not supported on container when networkMode=awsvpc",
    "disableNetworking": "Disable Networking is not supported on container when networkMode=awsvpc",
    "privileged": "Fargate requires that the 'privileged' setting be 'false'",
    "resourceRequirements": "Tasks using the Fargate launch type do not support GPU resource "
    "requirements",
    "dockerSecurityOptions": "Fargate compatible task definitions do not support "
    "dockerSecurityOptions",
}


def check(body: Wire) -> None:
    """Raise ClientException for the first thing that AWS would refuse."""
    if not body["containerDefinitions"]:
        raise AwsError("ClientException", "Container list cannot be empty.")
    problem = next(_problems(body), None)
    if problem:
        raise AwsError("ClientException", problem)


def _problems(body: Wire) -> Iterator[str]:
    yield from _container_list(body)
    yield from _cross_references(body)
    if "FARGATE" in body.get("requiresCompatibilities", []):
        yield from _task_level(body)
        for container in body["containerDefinitions"]:
            yield from _container(container, body)


def _container_list(body: Wire) -> Iterator[str]:
    containers = body["containerDefinitions"]
    names = [each.get("name", "") for each in containers]
    if len(containers) > 10:
        yield "Too many containers: a task definition can have at most 10."
    for each in containers:
        if not each.get("image"):
            yield "Container.image should not be null or empty."
        if names.count(each.get("name")) > 1:
            yield f"Container name '{each['name']}' is used more than once."
    if not any(each.get("essential", True) for each in containers):
        yield "At least one container must be essential."


def _cross_references(body: Wire) -> Iterator[str]:
    containers = body["containerDefinitions"]
    names = {each.get("name") for each in containers}
    volumes = {each.get("name") for each in body.get("volumes", [])}
    for each in containers:
        for other in each.get("dependsOn", []):
            if other["containerName"] not in names:
                yield f"Container '{other['containerName']}' of dependsOn does not exist."
        for mount in each.get("mountPoints", []):
            if mount.get("sourceVolume") not in volumes:
                yield "Unknown volume '" + str(mount.get("sourceVolume")) + "'."


def _task_level(body: Wire) -> Iterator[str]:
    if body.get("networkMode") != "awsvpc":
        yield "Fargate only supports network mode 'awsvpc'."
    for size in ("cpu", "memory"):
        if not body.get(size):
            yield f"Fargate requires that '{size}' be defined at the task level."
    if int(body["memory"]) not in SIZES.get(int(body["cpu"]), ()):
        yield (
            "No Fargate configuration exists for given values: "
            f"{body['cpu']} CPU, {body['memory']} memory"
        )
    if body.get("ipcMode"):
        yield "Tasks using the Fargate launch type do not support ipcMode."
    if body.get("pidMode", "task") != "task":
        yield (
            f"Tasks using the Fargate launch type do not support pidMode '{body['pidMode']}'. "
            "The supported value for pidMode is 'task'."
        )
    if body.get("placementConstraints"):
        yield "Placement constraints are not supported with FARGATE launch type."
    storage = (body.get("ephemeralStorage") or {}).get("sizeInGiB", 21)
    if storage < 21:
        yield "EphemeralStorage size should be at least 21"
    if storage > 200:
        yield "EphemeralStorage size should be at most 200"
    yield from _volumes(body)
    yield from _sums(body)


def _volumes(body: Wire) -> Iterator[str]:
    for volume in body.get("volumes", []):
        if volume.get("dockerVolumeConfiguration"):
            yield "Fargate compatible task definitions do not support dockerVolumeConfiguration"
        if (volume.get("host") or {}).get("sourcePath"):
            yield "Fargate compatible task definitions do not support sourcePath"
        efs = volume.get("efsVolumeConfiguration") or {}
        access = efs.get("authorizationConfig") or {}
        if access.get("iam") == "ENABLED" and efs.get("transitEncryption") != "ENABLED":
            yield "EFS IAM authorization requires TransitEncryption to be enabled"
        if access.get("accessPointId") and efs.get("rootDirectory", "/") not in {"", "/"}:
            yield (
                'When using an EFS access point, the root directory must either be set to "/" '
                "or be omitted"
            )


def _sums(body: Wire) -> Iterator[str]:
    containers = body["containerDefinitions"]
    if sum(each.get("cpu") or 0 for each in containers) > int(body["cpu"]):
        yield "The 'cpu' of the containers cannot be greater than the task 'cpu'."
    reserved = sum(each.get("memory") or each.get("memoryReservation") or 0 for each in containers)
    if reserved > int(body["memory"]):
        yield "The 'memory' of the containers cannot be greater than the task 'memory'."


def _container(container: Wire, body: Wire) -> Iterator[str]:
    for name, words in _NOT_ON_AWSVPC.items():
        if container.get(name):
            yield words
    for port in container.get("portMappings", []):
        if port.get("hostPort") not in {None, 0, port.get("containerPort")}:
            yield "When networkMode=awsvpc, the host ports and container ports must match."
    linux = container.get("linuxParameters") or {}
    for name in ("devices", "sharedMemorySize"):
        if linux.get(name):
            yield f"Fargate compatible task definitions do not support {name}"
    for capability in (linux.get("capabilities") or {}).get("add", []):
        if capability != "SYS_PTRACE":
            yield f"{capability} is not allowed on Fargate."
    if container.get("secrets") and not body.get("executionRoleArn"):
        yield (
            "When you are specifying container secrets, you must also specify a value for "
            "'executionRoleArn'"
        )
    yield from _logging(container, body)
    yield from _health_check(container.get("healthCheck"))


def _logging(container: Wire, body: Wire) -> Iterator[str]:
    configuration: dict[str, Any] = container.get("logConfiguration") or {}
    driver, options = configuration.get("logDriver"), configuration.get("options") or {}
    if driver is None:
        return
    if driver not in _DRIVERS:
        yield f"Log driver {driver} is not supported on Fargate."
    if driver == "awsfirelens":
        routers = body["containerDefinitions"]
        if not any(each.get("firelensConfiguration") for each in routers):
            yield (
                "When awsfirelens log driver is specified in log configuration, a firelens "
                "configuration object must be specified"
            )
    if driver != "awslogs":
        return
    if not body.get("executionRoleArn"):
        yield (
            "Fargate requires task definition to have execution role ARN to support log driver "
            "awslogs."
        )
    for name in ("awslogs-group", "awslogs-region"):
        if not options.get(name):
            yield f"Log driver awslogs requires options: {name}"
    if not options.get("awslogs-stream-prefix"):
        yield "Fargate requires log configuration options to include awslogs-stream-prefix"


def _health_check(check: Wire | None) -> Iterator[str]:
    if not check:
        return
    if (check.get("command") or [""])[0] not in {"CMD", "CMD-SHELL", "NONE"}:
        yield "Health check command must start with CMD, CMD-SHELL or NONE."
    ranges = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}
    for name, (low, high) in ranges.items():
        if check.get(name) is not None and not low <= check[name] <= high:
            yield f"Health check {name} must be between {low} and {high}."
