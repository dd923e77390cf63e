"""The form of the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.form.environment import VARIABLES
from ecsportal.steps.deploy_ecs_service.step_type import STEP_TYPE
from ecsportal.steps.forms.parts import Choices, Field, Rows, Section

ECS_SERVICE = STEP_TYPE.slug

GUIDE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
API = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html"


def _steps(document: JsonDict, choices: Mapping[str, Any]) -> Choices:
    """The process's steps that deploy a service."""
    found = [
        (slug, f"Of step {name}")
        for slug, name, kind in choices.get("steps", ())
        if kind == ECS_SERVICE
    ]
    return (("", "Named here"), *found)


def what_runs(inputs: JsonDict) -> str:
    """`the task of deploy-web`, or the definition's name."""
    step, named = str(inputs.get("step") or ""), str(inputs.get("task_definition") or "")
    if step:
        return f"the task of {step}"
    return named or "no task yet"


def command_words(inputs: JsonDict) -> str:
    """`rake db:migrate`, or that the image's own command is run."""
    command = inputs.get("command_list")
    words = " ".join(map(str, command)) if isinstance(command, list) else ""
    return words[:80] or "The image's own command"


def _times(inputs: JsonDict) -> str:
    count = inputs.get("count", 1)
    tasks = "1 task" if str(count) == "1" else f"{count} tasks"
    return f"{tasks}, at most {inputs.get('timeout_minutes', 15)} min"


def _network(inputs: JsonDict) -> str:
    subnets = inputs.get("subnet_ids")
    count = len(subnets) if isinstance(subnets, list) else 0
    if not count:
        return "As the step's service" if inputs.get("step") else "No subnet"
    return f"{count} subnet{'s' if count > 1 else ''}"


TASK = Section(
    "task",
    "Task",
    (
        Field(
            "step",
            "Task definition",
            kind="choice",
            choices=_steps,
            width="p-c6",
            refresh=True,
            note="A step's: its containers run with the images of this release. Before that "
            "step's turn a revision is registered for it.",
            aws=f"{GUIDE}task_definitions.html",
        ),
        Field(
            "task_definition",
            "Its name",
            mono=True,
            width="p-c6",
            when=lambda inputs: not inputs.get("step") or bool(inputs.get("task_definition")),
            note="Family, family:revision or ARN. A family runs its newest revision.",
            aws=f"{API}#ECS-RunTask-request-taskDefinition",
        ),
        Field(
            "count",
            "Tasks",
            kind="number",
            note="1 to 10 at once; all of them have to succeed.",
            aws=f"{API}#ECS-RunTask-request-count",
        ),
        Field(
            "timeout_minutes",
            "Time limit",
            kind="number",
            unit="min",
            note="Then the tasks are stopped and the step fails.",
            aws=f"{GUIDE}task-lifecycle-explanation.html",
        ),
    ),
    lambda inputs: f"{what_runs(inputs)[:1].upper()}{what_runs(inputs)[1:]}, {_times(inputs)}",
    open_at_first=True,
)

COMMAND = Section(
    "command",
    "Container and command",
    (
        Field(
            "container",
            "Container",
            note="Its exit code decides, and it gets command and variables. Empty: the first "
            "essential one.",
            aws=f"{GUIDE}task_definition_parameters.html#container_definition_essential",
        ),
        Field(
            "command_list",
            "Command",
            kind="items",
            width="p-c8",
            mono=True,
            note="One argument a line. Empty: the command of the task definition or image.",
            aws="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/"
            "API_ContainerOverride.html",
        ),
        Rows(
            "environment",
            "Environment variables",
            "variable",
            (
                VARIABLES.parts[0],
                Field(
                    "value",
                    "Value",
                    mono=True,
                    keeps_spaces=True,
                    note="Shown in the ECS console: secrets belong into the task definition.",
                    aws=f"{GUIDE}specifying-sensitive-data.html",
                ),
            ),
            new={"name": "", "value": "", "type": "plain"},
            title=lambda row: str(row.get("name") or ""),
            note="Added to those of the container, or in their place.",
            aws="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/"
            "API_ContainerOverride.html",
        ),
    ),
    command_words,
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
            width="p-c6",
            mono=True,
            placeholder="subnet-…",
            note="One a line. Empty: network and public IP of the step's service.",
            aws=f"{GUIDE}fargate-task-networking.html",
        ),
        Field(
            "security_group_ids",
            "Security groups",
            kind="list",
            suggest="security-groups",
            width="p-c6",
            mono=True,
            placeholder="sg-…",
            note="At most 5. Empty with subnets: the VPC's default group.",
            aws=f"{GUIDE}task-networking-awsvpc.html",
        ),
        Field(
            "assign_public_ip",
            "Give each task a public IP",
            kind="flag",
            empty=True,
            width="p-c12",
            note="Counts only with subnets named here.",
            aws=f"{GUIDE}fargate-task-networking.html",
        ),
    ),
    _network,
    open_at_first=False,
)

SECTIONS = (TASK, COMMAND, NETWORK)
