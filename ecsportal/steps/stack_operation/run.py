"""Leading a stack operation through its phases. No call waits; each does what is due."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.stacks import Stack, describe_stack
from ecsportal.steps.aws_trouble import say_who, within
from ecsportal.steps.contract import (
    Cancelled,
    Image,
    JsonDict,
    Progress,
    RunContext,
    Succeeded,
    Waiting,
)
from ecsportal.steps.run_memory import seconds_since
from ecsportal.steps.stack_operation import change_set, page, perform, rollback
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.stack_operation.follow import DELETIONS, follow
from ecsportal.steps.stack_operation.look import answered, look
from ecsportal.steps.stack_operation.sight import stack_now

_SHOWS_WITHIN = 30
"""Seconds within which a write shows whose call was lost with its worker or its answer."""
_SHORT_DIGEST = len("sha256:") + 12


class StackRunner(ABC):
    """Runs a step that works on one stack. Holds nothing: all it knows is in the state."""

    @abstractmethod
    def attempt(self, run: RunContext, state: JsonDict) -> StackAttempt:
        """The attempt that a stored state (empty at the start) belongs to."""

    @abstractmethod
    def start(self, run: RunContext) -> Progress:
        """Check the inputs, then begin."""

    def poll(self, run: RunContext, state: JsonDict) -> Progress:
        """Do what is due."""
        return within(self.attempt(run, state), self._next)

    def cancel(self, run: RunContext, state: JsonDict) -> Progress:
        """Undo what was begun: a running update goes back, a first create is deleted.

        What was already announced as a write is looked for first; polls then follow to the end.
        """
        attempt = self.attempt(run, state)
        attempt.memory.cancelling = True
        return within(attempt, self._next)

    def begin(self, attempt: StackAttempt) -> Progress:
        """Say who runs here and with what, then look at the stack."""
        say_who(attempt)
        for image in attempt.run.images.values():
            _say_image(attempt, image)
        attempt.memory.phase = "look"
        return self._look_in_time(attempt)

    def look(self, attempt: StackAttempt) -> Progress:
        """Find out what has to be written, and announce it."""
        return look(attempt)

    def _next(self, attempt: StackAttempt) -> Progress:
        """The part that is due by the run's phase."""
        rollback.goes_on(attempt)
        if attempt.memory.cancelling:
            return _cancelling(attempt)
        phases: dict[str, Callable[[StackAttempt], Progress]] = {
            "begin": self.begin,
            "look": self._look_in_time,
            "intent": _write,
            "follow": _follow,
            "verify": _verify,
            "asked": answered,
        }
        return phases[attempt.memory.phase](attempt)

    def _look_in_time(self, attempt: StackAttempt) -> Progress:
        if attempt.past_deadline:
            memory = attempt.memory
            seen = f", last seen in {memory.busy_status}" if memory.busy_status else ""
            why = f" ({memory.busy_with})" if memory.busy_with else ""
            return attempt.fail_in_time(
                f"its stack to be free{seen}{why}",
                "Wait until its other operation ends, then retry.",
            )
        return self.look(attempt)


def _write(attempt: StackAttempt) -> Progress:
    """Make the announced write; a step that doesn't wait ends with its acceptance."""
    progress = perform.perform(attempt)
    accepted = attempt.memory.phase == "follow" and isinstance(progress, Waiting)
    return _accepted(attempt) if accepted and _ends_so(attempt) else progress


def _ends_so(attempt: StackAttempt) -> bool:
    """True where the acceptance of the write at hand, the step's own, is the end of the step."""
    operation = attempt.memory.operation
    is_own = attempt.memory.written.get(operation, 0) > 0
    return is_own and operation in attempt.ends_with and not attempt.waits


def _accepted(attempt: StackAttempt) -> Succeeded:
    stack = _seen(attempt)
    page.show_stack(attempt, stack, note="accepted, not verified")
    operation = attempt.memory.operation
    attempt.log.info(f"AWS has accepted the {operation}: accepted, not verified")
    return Succeeded(attempt.outputs(stack), unverified=True)


def _follow(attempt: StackAttempt) -> Progress:
    """Follow the operation; where nobody waits, only the look after its acceptance is missing."""
    return _accepted(attempt) if _ends_so(attempt) else follow(attempt)


def _verify(attempt: StackAttempt) -> Progress:
    return attempt.arrived(_seen(attempt))


def _seen(attempt: StackAttempt) -> Stack | None:
    """The stack now, or as it was last told where it may not be looked at."""
    memory = attempt.memory
    try:
        return describe_stack(attempt.cfn, memory.stack_id or attempt.stack_name)
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        return Stack(memory.stack_id, attempt.stack_name, memory.status)


def _cancelling(attempt: StackAttempt) -> Progress:
    """What a cancel does in each phase."""
    memory = attempt.memory
    if memory.phase in ("begin", "look", "asked"):
        return _not_begun(attempt)
    if memory.phase == "verify":
        return Cancelled("The stack had already completed: the new version stays.")
    if memory.phase == "intent" and memory.operation not in ("cancel", "undo"):
        return _cancel_announced(attempt)
    if memory.phase == "intent":
        return perform.perform(attempt)
    if memory.operation == "propose":
        return change_set.withdraw(attempt)
    if memory.operation in ("create", "execute"):
        stack = stack_now(attempt, memory.stack_id or attempt.stack_name)
        if stack and stack.status == "CREATE_IN_PROGRESS":
            memory.stack_id, memory.status = stack.id, stack.status
            attempt.log.highlight("Deleting the stack whose first creation was cancelled")
            return attempt.intend("undo")
    return follow(attempt)


def _not_begun(attempt: StackAttempt) -> Cancelled:
    """Of the new version nothing was written; what had to be mended before it may have been."""
    memory = attempt.memory
    if not any(memory.written.values()):
        return Cancelled("Nothing was changed.")
    gone = memory.status in ("", "DELETE_COMPLETE")
    if gone and any(memory.written.get(write) for write in DELETIONS):
        return Cancelled(f"Stack {attempt.stack_name} is deleted and not created anew.")
    return Cancelled(
        f"The new version was not deployed; stack {attempt.stack_name} is in"
        f" {memory.status or 'an unknown state'}."
    )


def _cancel_announced(attempt: StackAttempt) -> Progress:
    """A write was announced: if it never reached AWS nothing has to be undone."""
    memory = attempt.memory
    if not perform.was_made(attempt, memory.operation):
        if _may_be_hidden(attempt):
            attempt.log.verbose(f"Whether the {memory.operation} was made can't be seen yet")
            return attempt.wait()
        memory.written[memory.operation] -= 1
        return _not_begun(attempt)
    attempt.follow()
    return _cancelling(attempt)


def _may_be_hidden(attempt: StackAttempt) -> bool:
    """True for a while where the call may have been made, and looks may lag behind it."""
    memory, now = attempt.memory, attempt.run.now
    if attempt.run.intent_is_new:
        return False  # it was announced, and not made yet
    memory.doubted_at = memory.doubted_at or now.isoformat()
    return seconds_since(memory.doubted_at, now) < _SHOWS_WITHIN


def _say_image(attempt: StackAttempt, image: Image) -> None:
    """Which image it will be; the whole digest only for the raw log, it would fill three lines."""
    if not image.digest or "@" in image.image:
        attempt.log.info(f"Image {image.reference}: {image.image}")
        return
    attempt.log.info(f"Image {image.reference}: {image.image}@{image.digest[:_SHORT_DIGEST]}…")
    attempt.log.verbose(f"With its whole digest: {image.image}@{image.digest}")
