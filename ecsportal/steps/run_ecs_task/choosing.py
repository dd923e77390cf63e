"""Which task definition is run: a named one, a step's registered one, or a step's rendered anew."""

from __future__ import annotations

from ecsportal.ecs.definitions import (
    Definition,
    describe_definition,
    is_same,
    register_definition,
)
from ecsportal.steps.contract import Failed, JsonDict, OtherStep, Progress
from ecsportal.steps.deploy_ecs_service.definition import definition_content
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs, read_inputs
from ecsportal.steps.deploy_ecs_service.step_type import STEP_TYPE
from ecsportal.steps.deploy_ecs_service.template import MissingImageError, image_texts
from ecsportal.steps.modelled import unfit
from ecsportal.steps.problems import Problem, StepInputsError
from ecsportal.steps.run_ecs_task.attempt import TaskAttempt
from ecsportal.steps.tags import stack_tags

REGISTERED = "TaskDefinitionArn"
"""The output by which a step tells its registered definition."""


def choose(attempt: TaskAttempt) -> Definition | Progress:
    """The definition to run; or the announcement that one is registered, or the end."""
    if attempt.inputs.task_definition:
        return _named(attempt, attempt.inputs.task_definition)
    other = attempt.other_step
    if other is None or other.type != STEP_TYPE.slug:
        return unfit([Problem("step", _no_such_step(attempt, other), "unknown")])
    if other.outputs.get(REGISTERED):
        return _named(attempt, other.outputs[REGISTERED])
    prepared = _prepared(attempt, other)
    return prepared if isinstance(prepared, Definition | Failed) else attempt.intend("register")


def register(attempt: TaskAttempt) -> Definition | Failed:
    """Make the announced registration; an equal newest revision is taken as it is."""
    other = attempt.other_step
    if other is None:
        return unfit([Problem("step", _no_such_step(attempt, other), "unknown")])
    prepared = _prepared(attempt, other)
    if isinstance(prepared, Definition | Failed):
        return prepared
    inputs = read_inputs(other.inputs, other.version)
    tags = stack_tags(attempt.run.deployment, attempt.run.target, inputs.tags)
    registered = register_definition(attempt.ecs, prepared, tags)
    attempt.log.info(f"Registered {registered.name}: {other.name} of this release, not rolled out")
    return registered


def network_of(other: OtherStep | None) -> JsonDict | None:
    """Subnets, security groups and public IP of the step's service."""
    if other is None:
        return None
    inputs = read_inputs(other.inputs, other.version)
    return {
        "subnets": list(inputs.subnet_ids),
        "security_groups": list(inputs.security_group_ids),
        "public_ip": inputs.assign_public_ip is True,
    }


def _no_such_step(attempt: TaskAttempt, other: OtherStep | None) -> str:
    if other is None:
        return f'There is no step "{attempt.inputs.step}" in this deployment.'
    return f"{other.name} deploys no Amazon ECS service: it has no task definition to run."


def _named(attempt: TaskAttempt, name: str) -> Definition | Failed:
    found = describe_definition(attempt.ecs, name)
    if found is not None:
        return found
    return attempt.fail(
        attempt.not_started,
        f"There is no task definition {name} in {attempt.run.target.region}.",
        "Correct the name, or register the task definition first.",
        cause="definition-not-found",
    )


def _prepared(attempt: TaskAttempt, other: OtherStep) -> Definition | JsonDict | Failed:
    """The newest revision where it says the same already, else what has to be registered."""
    try:
        inputs = read_inputs(other.inputs, other.version)
    except StepInputsError as error:
        return unfit(error.problems)
    newest = describe_definition(attempt.ecs, inputs.task_name)
    content = _content(attempt, other, inputs, newest)
    if newest is not None and isinstance(content, dict) and is_same(content, newest.content):
        attempt.log.info(f"{newest.name} is registered already and says the same")
        return newest
    return content


def _content(
    attempt: TaskAttempt,
    other: OtherStep,
    inputs: DeployEcsServiceInputs,
    newest: Definition | None,
) -> JsonDict | Failed:
    role = inputs.task_execution_role_arn or (
        str(newest.content.get("executionRoleArn", "")) if newest else ""
    )
    if not role:
        return attempt.fail(
            attempt.not_started,
            f"{other.name} has no execution role here yet: its stack makes it when it is deployed"
            " for the first time.",
            f"Put this step after {other.name} for the first deployment, or name an execution role"
            f" in {other.name}.",
            cause="no-execution-role",
        )
    try:
        return definition_content(
            inputs,
            images=image_texts(inputs, other.images),
            region=attempt.run.target.region,
            execution_role=role,
        )
    except MissingImageError as error:
        return unfit([Problem("step", str(error), "missing")])
