"""A stack that is busy with somebody else's operation: named, waited for, on request stopped."""

from __future__ import annotations

from datetime import UTC

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.events import operation_under_way
from ecsportal.cloudformation.stacks import Stack
from ecsportal.steps.contract import TOKEN_PREFIX, Asks, Progress
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.wording import duration

PROCEED, LOOK, ABORT = "proceed", "retry", "abort"
BUSY = "CFN-STACK-BUSY"
_ASKS_AFTER = 1800
"""Seconds of waiting for somebody else's update until a person is asked; most end before."""


def wait(attempt: StackAttempt, stack: Stack) -> Progress:
    """Wait for the end of an operation that this attempt didn't begin."""
    memory = attempt.memory
    if memory.operation_at == "":
        memory.operation_at = attempt.run.now.isoformat()
        memory.busy_with = _name_operation(attempt, stack)
        attempt.log.info(
            f"Stack {attempt.stack_name} is in {stack.status}: {memory.busy_with}. Waiting for its"
            " end; cancelling this deployment ends the wait and changes nothing"
        )
    if stack.status == "CREATE_IN_PROGRESS" and (why := attempt.left_behind(stack)):
        attempt.log.highlight(f"Stack {attempt.stack_name} {why}")
        return attempt.intend("delete")
    waited = memory.operation_seconds(attempt.run.now)
    if waited > _ASKS_AFTER and not memory.may_wait and stack.status == "UPDATE_IN_PROGRESS":
        return _ask(attempt, stack)
    attempt.say_waiting(f"Still {stack.status}, {duration(waited)}: {memory.busy_with}", waited)
    return attempt.wait()


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


def _ask(attempt: StackAttempt, stack: Stack) -> Asks:
    """An update that goes on for long may be one that never ends: a person may stop it."""
    attempt.memory.phase = "asked"
    attempt.memory.asked = BUSY
    question = (
        f"{BUSY}: Stack {attempt.stack_name} is still in {stack.status}:"
        f" {attempt.memory.busy_with}. Proceed cancels that update, so that the stack goes back to"
        " what it was, and deploys then; retry waits on; abort ends the step."
    )
    return Asks(question, (PROCEED, LOOK, ABORT), attempt.memory.dump())


def answered(attempt: StackAttempt) -> Progress:
    """Carry out what a person chose about somebody else's update."""
    memory = attempt.memory
    memory.asked = ""
    match attempt.run.answer:
        case "proceed":
            attempt.log.highlight(
                f"Cancelling the update of stack {attempt.stack_name}, on a person's decision"
            )
            return attempt.intend("interrupt")
        case "retry":
            memory.may_wait = True
            return attempt.look_again()
        case None:
            return attempt.look_again()
        case _:
            return attempt.fail(
                BUSY,
                f"Stack {attempt.stack_name} is busy with another operation, and a person decided"
                " not to wait for it.",
                "Retry when it has ended.",
                cause="stack-busy",
            )
