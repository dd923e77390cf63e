"""The sections of the form, in the order of the reference; each field with its note."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsportal.ecs.fargate import CPUS, cpu_units, memories_for, memory_mib
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.form_container import CONTAINERS, GUIDE
from ecsportal.steps.forms.parts import Choices, Field, Rows, Section


def cpu_words(units: str) -> str:
    """`0.25 vCPU` from `256`; other text as it is."""
    number = cpu_units(units)
    return f"{number / 1024:g} vCPU" if number else units


def memory_words(mib: str) -> str:
    """`512 MiB`, `2 GB`; other text as it is."""
    number = memory_mib(mib)
    if not number:
        return mib
    return f"{number // 1024} GB" if number % 1024 == 0 else f"{number} MiB"


def _cpu_choices(document: JsonDict, choices: Mapping[str, Any]) -> Choices:
    return _with_present(
        [(str(units), cpu_words(str(units))) for units in CPUS], document.get("cpu")
    )


def _memory_choices(document: JsonDict, choices: Mapping[str, Any]) -> Choices:
    cpu = cpu_units(str(document.get("cpu", "")))
    offered = [(str(m), memory_words(str(m))) for m in memories_for(cpu)] if cpu else []
    return _with_present(offered, document.get("memory"))


def _with_present(offered: list[tuple[str, str]], present: Any) -> Choices:
    """What is stored stays choosable, so that nothing changes by merely opening the form."""
    text = str(present or "")
    if text and text not in dict(offered):
        offered = [*offered, (text, f"{text} (not offered by Fargate)")]
    return tuple(offered)


def _configuration(inputs: JsonDict) -> str:
    name = inputs.get("task_name") or "No task name yet"
    return f"{name} · {inputs.get('cpu_architecture', 'X86_64')}"


def _size(inputs: JsonDict) -> str:
    return f"{cpu_words(str(inputs.get('cpu')))} · {memory_words(str(inputs.get('memory')))}"


def _network(inputs: JsonDict) -> str:
    subnets, groups = inputs.get("subnet_ids", []), inputs.get("security_group_ids", [])
    public = inputs.get("assign_public_ip")
    ip = "public IP" if public is True else "no public IP" if public is False else "IP bound"
    return f"{_count(subnets, 'subnet')} · {_count(groups, 'security group')} · {ip}"


def _roles(inputs: JsonDict) -> str:
    return str(inputs.get("task_execution_role_arn") or "Made by the stack")


def _tags(inputs: JsonDict) -> str:
    tags = inputs.get("tags") or []
    return " · ".join(f"{tag.get('key')} = {tag.get('value')}" for tag in tags[:3]) or "None"


def _containers(inputs: JsonDict) -> str:
    names = [str(each.get("name") or "unnamed") for each in inputs.get("containers", [])]
    return ", ".join(names) or "None"


def _deployment(inputs: JsonDict) -> str:
    low, high = inputs.get("minimum_healthy_percent", 100), inputs.get("maximum_percent", 200)
    return f"{_count(inputs.get('desired_count', 1), 'task')} · healthy {low}–{high} %"


def _wait(inputs: JsonDict) -> str:
    wait = inputs.get("wait") or {}
    kind = wait.get("type", "until_completed")
    if kind == "with_timeout":
        return f"At most {wait.get('timeout_minutes') or '…'} min"
    return {"until_completed": "Until completed", "dont_wait": "Don't wait"}.get(kind, str(kind))


def _count(of: Any, noun: str) -> str:
    number = len(of) if isinstance(of, list) else of
    return f"{number} {noun}" if number in (1, "1") else f"{number} {noun}s"


CONFIGURATION = Section(
    "configuration",
    "Configuration",
    (
        Field(
            "task_name",
            "Task name",
            note="The task definition's family; service, log group and stack are named after it.",
            aws=f"{GUIDE}task_definition_parameters.html#family",
            width="p-c6",
        ),
        Field(
            "cpu_architecture",
            "CPU architecture",
            kind="choice",
            choices=(("X86_64", "X86_64"), ("ARM64", "ARM64")),
            note="Has to be the one that the images were built for.",
            aws=f"{GUIDE}task_definition_parameters.html#runtime-platform",
            width="p-c3",
        ),
        Field(
            "task_role_arn",
            "Task role",
            note="What the containers themselves may do in AWS. Empty: nothing.",
            aws=f"{GUIDE}task-iam-roles.html",
            width="p-c6",
            mono=True,
        ),
        Field(
            "stack_name",
            "Stack name",
            note="Empty: generated from cluster, task name and environment. Fill it in only to "
            "adopt a stack that exists.",
            aws="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacks.html",
            width="p-c6",
            mono=True,
        ),
    ),
    _configuration,
    open_at_first=True,
)

SIZE = Section(
    "task-size",
    "Task size",
    (
        Field(
            "cpu",
            "CPU",
            kind="choice",
            choices=_cpu_choices,
            refresh=True,
            note="For all containers of a task together.",
            aws=f"{GUIDE}task_definition_parameters.html#task_size",
        ),
        Field(
            "memory",
            "Memory",
            kind="choice",
            choices=_memory_choices,
            note="Only what Fargate offers with this CPU.",
            aws=f"{GUIDE}fargate-tasks-services.html#fargate-tasks-size",
        ),
    ),
    _size,
    open_at_first=True,
)

NETWORK = Section(
    "network",
    "Network",
    (
        Field(
            "subnet_ids",
            "Subnets",
            kind="list",
            note="1 to 16, all of one VPC; one a line.",
            aws=f"{GUIDE}fargate-task-networking.html",
            width="p-c6",
            mono=True,
            placeholder="subnet-…",
        ),
        Field(
            "security_group_ids",
            "Security groups",
            kind="list",
            note="1 to 5, one a line.",
            aws=f"{GUIDE}task-networking-awsvpc.html",
            width="p-c6",
            mono=True,
            placeholder="sg-…",
        ),
        Field(
            "assign_public_ip",
            "Give each task a public IP",
            kind="flag",
            note="Without it, images are pulled through a NAT gateway or VPC endpoints.",
            aws=f"{GUIDE}fargate-task-networking.html",
            width="p-c12",
        ),
    ),
    _network,
    open_at_first=True,
)

EXECUTION_ROLE = Section(
    "task-execution-role",
    "Task execution role",
    (
        Field(
            "task_execution_role_arn",
            "Role ARN",
            note="Lets ECS pull images and write logs. Empty: the stack makes one, which may not "
            "read secrets or private registries.",
            aws=f"{GUIDE}task_execution_IAM_role.html",
            width="p-c12",
            mono=True,
        ),
    ),
    _roles,
)

TAGS = Section(
    "tags",
    "Tags",
    (
        Rows(
            "tags",
            "Tags",
            "tag",
            (
                Field("key", "Key", note="1 to 128 characters.", aws=f"{GUIDE}ecs-using-tags.html"),
                Field("value", "Value", note="Up to 256.", aws=f"{GUIDE}ecs-using-tags.html"),
            ),
            new={"key": "", "value": ""},
            note="On the service and the task definition; at most 20.",
            aws=f"{GUIDE}ecs-using-tags.html",
        ),
    ),
    _tags,
)

CONTAINER_SECTION = Section(
    "containers", "Containers", (CONTAINERS,), _containers, open_at_first=True
)

DEPLOYMENT = Section(
    "deployment",
    "Deployment",
    (
        Field(
            "desired_count",
            "Desired tasks",
            kind="number",
            note="How many copies of the task run. 0 stops the service.",
            aws=f"{GUIDE}service_definition_parameters.html#sd-desiredcount",
        ),
        Field(
            "minimum_healthy_percent",
            "Minimum healthy",
            kind="number",
            unit="%",
            note="How many of them keep running while new ones start.",
            aws=f"{GUIDE}service_definition_parameters.html#sd-deploymentconfiguration",
        ),
        Field(
            "maximum_percent",
            "Maximum",
            kind="number",
            unit="%",
            note="How many may run at most, old and new together.",
            aws=f"{GUIDE}service_definition_parameters.html#sd-deploymentconfiguration",
        ),
        Field(
            "enable_ecs_managed_tags",
            "ECS managed tags",
            kind="flag",
            note="Tags each task with its cluster and service. Changing it may re-create the service.",
            aws=f"{GUIDE}ecs-using-tags.html#managed-tags",
            width="p-c12",
        ),
    ),
    _deployment,
)

WAIT = Section(
    "wait",
    "Wait and deadline",
    (
        Field(
            "wait.type",
            "Wait",
            kind="choice",
            choices=(
                ("until_completed", "Until the tasks run"),
                ("with_timeout", "Until the tasks run, at most…"),
                ("dont_wait", "Don't wait"),
            ),
            refresh=True,
            note="Don't wait: the step succeeds once AWS has accepted it, without looking at tasks.",
            aws="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
            "using-cfn-describing-stacks.html",
            width="p-c6",
        ),
        Field(
            "wait.timeout_minutes",
            "Time limit",
            kind="number",
            unit="min",
            empty=None,
            note='Counts only with "at most".',
            aws="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
            "using-cfn-describing-stacks.html",
            width="p-c3",
        ),
    ),
    _wait,
)

SECTIONS = (
    CONFIGURATION,
    EXECUTION_ROLE,
    SIZE,
    NETWORK,
    TAGS,
    CONTAINER_SECTION,
    DEPLOYMENT,
    WAIT,
)
