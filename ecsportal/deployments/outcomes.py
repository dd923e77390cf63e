"""What a runner said, put into its run's row; nothing is stored here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta

from django.utils import timezone

from ecsportal.deployments import guided_failure
from ecsportal.deployments.models import RunState, StepRun, TargetRun
from ecsportal.deployments.questions import ask
from ecsportal.deployments.tasklog import TurnLog
from ecsportal.steps.contract import (
    Asks,
    Cancelled,
    Failed,
    Intends,
    Progress,
    Skipped,
    StepError,
    Succeeded,
    Waiting,
)
from ecsportal.steps.wording import sentence

RETRY_AFTER = timedelta(seconds=5)
_TOLD = ("failed_tasks", "events", "stack_events")
"""Resources whose events the log tells as they come."""


@dataclass(frozen=True)
class OnFailure:
    """What a failure of this step leads to: further attempts, then a person or the end."""

    attempts: int = 1
    guided: bool = False
    required: bool = False


def apply(
    step: StepRun, run: TargetRun, progress: Progress, lines: TurnLog, on_failure: OnFailure
) -> None:
    """The run as it is after what its runner said."""
    now = timezone.now()
    run.intent = None
    match progress:
        case Waiting(state, after):
            run.runner_state, run.due_at = state, now + timedelta(seconds=after)
        case Intends(operation, token, state):
            run.runner_state, run.due_at = state, now
            run.intent = {"operation": operation, "token": token, "at": now.isoformat()}
            run.announced = operation[:60]
        case Asks() as asked:
            run.runner_state = asked.state
            ask(run, asked)
            lines.wait(asked.question)
        case Succeeded(outputs, warnings, unverified):
            end_run(run, RunState.SUCCEEDED)
            run.outputs, run.warnings, run.unverified = outputs, warnings, unverified
            run.stack_id = outputs.get("AwsOutputs[StackId]", run.stack_id)
        case Skipped(reason):
            lines.info(reason)
            end_run(run, RunState.SKIPPED)
        case Cancelled(note):
            if note:
                lines.info(note)
            run.reason = note
            end_run(run, RunState.CANCELLED)
        case Failed(error, decided):
            _fail(step, run, error, lines, OnFailure() if decided else on_failure)


def _fail(
    step: StepRun, run: TargetRun, error: StepError, lines: TurnLog, on_failure: OnFailure
) -> None:
    if run.attempt < on_failure.attempts:
        which = f"Attempt {run.attempt} of {on_failure.attempts}; trying again."
        lines.warning(f"{sentence(error.message)} {which}")
        guided_failure.begin_again(run, after=RETRY_AFTER)
        return
    say_error(error, lines, told=any(run.resources.get(part) for part in _TOLD))
    run.error = asdict(error)
    if on_failure.guided:
        guided_failure.ask_what_now(step, run, error, required=on_failure.required)
        lines.wait("Waits for a person to decide.")
    else:
        end_run(run, RunState.FAILED)


def end_run(run: TargetRun, state: str) -> None:
    """Give the run its last state."""
    run.state, run.due_at, run.question = state, None, None
    run.finished_at = timezone.now()


def say_error(error: StepError, lines: TurnLog, *, told: bool = False) -> None:
    """The error with its details and advice, as the task log tells it.

    `told`: what AWS said stands in the lines before already; again it is for the raw log only.
    """
    lines.error(f"{error.code}: {error.message}")
    say = lines.verbose if told else lines.info
    for detail in error.details:
        say(f"  {detail}")
    if error.still_serving:
        lines.info(error.still_serving)
    if error.advice:
        lines.info(error.advice)
