"""The inputs of the step and their rules."""

from __future__ import annotations

from ecsportal.steps.arns import check_id
from ecsportal.steps.bound import is_bound
from ecsportal.steps.deploy_ecs_service.inputs.container import NamedValue
from ecsportal.steps.fields import Flag, Number, StepModel, Text
from ecsportal.steps.findings import Findings, check_count, check_range, duplicates
from ecsportal.steps.problems import Problem

MOST_TASKS = 10
"""What one RunTask starts at most (API Reference)."""
LONGEST_MINUTES = 7 * 24 * 60
MOST_SUBNETS, MOST_SECURITY_GROUPS = 16, 5


class RunEcsTaskInputs(StepModel):
    """What is run, with which changes, where, how often, and how long it may take.

    Either `step` names a step of the same process, or `task_definition` a family, `family:revision`
    or ARN. An empty `container` is the first essential one. Without subnets those of `step` are
    used, with its security groups and public IP.
    """

    step: Text = ""
    task_definition: Text = ""
    container: Text = ""
    command_list: list[Text] = []
    environment: list[NamedValue] = []
    count: Number = 1
    timeout_minutes: Number = 15
    subnet_ids: list[Text] = []
    security_group_ids: list[Text] = []
    assign_public_ip: Flag = True


def check_rules(inputs: RunEcsTaskInputs) -> list[Problem]:
    """Every broken rule; bound values are taken on trust."""
    findings = Findings()
    if not inputs.step and not inputs.task_definition:
        findings.add(
            "task_definition", "missing", "Name a task definition, or a step whose own is run."
        )
    elif inputs.step and inputs.task_definition:
        findings.add("task_definition", "both", "Name either a step or a task definition.")
    _check_environment(findings, inputs.environment)
    check_range(findings, "count", inputs.count, 1, MOST_TASKS, "tasks")
    check_range(findings, "timeout_minutes", inputs.timeout_minutes, 1, LONGEST_MINUTES, "minutes")
    _check_ids(findings, "subnet_ids", "subnet", inputs.subnet_ids, MOST_SUBNETS)
    _check_ids(
        findings, "security_group_ids", "security_group", inputs.security_group_ids,
        MOST_SECURITY_GROUPS,
    )  # fmt: skip
    return findings.problems


def advice(inputs: RunEcsTaskInputs) -> list[Problem]:
    """A named definition brings no network along."""
    if inputs.step or not inputs.task_definition or inputs.subnet_ids:
        return []
    message = "Needed by every task on Fargate: only without the network mode awsvpc it runs."
    return [Problem("subnet_ids", message, "missing")]


def _check_environment(findings: Findings, environment: list[NamedValue]) -> None:
    for index, item in enumerate(environment):
        path = f"environment[{index}]"
        if not item.name:
            findings.add(f"{path}.name", "missing", "The variable needs a name.")
        if item.type == "secret":
            message = "A run can't be given secrets: put it into the task definition."
            findings.add(f"{path}.type", "secret", message)
    for index, name in duplicates(item.name for item in environment):
        findings.add(f"environment[{index}].name", "duplicate", f"{name} is there already.")


def _check_ids(findings: Findings, path: str, kind: str, ids: list[str], most: int) -> None:
    check_count(findings, path, ids, most, f"{kind.replace('_', ' ')}s")
    for index, text in enumerate(ids):
        if not is_bound(text):
            check_id(findings, f"{path}[{index}]", kind, text)
    for index, text in duplicates(ids):
        findings.add(f"{path}[{index}]", "duplicate", f"{text} is there already.")
