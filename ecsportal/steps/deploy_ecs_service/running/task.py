"""What the task definition says about the task as a whole."""

from __future__ import annotations

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.initial import initial_inputs
from ecsportal.steps.deploy_ecs_service.names import logical_ids
from ecsportal.steps.running_service import Facts, StackFacts

_ABOUT_ITSELF = (
    "taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities",
    "requiresCompatibilities", "registeredAt", "registeredBy", "deregisteredAt",
    "deleteRequestedAt", "containerDefinitions",
)  # fmt: skip


def own_log_group(stack: StackFacts | None, family: str) -> str:
    """The name of the log group that the adopted stack makes, empty for none."""
    return stack.resources.get(logical_ids(family).log_group, "") if stack else ""


def task_inputs(task: Facts, family: str, stack: StackFacts | None) -> JsonDict:
    """Name, size, roles, volumes."""
    platform = task.object("runtimePlatform")
    storage = task.object("ephemeralStorage")
    inputs: JsonDict = {
        "task_name": family,
        "cpu": str(task.take("cpu", "")),
        "memory": str(task.take("memory", "")),
        "task_role_arn": task.take("taskRoleArn", ""),
        "task_execution_role_arn": _execution_role(task, family, stack),
        "cpu_architecture": platform.take("cpuArchitecture", "X86_64"),
        "volumes": [_volume(volume) for volume in task.objects("volumes")],
    }
    inputs["beyond"] = initial_inputs()["beyond"] | {
        "ephemeral_storage_gib": storage.take("sizeInGiB")
    }
    platform.usual("operatingSystemFamily", "LINUX")
    task.usual("networkMode", "awsvpc")
    task.ignore(*_ABOUT_ITSELF)
    for part in (platform, storage, task):
        part.close()
    return inputs


def _execution_role(task: Facts, family: str, stack: StackFacts | None) -> str:
    """The role, unless the adopted stack makes it itself."""
    arn = str(task.take("executionRoleArn", ""))
    own = stack.resources.get(logical_ids(family).execution_role, "") if stack else ""
    return "" if own and arn.rpartition("/")[2] == own else arn


def _volume(volume: Facts) -> JsonDict:
    efs = volume.object("efsVolumeConfiguration")
    access = efs.object("authorizationConfig")
    file_system = efs.take("fileSystemId", "")
    volume.object("host").close()
    read: JsonDict = {
        "type": "efs" if file_system else "bind",
        "name": volume.take("name", ""),
        "file_system_id": file_system,
        "access_point_id": access.take("accessPointId", ""),
        "root_directory": efs.take("rootDirectory", ""),
        "transit_encryption": efs.take("transitEncryption", "DISABLED") == "ENABLED",
        "iam_authorization": access.take("iam", "DISABLED") == "ENABLED",
    }
    for part in (access, efs, volume):
        part.close()
    return read
