"""What would fail a deployment of this step, found out beforehand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ecsportal.aws.errors import AwsError
from ecsportal.aws.lookups.identity import role_exists
from ecsportal.aws.lookups.log_groups import log_group_exists
from ecsportal.aws.lookups.network import missing_security_groups, missing_subnets
from ecsportal.cloudformation.stacks import list_resources
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs, read_inputs
from ecsportal.steps.deploy_ecs_service.template.parameters import logs_automatically
from ecsportal.steps.look_ahead import Foreseen
from ecsportal.steps.problems import StepInputsError

Clients = Callable[[str], Any]
_LOG_GROUP = re.compile(r"[A-Za-z0-9_./#-]{1,512}")
_ROLE = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/.+")
_ID = re.compile(r"(subnet|sg)-[0-9a-f]{8,17}")


def look_ahead(
    inputs: JsonDict, version: int, *, stack_name: str, clients: Clients
) -> list[Foreseen]:
    """Log group, roles, subnets and security groups; nothing for inputs that can't be read."""
    try:
        read = read_inputs(inputs, version)
    except StepInputsError:
        return []
    looks: tuple[tuple[str, Callable[[], Iterator[Foreseen]]], ...] = (
        ("the log group", lambda: _log_group(read, stack_name, clients)),
        ("the roles", lambda: _roles(read, clients)),
        ("the subnets", lambda: _network(read, clients)),
    )
    found: list[Foreseen] = []
    for what, look in looks:
        try:
            found += look()
        except AwsError as error:
            found.append(Foreseen("unknown", f"Couldn't look up {what}", error.message))
    return found


def _log_group(
    inputs: DeployEcsServiceInputs, stack_name: str, clients: Clients
) -> Iterator[Foreseen]:
    """A group of this name that another one made stops the stack: names are used once."""
    name = inputs.beyond.log_group_name or f"/ecs/{inputs.task_name}"
    if not logs_automatically(inputs) or not _LOG_GROUP.fullmatch(name):
        return
    if not log_group_exists(clients("logs"), name):
        return
    resources = list_resources(clients("cloudformation"), stack_name) if stack_name else []
    if any(r.type == "AWS::Logs::LogGroup" and r.physical_id == name for r in resources):
        return
    whose = f"isn't part of stack {stack_name}" if stack_name else "isn't part of its stack"
    yield Foreseen(
        "failed",
        f"{name} exists and {whose}: the deployment would fail",
        "Delete the log group once its lines aren't needed, or give the step a log group name of "
        "its own.",
    )


def _roles(inputs: DeployEcsServiceInputs, clients: Clients) -> Iterator[Foreseen]:
    wanted = (
        ("Task role", inputs.task_role_arn),
        ("Execution role", inputs.task_execution_role_arn),
    )
    for noun, arn in wanted:
        if _ROLE.fullmatch(arn) and not role_exists(clients("iam"), arn):
            yield Foreseen("failed", f"{noun} {arn.rpartition('/')[2]} doesn't exist", arn)


def _network(inputs: DeployEcsServiceInputs, clients: Clients) -> Iterator[Foreseen]:
    for noun, ids, missing in (
        ("Subnet", inputs.subnet_ids, missing_subnets),
        ("Security group", inputs.security_group_ids, missing_security_groups),
    ):
        known = [each for each in ids if _ID.fullmatch(each)]
        for each in missing(clients("ec2"), known) if known else ():
            yield Foreseen("failed", f"{noun} {each} doesn't exist in this account and region")
