"""Making the announced write once: by its token, whatever became of the worker in between."""

from __future__ import annotations

from collections.abc import Callable

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.events import new_events
from ecsportal.cloudformation.stacks import (
    Outcome,
    cancel_update,
    continue_rollback,
    create_stack,
    delete_stack,
    discard_change_sets,
    roll_back,
    update_stack,
)
from ecsportal.steps.contract import Progress
from ecsportal.steps.stack_operation import change_set, rollback
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.stack_operation.failure import failed
from ecsportal.steps.stack_operation.follow import DELETIONS
from ecsportal.steps.stack_operation.long_template import sent
from ecsportal.steps.stack_operation.sight import stack_now
from ecsportal.steps.wording import counted

_LOOKS = 10
"""Times a refused write leads to another look; more would be a quarrel with another tool."""
_LONGEST_PAUSE = 10.0
_LEADING_ELSEWHERE = frozenset(["cancel", "continue", "rollback", "interrupt", *DELETIONS])
"""Writes whose refusal means that the stack has moved on by itself."""
_LEFT_BEHIND = {
    "cancel": "UPDATE_IN_PROGRESS",
    "interrupt": "UPDATE_IN_PROGRESS",
    "continue": "UPDATE_ROLLBACK_FAILED",
    "rollback": "UPDATE_FAILED",
}
"""The state that a write takes the stack out of."""


def perform(attempt: StackAttempt) -> Progress:
    """Make the announced write, unless an earlier turn made it already."""
    operation = attempt.memory.operation
    if not attempt.run.intent_is_new and _is_seen_made(attempt, operation):
        attempt.log.verbose(f"The {operation} was sent before the worker changed; following it")
        return attempt.follow()
    try:
        outcome = _WRITES[operation](attempt, attempt.token(operation))
    except AwsError as error:
        if operation != "cancel" or error.code != "AWS-PERMISSION":
            raise
        return _not_cancelled(attempt, error)
    if outcome is Outcome.ACCEPTED:
        return attempt.follow()
    return _refused(attempt, operation, outcome)


def _is_seen_made(attempt: StackAttempt, operation: str) -> bool:
    """False as well where nobody may look: the same token again begins nothing twice."""
    try:
        return was_made(attempt, operation)
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        attempt.log.verbose(f"{error.message} Sending the {operation} once more, by its token.")
        return False


def _not_cancelled(attempt: StackAttempt, error: AwsError) -> Progress:
    """The update may not be cancelled: a failure ends with its own cause, not with this."""
    if attempt.memory.failure is None:
        raise error
    attempt.log.warning(
        f"{error.message} CloudFormation goes on with stack {attempt.stack_name} until it gives up"
        " by itself."
    )
    return failed(attempt)


def _refused(attempt: StackAttempt, operation: str, outcome: Outcome) -> Progress:
    memory = attempt.memory
    if outcome is Outcome.NO_CHANGES:
        return no_changes(attempt)
    assumed = operation in ("update", "propose") and "describe" in memory.warned
    if outcome is Outcome.MISSING and assumed:
        attempt.log.highlight(f"Stack {attempt.stack_name} doesn't exist, creating it")
        memory.forget_stack()
        return attempt.write("create")
    if operation in _LEADING_ELSEWHERE:
        return attempt.follow()  # its state has moved on by itself: following tells where to
    memory.looks += 1
    if memory.looks > _LOOKS:
        return attempt.fail(
            attempt.failed_code,
            f"Stack {attempt.stack_name} changes under this deployment again and again.",
            "Find out who else deploys this stack, then retry.",
            cause="stack-contended",
        )
    memory.operation_at = ""
    attempt.log.verbose(f"AWS refuses the {operation} for now ({outcome}); looking again")
    # Later each time: a look may lag behind what the refusal knows.
    return attempt.look_again(min(_LONGEST_PAUSE, 0.5 * 2**memory.looks))


def no_changes(attempt: StackAttempt) -> Progress:
    """The stack is already as it should be: a success, which the step then verifies."""
    memory = attempt.memory
    memory.no_changes = True
    memory.phase = "verify"
    memory.operation_at = attempt.run.now.isoformat()
    attempt.log.info("No updates are to be performed: the stack is already like this")
    return attempt.wait(changed=True)


def was_made(attempt: StackAttempt, operation: str) -> bool:
    """Whether a write that was announced reached AWS, by its token or by what became of it."""
    stack = stack_now(attempt, attempt.stack_name)
    status = stack.status if stack else ""
    if operation in DELETIONS:
        return stack is None or status == "DELETE_IN_PROGRESS"
    if stack is None:
        return False
    if operation in _LEFT_BEHIND:
        return status != _LEFT_BEHIND[operation]
    token = attempt.token(operation)
    if operation == "propose":
        return change_set.is_ours(attempt, token)
    events = new_events(
        attempt.cfn, stack.id, known=attempt.memory.known_events, token_prefix=token
    )
    return bool(events)


def _create(attempt: StackAttempt, token: str) -> Outcome:
    return create_stack(attempt.cfn, sent(attempt, attempt.request), token=token)


def _update(attempt: StackAttempt, token: str) -> Outcome:
    return update_stack(attempt.cfn, sent(attempt, attempt.request), token=token)


def _delete(attempt: StackAttempt, token: str) -> Outcome:
    return delete_stack(attempt.cfn, attempt.memory.stack_id or attempt.stack_name, token=token)


def _discard(attempt: StackAttempt, token: str) -> Outcome:
    names = discard_change_sets(attempt.cfn, attempt.stack_name)
    if names:
        attempt.log.info(f"Deleted {counted(len(names), 'change set')}: {', '.join(names)}")
    return _delete(attempt, token)


def _retain(attempt: StackAttempt, token: str) -> Outcome:
    stack = attempt.memory.stack_id or attempt.stack_name
    memory = attempt.memory
    left = tuple(name for name in memory.stuck if name in memory.left_behind)
    return delete_stack(attempt.cfn, stack, token=token, retain=left)


def _cancel(attempt: StackAttempt, token: str) -> Outcome:
    outcome = cancel_update(attempt.cfn, attempt.stack_name, token=token)
    if outcome is Outcome.ACCEPTED:
        rollback.began(attempt)
        attempt.log.info("CancelUpdateStack accepted")
    return outcome


def _roll_back(attempt: StackAttempt, token: str) -> Outcome:
    return roll_back(attempt.cfn, attempt.stack_name, token=token)


def _continue(attempt: StackAttempt, token: str) -> Outcome:
    skip = tuple(attempt.memory.skipped)
    return continue_rollback(attempt.cfn, attempt.stack_name, token=token, skip=skip)


_WRITES: dict[str, Callable[[StackAttempt, str], Outcome]] = {
    "create": _create,
    "update": _update,
    "delete": _delete,
    "undo": _delete,
    "retain": _retain,
    "propose": change_set.propose,
    "execute": change_set.execute,
    "discard": _discard,
    "cancel": _cancel,
    "interrupt": _cancel,
    "rollback": _roll_back,
    "continue": _continue,
}
