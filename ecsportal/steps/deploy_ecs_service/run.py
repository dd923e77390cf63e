"""Running the step on one target: start, poll, cancel. No call waits; each does what is due.

The parts: `stack_phase` looks and writes, `follow` follows an operation, `rollout_watch` looks at
ECS meanwhile, `failure` and `verify` judge the end. This module leads from one to the next;
`aws_trouble` decides what AWS's errors mean for the run.
"""

from __future__ import annotations

from collections.abc import Callable

from ecsportal.aws.sessions import caller_identity
from ecsportal.cloudformation.stacks import INLINE_BYTES, describe_stack
from ecsportal.steps.aws_trouble import within
from ecsportal.steps.contract import (
    Cancelled,
    Failed,
    JsonDict,
    Progress,
    RunContext,
    StepError,
    Succeeded,
    Waiting,
)
from ecsportal.steps.deploy_ecs_service import page, stack_phase, verify
from ecsportal.steps.deploy_ecs_service.attempt import Attempt
from ecsportal.steps.deploy_ecs_service.follow import follow
from ecsportal.steps.deploy_ecs_service.inputs import read_inputs
from ecsportal.steps.deploy_ecs_service.memory import Memory
from ecsportal.steps.deploy_ecs_service.rules import check_rules
from ecsportal.steps.deploy_ecs_service.template import MissingImageError
from ecsportal.steps.problems import Problem, StepInputsError


class DeployEcsServiceRunner:
    """Deploys the service as one stack. Holds nothing: all it knows is in the state it returns."""

    def start(self, run: RunContext) -> Progress:
        """Check the inputs, then begin."""
        try:
            inputs = read_inputs(run.inputs, run.version)
            problems = check_rules(inputs)
        except StepInputsError as error:
            problems, inputs = list(error.problems), None
        if inputs is None or problems:
            return _not_valid(problems)
        attempt = Attempt(run, Memory(), inputs)
        page.clear(attempt)
        try:
            size = len(attempt.request.template_body.encode())
        except MissingImageError as error:
            return _not_valid([Problem("images", str(error), "missing")])
        if size > INLINE_BYTES:
            text = f"The template has {size} bytes, CloudFormation takes {INLINE_BYTES}."
            return _not_valid([Problem("", text, "range")])
        return within(attempt, _begin)

    def poll(self, run: RunContext, state: JsonDict) -> Progress:
        """Do what is due."""
        return within(_attempt(run, state), _next)

    def cancel(self, run: RunContext, state: JsonDict) -> Progress:
        """Undo what was begun: a running update goes back, a first create is deleted.

        What was already announced as a write is looked for first; polls then follow to the end.
        """
        attempt = _attempt(run, state)
        attempt.memory.cancelling = True
        return within(attempt, _next)


def _attempt(run: RunContext, state: JsonDict) -> Attempt:
    return Attempt(run, Memory.load(state), read_inputs(run.inputs, run.version))


def _not_valid(problems: list[Problem]) -> Failed:
    count = "One input breaks" if len(problems) == 1 else f"{len(problems)} inputs break"
    return Failed(
        StepError(
            code="ECS-VALIDATION",
            message=f"ECS Deploy Validation Error: {count} a rule.",
            advice="Correct the step's inputs or the variables they use, and deploy again.",
            cause="validation",
            details=tuple(f"{p.path}: {p.message}".removeprefix(": ") for p in problems),
        )
    )


def _next(attempt: Attempt) -> Progress:
    """The part that is due by the run's phase."""
    if attempt.memory.cancelling:
        return _cancelling(attempt)
    phases: dict[str, Callable[[Attempt], Progress]] = {
        "begin": _begin,
        "look": _look,
        "intent": _write,
        "follow": follow,
        "verify": verify.verify,
        "asked": stack_phase.answered,
    }
    return phases[attempt.memory.phase](attempt)


def _begin(attempt: Attempt) -> Progress:
    """Say who runs here and with what, then look at the stack."""
    found = caller_identity(attempt.run.aws.sts)
    attempt.log.info(f"Running as {found.arn}")
    for image in attempt.run.images.values():
        digest = f"@{image.digest}" if image.digest and "@" not in image.image else ""
        attempt.log.info(f"Image {image.reference}: {image.image}{digest}")
    attempt.memory.phase = "look"
    return _look(attempt)


def _look(attempt: Attempt) -> Progress:
    if attempt.past_deadline:
        return attempt.fail(
            "ECS-TIMEOUT",
            f"Stack {attempt.stack_name} was not free within the step's time.",
            "Wait until its other operation ends, then retry.",
            cause="timeout",
        )
    return stack_phase.look(attempt)


def _write(attempt: Attempt) -> Progress:
    """Make the announced write; with `dont_wait` its acceptance is the end."""
    operation = attempt.memory.operation
    progress = stack_phase.perform(attempt)
    accepted = attempt.memory.phase == "follow" and isinstance(progress, Waiting)
    if accepted and operation in ("create", "update") and attempt.inputs.wait.type == "dont_wait":
        stack = describe_stack(attempt.cfn, attempt.memory.stack_id or attempt.stack_name)
        page.show_stack(attempt, stack, note="accepted, not verified")
        attempt.log.info(f"AWS has accepted the {operation}: accepted, not verified")
        return Succeeded(verify.outputs(attempt, stack, None))
    return progress


def _cancelling(attempt: Attempt) -> Progress:
    """What a cancel does in each phase."""
    memory = attempt.memory
    if memory.phase in ("begin", "look", "asked"):
        return Cancelled("Nothing was changed.")
    if memory.phase == "verify":
        return Cancelled("The stack had already completed: the new version stays.")
    if memory.phase == "intent" and memory.operation not in ("cancel", "undo"):
        return _cancel_announced(attempt)
    if memory.phase == "intent":
        return stack_phase.perform(attempt)
    if memory.operation == "create":
        stack = describe_stack(attempt.cfn, memory.stack_id or attempt.stack_name)
        if stack and stack.status == "CREATE_IN_PROGRESS":
            memory.stack_id = stack.id
            attempt.log.highlight("Deleting the stack whose first creation was cancelled")
            return attempt.intend("undo")
    return follow(attempt)


def _cancel_announced(attempt: Attempt) -> Progress:
    """A write was announced: if it never reached AWS nothing has to be undone."""
    if not stack_phase.was_made(attempt, attempt.memory.operation):
        return Cancelled("Nothing was changed.")
    attempt.follow()
    return _cancelling(attempt)
