"""What went wrong: the cause, the evidence, what is left, and whether to go back.

Evidence is of this attempt only: stack events that carry its tokens.
"""

from __future__ import annotations

from dataclasses import replace

from ecsportal.aws.causes import Cause, Naming, core_of
from ecsportal.cloudformation.events import StackEvent
from ecsportal.cloudformation.stacks import Stack
from ecsportal.cloudformation.states import state_of
from ecsportal.steps.causes import cause_of_reason, kept_failure
from ecsportal.steps.contract import Cancelled, Failed, JsonDict, Progress
from ecsportal.steps.reasons import Evidence, folded, told, with_quote
from ecsportal.steps.stack_operation import rollback
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.time_limit import seen_stack, time_is_up
from ecsportal.steps.wording import duration, iso, sentence

_REASONS = 30
_READ_AWS = (
    "Correct what AWS names, then retry. Where it names nothing that you can correct, give AWS"
    " support its words with the request's id."
)
_BELOW, _IN_CONSOLE = "service's events below", "service's events in the ECS console"
_DONE = {"CREATE": "made", "UPDATE": "updated", "DELETE": "deleted", "IMPORT": "imported"}


def end_early(attempt: StackAttempt, stack: Stack) -> Progress | None:
    """End what cannot succeed, or has used up its time; None while it may go on."""
    if attempt.past_deadline:
        attempt.keep_what_waits()
        cause, code = _timed_out(attempt, stack), attempt.timeout_code
    else:
        hopeless = attempt.hopeless()
        if hopeless is None:
            return None
        cause, code = hopeless, attempt.failed_code
    if stack.status == "CREATE_IN_PROGRESS":
        cause = replace(cause, advice=f"{_still_created(attempt)} {cause.advice}".strip())
    return _stop(attempt, stack, cause, code=code)


def _still_created(attempt: StackAttempt) -> str:
    """What a first create leaves behind: only CloudFormation itself ends it."""
    return (
        f"Stack {attempt.stack_name} is still being created by CloudFormation, until that gives up"
        f" by itself; Retry {attempt.retry_of_create()}."
    )


def _timed_out(attempt: StackAttempt, stack: Stack) -> Cause:
    waited_for = seen_stack(stack.status)
    runs = attempt.runs_so_far()
    return time_is_up(
        attempt.run, attempt.given, f"{waited_for}, with {runs}" if runs else waited_for
    )


def _stop(attempt: StackAttempt, stack: Stack, cause: Cause, *, code: str) -> Progress:
    keep(attempt, cause, code)
    tally = attempt.tally()
    because = f"{tally}: " if tally else ""
    if stack.status == "UPDATE_IN_PROGRESS" and attempt.cancels_on_failure:
        back = attempt.goes_back_to()
        goes = f" CloudFormation returns to {back}." if back else ""
        stopping = "stopping" if because else "Stopping"
        attempt.log.highlight(f"{sentence(cause.sentence)} {because}{stopping} the rollout.{goes}")
        return attempt.intend("cancel")
    ends = "the step ends here" if because else "The step ends here"
    attempt.log.highlight(
        f"{sentence(cause.sentence)} {because}{ends}; CloudFormation goes on with stack"
        f" {attempt.stack_name} ({stack.status}) until it gives up by itself."
    )
    return failed(attempt)


def note(attempt: StackAttempt, stack: Stack) -> None:
    """Remember why, the first time the operation is seen to have failed: evidence fades."""
    if attempt.memory.failure is not None or attempt.memory.cancelling:
        return
    attempt.watch()
    cause = _cause(attempt, stack)
    keep(attempt, cause, attempt.failed_code)
    if not state_of(stack.status).ended:
        attempt.log.highlight(
            f"{sentence(cause.sentence)} CloudFormation goes back ({stack.status})."
        )


def keep(attempt: StackAttempt, cause: Cause, code: str) -> None:
    """Keep a failure until its rollback has ended."""
    attempt.memory.failure = kept_failure(cause, code)


