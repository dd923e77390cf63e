"""A stack that is busy with somebody else's operation: named and waited for.

After half an hour a person is asked: to wait on, to give up, or to stop what goes on there, where
CloudFormation can stop it."""

from __future__ import annotations

from datetime import UTC

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.events import operation_under_way
from ecsportal.cloudformation.stacks import Stack, describe_stack
from ecsportal.steps.contract import TOKEN_PREFIX, Asks, Progress
from ecsportal.steps.stack_operation import page
from ecsportal.steps.stack_operation.asking import asking
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.wording import duration

PROCEED, LOOK, ABORT = "proceed", "retry", "abort"
BUSY = "CFN-STACK-BUSY"
_ASKS_AFTER = 1800
"""Seconds of waiting for somebody else's operation until a person is asked; most end before."""


def wait(attempt: StackAttempt, stack: Stack) -> Progress:
    """Wait for the end of an operation that this attempt didn't begin."""
    memory = attempt.memory
    if memory.busy_status != stack.status:
        _name(attempt, stack)
    if stack.status == "CREATE_IN_PROGRESS" and (why := attempt.left_behind(stack)):
        attempt.log.highlight(f"Stack {attempt.stack_name} {why}")
        return attempt.intend("delete")
    page.show_waiting(attempt, memory.busy_with)
    waited = memory.operation_seconds(attempt.run.now)
    if waited > _ASKS_AFTER and not memory.may_wait:
        return _ask(attempt, stack)
    attempt.say_waiting(f"Still {stack.status}, {duration(waited)}: {memory.busy_with}", waited)
    return attempt.wait()


def _name(attempt: StackAttempt, stack: Stack) -> None:
    """Say what is waited for: at first, and when it changes into or gives way to another."""
    memory = attempt.memory
    named = _name_operation(attempt, stack)
    if named == memory.busy_with:
        attempt.log.info(f"Stack {attempt.stack_name} is in {stack.status} now")
    else:
        memory.operation_at, memory.said, memory.may_wait = attempt.run.now.isoformat(), 0, False
        attempt.log.info(
            f"Stack {attempt.stack_name} is in {stack.status}: {named}. Waiting for its end;"
            " cancelling this deployment ends the wait and changes nothing"
        )
    memory.busy_with, memory.busy_status = named, stack.status


def _name_operation(attempt: StackAttempt, stack: Stack) -> str:
    """Who began what goes on, and when: `an operation begun outside of the portal at 14:02 UTC`."""
    try:
        begun = operation_under_way(attempt.cfn, stack.id)
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        return "another operation runs (who began it can't be seen)"
    if begun is None:
        return "another operation runs"
    who = "of the portal" if begun.token.startswith(TOKEN_PREFIX) else "begun outside of the portal"
    return f"an operation {who} runs since {begun.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _can_stop(attempt: StackAttempt, stack: Stack) -> str:
    """What proceeding would do to the operation, in words; empty where nothing can stop it."""
    match stack.status:
        case "UPDATE_IN_PROGRESS":
            return (
                "cancels that update, so that the stack goes back to what it was, and goes on then"
            )
        case "CREATE_IN_PROGRESS" if attempt.replaces:
            return f"deletes the stack with {attempt.contents}{attempt.after_deletion}"
        case _:
            return ""


def _ask(attempt: StackAttempt, stack: Stack) -> Asks:
    """What goes on for long may never end by itself: a person says what to do."""
    attempt.memory.phase = "asked"
    attempt.memory.asked = BUSY
    stops = _can_stop(attempt, stack)
    situation = (
        f"Stack {attempt.stack_name} is still in {stack.status}: {attempt.memory.busy_with}."
    )
    does = {
        **({PROCEED: stops} if stops else {}),
        LOOK: "waits on",
        ABORT: "ends the step and changes nothing",
    }
    return asking(BUSY, situation, does, attempt.memory.dump())


def answered(attempt: StackAttempt) -> Progress:
    """Carry out what a person chose about somebody else's operation."""
    memory = attempt.memory
    memory.asked = ""
    match attempt.run.answer:
        case "proceed":
            return _stop(attempt)
        case "retry":
            memory.may_wait = True
            return attempt.look_again()
        case None:
            return attempt.look_again()
        case _:
            return attempt.fail(
                BUSY,
                f"Stack {attempt.stack_name} is in {memory.busy_status}: {memory.busy_with}. A"
                " person decided not to wait for it.",
                "Retry when it has ended.",
                cause="stack-busy",
            )


def _stop(attempt: StackAttempt) -> Progress:
    """Cancel the update or delete what is created, if it is that still; else look what it is."""
    stack = describe_stack(attempt.cfn, attempt.stack_name)
    if stack is None or stack.status != attempt.memory.busy_status:
        return attempt.look_again()
    if stack.status == "UPDATE_IN_PROGRESS":
        attempt.log.highlight(
            f"Cancelling the update of stack {attempt.stack_name}, on a person's decision"
        )
        return attempt.intend("interrupt")
    attempt.log.highlight(
        f"Deleting stack {attempt.stack_name}, which is still created, on a person's decision"
    )
    return attempt.intend("delete")
