"""The sections about the task as a whole: its name, roles, size, network and tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsportal.ecs.fargate import CPUS, cpu_units, memories_for
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.form import summaries
from ecsportal.steps.deploy_ecs_service.form.aws_pages import GUIDE, PARAMETERS, STACKS
from ecsportal.steps.deploy_ecs_service.form.summaries import cpu_words, memory_words
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
            note="The task definition's family. Service, log group, role and stack get their names "
            "from it; AWS adds an ending of its own to the service's.",
            aws=f"{PARAMETERS}#family",
            width="p-c6",
        ),
        Field(
            "cpu_architecture",
            "CPU architecture",
            kind="choice",
            choices=(("X86_64", "X86_64"), ("ARM64", "ARM64")),
            note="Has to be the one that the images were built for.",
            aws=f"{PARAMETERS}#runtime-platform",
            width="p-c3",
        ),
        Field(
            "task_role_arn",
            "Task role",
            suggest="roles",
            note="What the programs in the containers may do in AWS. Empty: nothing.",
            aws=f"{GUIDE}task-iam-roles.html",
            width="p-c6",
            mono=True,
            placeholder="arn:aws:iam::…:role/…",
        ),
        Field(
            "stack_name",
            "Stack name",
            note="Empty: generated from cluster, task name and environment, and fixed at the first "
            "deployment. Fill it in only to take over a stack that exists.",
            aws=f"{STACKS}stacks.html",
            width="p-c6",
            mono=True,
            placeholder="generated",
        ),
    ),
    summaries.configuration,
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
            note="With it ECS pulls the images and writes the logs. Empty: the stack makes one, "
            "which may not read secrets, environment files or a private registry's password.",
            aws=f"{GUIDE}task_execution_IAM_role.html",
            width="p-c12",
            mono=True,
            placeholder="made by the stack",
        ),
    ),
    summaries.roles,
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
            aws=f"{PARAMETERS}#task_size",
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
            note="1 to 5 of the same VPC, one a line. They say who may reach the tasks.",
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
            note="In public subnets tasks need one to pull their images. In private subnets leave "
            "it off: a NAT gateway or VPC endpoints do that.",
            aws=f"{GUIDE}fargate-task-networking.html",
            width="p-c12",
        ),
    ),
    summaries.network,
    open_at_first=True,
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
                Field(
                    "key",
                    "Key",
                    note='1 to 128 characters, each key once; "aws:" at its start is reserved.',
                    aws=f"{GUIDE}ecs-using-tags.html#tag-restrictions",
                ),
                Field(
                    "value",
                    "Value",
                    keeps_spaces=True,
                    note="Up to 256 characters; may be empty.",
                    aws=f"{GUIDE}ecs-using-tags.html#tag-restrictions",
                ),
            ),
            new={"key": "", "value": ""},
            title=lambda tag: str(tag.get("key") or ""),
            pastes=("key", "value"),
            note="On the service and the task definition, at most 20. The portal adds its own to "
            "the stack: project, environment, release.",
            aws=f"{GUIDE}ecs-using-tags.html",
        ),
        Field(
            "enable_ecs_managed_tags",
            "ECS managed tags",
            kind="flag",
            note="ECS tags each task with its cluster and service. Changing it may re-create the "
            "service: the preview of a deployment says so.",
            aws=f"{GUIDE}ecs-using-tags.html#managed-tags",
            width="p-c12",
        ),
    ),
    summaries.tags,
)