def _cause(attempt: StackAttempt, stack: Stack) -> Cause:
    """The step may know best, then the oldest failed event, then the stack's own words."""
    told = attempt.cause()
    if told is not None and told.slug != "unknown":
        return told
    events = attempt.memory.failed_events
    first = next((event for event in events if not event.get("is_own")), None)
    if first is None:
        reason = stack.reason or (events[0]["reason"] if events else "")
        ended = state_of(stack.status).ended
        failed_in = f"ended in {stack.status}" if ended else f"failed ({stack.status})"
        return told or Cause(
            "unknown",
            f"Stack {attempt.stack_name} {failed_in}, for a reason that we don't know yet.",
            _READ_AWS,
            heals=True,
            quote=reason,
        )
    known = cause_of_event(first, attempt.naming)
    return known if attempt.run.resources.get("events") else unwatched(known)


def unwatched(cause: Cause) -> Cause:
    """The cause where nobody could watch the service: what it said isn't on the page."""
    return replace(cause, advice=cause.advice.replace(_BELOW, _IN_CONSOLE))


def as_failed(event: StackEvent) -> JsonDict:
    """A failed event as the memory keeps it."""
    return {
        "logical_id": event.name,
        "is_own": event.is_own,
        "status": event.status,
        "reason": event.reason[:2000],
        "at": iso(event.at),
    }


def cause_of_event(event: JsonDict, naming: Naming) -> Cause:
    """The cause behind a failed event, as the memory keeps it."""
    resource, reason = event["logical_id"], event["reason"]
    known = cause_of_reason(reason, replace(naming, resource=resource))
    done = _DONE.get(event["status"].partition("_")[0], "changed")
    return known or Cause(
        "unknown",
        f"{resource} can't be {done}, for a reason that we don't know yet."
        f' AWS says: "{core_of(reason) or "no reason"}"',
        _READ_AWS,
        heals=True,
        quote=reason,
    )


def ended(attempt: StackAttempt, stack: Stack) -> Progress:
    """The operation has come to its bad end: a cancel that was asked for, or a failure."""
    memory = attempt.memory
    if memory.cancelling and memory.failure is None:
        _tell_what_runs(attempt, stack)
        rollback.ended(attempt, stack)
        return Cancelled(_cancelled_note(attempt, stack))
    note(attempt, stack)
    _tell_what_runs(attempt, stack)
    if stack.status == "UPDATE_ROLLBACK_FAILED":
        attempt.log.warning(
            "The rollback broke off: the next deployment continues it first, or a person does in"
            " CloudFormation"
        )
    rollback.ended(attempt, stack)
    return failed(attempt)


def _tell_what_runs(attempt: StackAttempt, stack: Stack) -> None:
    """The operation's last line; the page keeps what runs from here on, not what ran midway."""
    runs = attempt.what_runs()
    took = f" after {duration(attempt.memory.operation_seconds(attempt.run.now))}"
    attempt.log.info(f"{stack.status}{f', {runs}' if runs else took}")


def _cancelled_note(attempt: StackAttempt, stack: Stack) -> str:
    back = attempt.goes_back_to()
    runs = f", {back} runs as before" if back and stack.status == "UPDATE_ROLLBACK_COMPLETE" else ""
    return f"Stack {attempt.stack_name} is in {stack.status}{runs}."


def failed(attempt: StackAttempt) -> Failed:
    """End with the failure that is known."""
    known = attempt.memory.failure or {}
    return attempt.fail(
        known.get("code", attempt.failed_code),
        known.get("message", f"Stack {attempt.stack_name} failed."),
        known.get("advice", ""),
        cause=known.get("cause", "unknown"),
        still=attempt.still_serving(),
        evidence=in_awss_words(attempt),
    )


def fail_now(attempt: StackAttempt, cause: Cause, *, code: str = "") -> Failed:
    """End with this cause: the stack has completed, but what runs isn't what was deployed."""
    keep(attempt, cause, code or attempt.failed_code)
    return failed(attempt)


def in_awss_words(attempt: StackAttempt) -> tuple[Evidence, ...]:
    """What AWS said: failed stack events, and what the step has besides."""
    memory = attempt.memory
    said = [*map(of_event, memory.failed_events), *attempt.evidence()]
    quote = (memory.failure or {}).get("quote", "")
    return folded(with_quote(said, quote))[:_REASONS]


def of_event(event: JsonDict) -> Evidence:
    """A failed event, as the memory keeps it, as evidence."""
    status, name, reason = event["status"], event["logical_id"], event["reason"]
    line, text = f"{status} {name}: {reason}", f"{status}: {reason}"
    return told(text, line=line, noun="resource", name=name, at=event.get("at", ""))
