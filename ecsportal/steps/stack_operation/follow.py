"""Following an operation to its end: events as log lines, and what its end means."""

from __future__ import annotations

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.events import (
    StackEvent,
    is_consequence,
    new_events,
    stack_of_events,
)
from ecsportal.cloudformation.shared_look import followed_stack
from ecsportal.cloudformation.stacks import Stack
from ecsportal.cloudformation.states import StackState, state_of
from ecsportal.steps.contract import Cancelled, Progress, Succeeded
from ecsportal.steps.stack_operation import change_set, failure, nested, page, rollback, stuck
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.wording import duration

DELETIONS = ("delete", "discard", "undo", "retain")
_FAILED_EVENTS = 20
_EVENTS_EVERY, _EVENTS_SELDOM = 3, 6
"""Of looks while the step itself watches the resource that takes long; the second where that is
all that CloudFormation is busy with: then there is hardly anything to tell before it ends."""
_APPEARS_WITHIN = 60
"""Seconds after a create within which a stack may still be unknown to other calls."""
_SHOWS_WITHIN = 60
"""Seconds after a write within which a look may still show the state before it."""


def follow(attempt: StackAttempt) -> Progress:
    """Tell what is new, then go on, end, or begin what comes next."""
    memory = attempt.memory
    if memory.operation == "propose":
        return change_set.prepared(attempt)
    try:
        stack = _describe(attempt)
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        return _unseen(attempt, error)
    if stack is None and memory.operation in ("create", "execute") and _may_still_appear(attempt):
        attempt.log.verbose(f"Stack {attempt.stack_name} can't be seen yet, looking again")
        return attempt.wait()
    changed = _tell_events(attempt, stack)
    status = stack.status if stack else "DELETE_COMPLETE"
    changed = changed or status != memory.status
    memory.status = status
    if stack and not memory.stack_id:
        memory.stack_id = stack.id
    page.show_stack(attempt, stack)
    if memory.operation in DELETIONS:
        return _after_delete(attempt, stack, changed)
    if stack is None or stack.status == "DELETE_COMPLETE":
        return _vanished(attempt)
    if memory.operation in ("continue", "rollback", "interrupt"):
        return _after_mending(attempt, stack, changed)
    return _after_change(attempt, stack, changed)


def _describe(attempt: StackAttempt) -> Stack | None:
    """By id: then a deleted stack is seen as deleted, and a new one of that name isn't taken for
    it. Without permission the stack's own events tell its state."""
    name = attempt.memory.stack_id or attempt.stack_name
    run = attempt.run
    try:
        return followed_stack(attempt.cfn, name, place=run.aws.place, now=run.now)
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        if attempt.memory.warn_once("follow"):
            attempt.log.warning(f"{error.message} Following the stack by its events alone.")
        return stack_of_events(attempt.cfn, name)


def _unseen(attempt: StackAttempt, error: AwsError) -> Progress:
    """Neither the stack nor its events may be seen: AWS has accepted, that is all we know."""
    memory = attempt.memory
    goes_well = not memory.cancelling and memory.failure is None
    if not goes_well or memory.operation not in attempt.ends_with:
        raise error
    attempt.log.warning(
        f"{error.message} Assuming that the {attempt.memory.operation} of stack"
        f" {attempt.stack_name} ends well: accepted, not verified."
    )
    return Succeeded(attempt.outputs(None), warnings=True)


def _may_still_appear(attempt: StackAttempt) -> bool:
    return attempt.memory.operation_seconds(attempt.run.now) < _APPEARS_WITHIN


def _tell_events(attempt: StackAttempt, stack: Stack | None) -> bool:
    """Log the operation's new events; True when there were any."""
    memory = attempt.memory
    if stack is None or _events_can_wait(attempt, stack):
        return False
    memory.events_unread = 0
    try:
        own = new_events(
            attempt.cfn, stack.id, known=memory.known_events, token_prefix=attempt.token_prefix
        )
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        if memory.warn_once("events"):
            attempt.log.warning(f"{error.message} The stack's events can't be shown.")
        return False
    events = nested.with_inner(attempt, stack.id, own)
    memory.know_events([event.id for event in own])
    for event in events:
        if event.is_own and not event.path and state_of(event.status).rolls_back:
            rollback.began(attempt)
        _tell(attempt, event)
        _learn(attempt, event)
        page.show_stack_event(attempt, event)
    return bool(events)


def _events_can_wait(attempt: StackAttempt, stack: Stack) -> bool:
    """While the step watches what the stack is busy with, and the stack stands as it did."""
    memory = attempt.memory
    if not attempt.busy() or not stack.status == memory.status == memory.told_status:
        return False
    memory.events_unread += 1
    alone = page.busy_resources(attempt) == 1 and not attempt.tally()
    return memory.events_unread < (_EVENTS_SELDOM if alone else _EVENTS_EVERY)


def _tell(attempt: StackAttempt, event: StackEvent) -> None:
    name = event.name
    line = f"{event.status:<18}  {name}"
    if event.path and event.is_own:
        attempt.log.verbose(line)  # the stack around it tells the same
        return
    if event.type == "AWS::ECS::TaskDefinition" and event.status.endswith("_COMPLETE"):
        line += f"  {event.physical_id.rpartition('/')[2]}"
    if event.failed:
        consequence = is_consequence(event)
        say = attempt.log.info if consequence else attempt.log.warning
        say(f"{line}  {event.reason}".rstrip())
        return
    if "creation of a new physical resource" in event.reason and event.type != (
        "AWS::ECS::TaskDefinition"
    ):
        attempt.log.warning(f"Requires replacement: {name} ({event.type})")
        return
    if event.reason == "Resource creation Initiated":
        attempt.log.verbose(f"{line}  {event.reason}")
        return
    attempt.log.info(line)


