"""The sections of the form, in the order of the reference; each field with its note."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsportal.ecs.fargate import CPUS, cpu_units, memories_for
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service import form_summaries as summaries
from ecsportal.steps.deploy_ecs_service.form_container import CONTAINERS, GUIDE
from ecsportal.steps.deploy_ecs_service.form_summaries import cpu_words, memory_words
from ecsportal.steps.forms.parts import Choices, Field, Rows, Section

ALL_MEMORIES = sorted({memory for cpu in CPUS for memory in memories_for(cpu)})
"""What Fargate offers with any CPU: all that can be said while the CPU is bound."""


def _cpu_choices(document: JsonDict, choices: Mapping[str, Any]) -> Choices:
    return _with_present(
        [(str(units), cpu_words(str(units))) for units in CPUS], document.get("cpu")
    )


def _memory_choices(document: JsonDict, choices: Mapping[str, Any]) -> Choices:
    cpu = cpu_units(str(document.get("cpu", "")))
    sizes = memories_for(cpu) if cpu else ALL_MEMORIES
    return _with_present([(str(m), memory_words(str(m))) for m in sizes], document.get("memory"))


def _with_present(offered: list[tuple[str, str]], present: Any) -> Choices:
    """What is stored stays choosable, so that nothing changes by merely opening the form."""
    text = str(present or "")
    if text and text not in dict(offered):
        offered = [*offered, (text, f"{text} (not offered by Fargate)")]
    return tuple(offered)


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
            suggest="roles",
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
    summaries.configuration,
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
            empty="256",
            refresh=True,
            note="For all containers of a task together.",
            aws=f"{GUIDE}task_definition_parameters.html#task_size",
        ),
        Field(
            "memory",
            "Memory",
            kind="choice",
            choices=_memory_choices,
            empty="512",
            note="Only what Fargate offers with this CPU.",
            aws=f"{GUIDE}fargate-tasks-services.html#fargate-tasks-size",
        ),
    ),
    summaries.size,
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
            suggest="subnets",
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
            suggest="security-groups",
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
            empty=True,
            note="Without it, images are pulled through a NAT gateway or VPC endpoints.",
            aws=f"{GUIDE}fargate-task-networking.html",
            width="p-c12",
        ),
    ),
    summaries.network,
    open_at_first=True,
)

EXECUTION_ROLE = Section(
    "task-execution-role",
    "Task execution role",
    (
        Field(
            "task_execution_role_arn",
            "Role ARN",
            suggest="roles",
            note="Lets ECS pull images and write logs. Empty: the stack makes one, which may not "
            "read secrets or private registries.",
            aws=f"{GUIDE}task_execution_IAM_role.html",
            width="p-c12",
            mono=True,
        ),
    ),
    summaries.roles,
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
                Field(
                    "value",
                    "Value",
                    keeps_spaces=True,
                    note="Up to 256.",
                    aws=f"{GUIDE}ecs-using-tags.html",
                ),
            ),
            new={"key": "", "value": ""},
            title=lambda tag: str(tag.get("key") or ""),
            note="On the service and the task definition; at most 20.",
            aws=f"{GUIDE}ecs-using-tags.html",
        ),
    ),
    summaries.tags,
)

CONTAINER_SECTION = Section(
    "containers", "Containers", (CONTAINERS,), summaries.containers, open_at_first=True
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
            note="Tags each task with its cluster and service. "
            "Changing it may re-create the service.",
            aws=f"{GUIDE}ecs-using-tags.html#managed-tags",
            width="p-c12",
        ),
    ),
    summaries.deployment,
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
            note="Don't wait: the step succeeds once AWS has accepted it; nobody looks at tasks.",
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
    summaries.wait,
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
