"""This step as Octopus Deploy keeps it: what becomes of each of its properties."""

from __future__ import annotations

from collections.abc import Mapping

from ecsportal.ecs.fargate import cpu_units, memory_mib
from ecsportal.steps.bound import is_bound
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.octopus_container import container
from ecsportal.steps.octopus_ecs import tags, wait_option
from ecsportal.steps.octopus_source import Source, closed

PREFIX = "Octopus.Action.Aws.Ecs.Deploy."
_TEXTS = {
    "ServiceTaskName": "task_name",
    "CFStackName": "stack_name",
    "TaskRole": "task_role_arn",
    "TaskExecutionRole": "task_execution_role_arn",
    "Cpu": "cpu",
    "Memory": "memory",
}


def is_kept_in(properties: Source) -> bool:
    """True for the properties of this step: every one has a task name."""
    return properties.has(f"{PREFIX}ServiceTaskName") or properties.has(f"{PREFIX}Containers")


def imported_version(inputs: JsonDict, package_version: str) -> int:
    """Version 1 where Octopus Deploy says so, unless FireLens shows that it is newer."""
    has_firelens = any("firelens" in each for each in inputs["containers"])
    return 1 if package_version.startswith("1.") and not has_firelens else 2


def imported_inputs(properties: Source, references: Mapping[str, JsonDict]) -> JsonDict:
    """The inputs that render the template which Octopus Deploy would deploy.

    `references` are the action's packages by their id, as Octopus Deploy's API gives them.
    """
    at = PREFIX
    inputs: JsonDict = {ours: properties.text(at + theirs) for theirs, ours in _TEXTS.items()}
    inputs |= {
        "cpu_architecture": properties.word(
            f"{at}RuntimeArchitecturePlatform", {"X86_64": "X86_64", "ARM64": "ARM64"}, "X86_64"
        ),
        "desired_count": properties.number(f"{at}DesiredCount", 1),
        "security_group_ids": properties.texts(f"{at}SecurityGroupIds"),
        "subnet_ids": properties.texts(f"{at}SubnetIds"),
        "assign_public_ip": properties.flag(f"{at}AutoAssignPublicIp", True),
        "enable_ecs_managed_tags": properties.flag(f"{at}EnableEcsManagedTags"),
        "tags": tags(properties),
        "minimum_healthy_percent": properties.number(f"{at}MinimumHealthPercent", 100),
        "maximum_percent": properties.number(f"{at}MaximumHealthPercent", 200),
        "wait": wait_option(properties),
        "load_balancers": [
            _load_balancer(mapping) for mapping in properties.objects(f"{at}LoadBalancerMappings")
        ],
        "volumes": [_volume(volume) for volume in properties.objects(f"{at}Volumes")],
        "containers": [
            container(each, references) for each in properties.objects(f"{at}Containers")
        ],
    }
    _tell_sizes(properties, inputs)
    return inputs


def _tell_sizes(properties: Source, inputs: JsonDict) -> None:
    """Sizes are rendered as units and MiB; where Octopus Deploy has words, that is a change."""
    for key, field, read in (("Cpu", "cpu", cpu_units), ("Memory", "memory", memory_mib)):
        typed = inputs[field]
        number = None if is_bound(typed) else read(typed)
        if number is not None and str(number) != typed:
            message = f'"{typed}" is stored and deployed as {number}.'
            properties.report.add(PREFIX + key, message)
            inputs[field] = str(number)


def _load_balancer(source: Source) -> JsonDict:
    return closed(
        source,
        {
            "container": source.text("containerName"),
            "port": source.number("containerPort", 0),
            "target_group_arn": source.text("targetGroupArn"),
        },
    )


def _volume(source: Source) -> JsonDict:
    """Empty text was deployed as empty text, and null was left out."""
    optional = {"access_point_id": "accessPointId", "root_directory": "rootDirectory"}
    empty = [ours for ours, theirs in optional.items() if source.take(theirs) == ""]
    volume: JsonDict = {
        "type": source.word("type", {"Bind": "bind", "Efs": "efs"}, "bind"),
        "name": source.text("name"),
        "file_system_id": source.text("fileSystemId"),
        "access_point_id": source.text("accessPointId"),
        "root_directory": source.text("rootDirectory"),
        "transit_encryption": source.flag("encryptionInTransit", exactly=True),
        "iam_authorization": source.flag("efsIamAuthorization", exactly=True),
    }
    if empty and volume["type"] == "efs":
        volume["render_empty"] = empty
    return closed(source, volume)