def _learn(attempt: StackAttempt, event: StackEvent) -> None:
    """Remember what failed, and that the stack goes back; the step learns what it needs."""
    memory = attempt.memory
    if not event.path:
        if event.is_own:
            memory.told_status = event.status
        if event.is_own and state_of(event.status).rolls_back:
            memory.going_back = True  # from here on the old resources are told again
        attempt.learn(event)
    elif event.is_own:
        return  # what a nested stack says of itself, the stack around it tells as well
    if event.failed and not is_consequence(event):
        memory.failed_events.append(failure.as_failed(event))
        del memory.failed_events[_FAILED_EVENTS:]


def _vanished(attempt: StackAttempt) -> Progress:
    """No such stack: deleted by someone else meanwhile."""
    return attempt.fail(
        attempt.failed_code,
        f"Stack {attempt.stack_name} was deleted while this deployment ran.",
        "Find out who deleted it, then deploy again.",
        cause="stack-deleted",
    )


def _after_delete(attempt: StackAttempt, stack: Stack | None, changed: bool) -> Progress:
    memory = attempt.memory
    if stack is None or stack.status == "DELETE_COMPLETE":
        if stack is None:  # else its events have told it
            attempt.log.info(f"{'DELETE_COMPLETE':<18}  {attempt.stack_name}")
        if memory.operation == "undo":
            return Cancelled(f"Stack {attempt.stack_name} is deleted, nothing of it stays.")
        return attempt.deleted()
    if stack.status == "DELETE_FAILED" and not _may_be_old(attempt, stack):
        following = attempt.delete_failed(stack) or stuck.ask(attempt, stack)
        return following or failure.ended(attempt, stack)
    if memory.operation in attempt.ends_with and not memory.cancelling:
        stopped = failure.end_early(attempt, stack)
        if stopped is not None:
            return stopped
    return _still(attempt, stack, changed)


def _after_mending(attempt: StackAttempt, stack: Stack, changed: bool) -> Progress:
    if not state_of(stack.status).ended or _may_be_old(attempt, stack):
        return _still(attempt, stack, changed)
    if attempt.memory.cancelling:
        return Cancelled(f"Stack {attempt.stack_name} is in {stack.status} and stays like this.")
    attempt.memory.operation_at = ""
    if stack.status != "UPDATE_ROLLBACK_FAILED":  # else they tell why it broke off again
        attempt.memory.failed_events.clear()  # of what was mended, not of the update to come
    return attempt.look_again()


def _after_change(attempt: StackAttempt, stack: Stack, changed: bool) -> Progress:
    """A create or update (perhaps cancelled) goes on, has come to a good end, or to a bad one."""
    state = state_of(stack.status)
    memory = attempt.memory
    if state.ended and _may_be_old(attempt, stack):
        return attempt.wait()  # what stood before: the write shows a moment later
    if state.live and (state.ended or memory.cancelling or attempt.past_deadline):
        return _arrived(attempt, stack)
    if state.live:
        return _still(attempt, stack, changed)  # old parts are removed; an update has to wait
    if attempt.busy():
        changed = attempt.watch() or changed
    if state.good is False:
        failure.note(attempt, stack)
        if state.ended:
            return failure.ended(attempt, stack)
        return _still(attempt, stack, changed)
    if memory.failure is None and not memory.cancelling:
        stopped = failure.end_early(attempt, stack)
        if stopped is not None:
            return stopped
    elif _should_cancel(attempt, state):
        return attempt.intend("cancel")
    return _still(attempt, stack, changed)


def _may_be_old(attempt: StackAttempt, stack: Stack) -> bool:
    """True while the stack's own events tell another state, shortly after the write.

    AWS's reads lag behind: what stood before an update would pass for its success.
    """
    memory = attempt.memory
    if "events" in memory.warned or memory.operation_seconds(attempt.run.now) > _SHOWS_WITHIN:
        return False
    return memory.told_status != stack.status


def _should_cancel(attempt: StackAttempt, state: StackState) -> bool:
    """A cancel was asked for or decided, but the update still runs and none was sent."""
    memory = attempt.memory
    return state.status == "UPDATE_IN_PROGRESS" and memory.operation in ("update", "execute")


def _arrived(attempt: StackAttempt, stack: Stack) -> Progress:
    memory = attempt.memory
    rollback.ended(attempt, stack)
    if memory.cancelling:
        return Cancelled(
            f"The stack had already completed ({stack.status}): the new version stays."
        )
    if memory.failure is not None:
        attempt.log.info("The stack completed before it could be stopped")
        memory.failure = None
    memory.phase = "verify"
    return attempt.arrived(stack)


def _still(attempt: StackAttempt, stack: Stack, changed: bool) -> Progress:
    ran = attempt.memory.operation_seconds(attempt.run.now)
    attempt.say_waiting(f"Still {stack.status}, {duration(ran)}", ran)
    return attempt.wait(changed=changed)
