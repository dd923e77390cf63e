"""Looking at the stack, and deciding what has to be written.

What to do in which state is CloudFormation's table (`ecsportal.cloudformation.states`); what may be
deleted while something uses it is a person's decision unless the step's inputs make it.
"""

from __future__ import annotations

from dataclasses import replace

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.events import newest_event_id
from ecsportal.cloudformation.stacks import Stack, describe_stack
from ecsportal.cloudformation.states import Next, what_next
from ecsportal.steps.contract import Asks, Failed, Progress
from ecsportal.steps.stack_operation import others, page, stuck, unmended
from ecsportal.steps.stack_operation.asking import asking
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.stack_operation.others import ABORT, LOOK, PROCEED


def look(attempt: StackAttempt) -> Progress:
    """Find the stack and announce what has to be written, or wait for another operation."""
    stack = found(attempt)
    attempt.memory.status = stack.status if stack else ""
    attempt.memory.stack_id = stack.id if stack else ""
    page.show_stack(attempt, stack)
    following = what_next(stack.status if stack else None)
    if stack is None or following is Next.CREATE:
        return _create(attempt)
    match following:
        case Next.UPDATE:
            return _update(attempt, stack)
        case Next.WAIT:
            return others.wait(attempt, stack)
        case Next.DISCARD:
            attempt.log.info(
                f"Stack {attempt.stack_name} holds only change sets that were never executed"
                " (REVIEW_IN_PROGRESS), deleting it first"
            )
            return attempt.intend("discard")
        case Next.ROLL_BACK if attempt.request.disable_rollback:
            return _update(attempt, stack)  # CloudFormation takes that, the rollback switched off
        case Next.ROLL_BACK:
            attempt.log.highlight(
                f"Stack {attempt.stack_name} is in {stack.status}: its last update failed with the"
                " rollback switched off, rolling it back first"
            )
            return attempt.intend("rollback")
        case Next.CONTINUE:
            return _mend(attempt, stack)
        case _:
            return _replace(attempt, stack)


def found(attempt: StackAttempt) -> Stack | None:
    """The stack, None where there is none; assumed to be there where nobody may look."""
    try:
        return describe_stack(attempt.cfn, attempt.stack_name)
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        if attempt.memory.warn_once("describe"):
            attempt.log.warning(
                f"{error.message} Assuming that the stack {attempt.stack_name} exists and that"
                " nothing runs on it."
            )
        return Stack(id="", name=attempt.stack_name, status="UPDATE_COMPLETE")


def _create(attempt: StackAttempt) -> Progress:
    if ended := attempt.cannot_create():
        return ended
    attempt.log.highlight(f"Stack {attempt.stack_name} doesn't exist, creating it")
    attempt.memory.forget_stack()
    return attempt.write("create")


def _update(attempt: StackAttempt, stack: Stack) -> Progress:
    """Remember how things stand, so that later only what this update does is told."""
    attempt.memory.going_back = False  # what was mended before doesn't count against the update
    what = _remember(attempt, stack) if stack.id else "updating it"
    attempt.log.highlight(f"Stack {attempt.stack_name} exists ({stack.status}), {what}")
    return attempt.write("update")


def _remember(attempt: StackAttempt, stack: Stack) -> str:
    try:
        return attempt.remember(stack)
    except AwsError as error:
        if error.transient or error.code != "AWS-PERMISSION":
            raise
        if attempt.memory.warn_once("remember"):
            attempt.log.warning(f"{error.message} What ran before the update stays unknown.")
        return "updating it"


def _mend(attempt: StackAttempt, stack: Stack) -> Progress:
    """UPDATE_ROLLBACK_FAILED: go on with the rollback, or delete, as the step says."""
    if not attempt.mends_rollback:
        return _replace(attempt, stack)
    if attempt.memory.may_delete:
        return _replace(attempt, stack)
    if attempt.memory.continued:
        return unmended.ask(attempt, stack)
    attempt.memory.continued = True
    attempt.log.highlight(
        f"Stack {attempt.stack_name} is in UPDATE_ROLLBACK_FAILED, continuing its rollback first"
    )
    mark_events(attempt)
    return attempt.intend("continue")


def _replace(attempt: StackAttempt, stack: Stack) -> Progress:
    """A state that only deletion ends; what still runs there is a person's decision."""
    if stack.is_protected:
        return attempt.fail(
            "CFN-DELETE-FAILED",
            f"Stack {attempt.stack_name} is in {stack.status} and has to be deleted and created"
            " anew, but it has termination protection.",
            "Somebody meant it to stay. Switch the protection off in AWS's console if it may go,"
            " then retry.",
            cause="termination-protection",
        )
    in_use = attempt.in_use()
    if in_use and not attempt.memory.may_delete:
        return ask(
            attempt,
            f"Stack {attempt.stack_name} is in {stack.status} and has to be deleted and created"
            f" anew, but {in_use}.",
        )
    attempt.log.highlight(
        f"Stack {attempt.stack_name} is in {stack.status}, deleting it and creating it anew"
    )
    mark_events(attempt)
    return attempt.intend("delete")


def mark_events(attempt: StackAttempt) -> None:
    """Remember the newest event; where that isn't allowed the tokens tell ours from others."""
    try:
        attempt.memory.known_events = [newest_event_id(attempt.cfn, attempt.stack_name)]
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise


def ask(attempt: StackAttempt, situation: str) -> Asks:
    """Stop until a person decides about a stack that something uses."""
    attempt.memory.phase = "asked"
    does = {
        PROCEED: f"deletes the stack with {attempt.contents} and creates it anew",
        LOOK: "looks again, after you have mended it",
        ABORT: "ends the step",
    }
    return asking(attempt.asks_code, situation, does, attempt.memory.dump())


def answered(attempt: StackAttempt) -> Progress:
    """Carry out what the person chose; an abort is their word, and not tried again by itself."""
    is_abort = attempt.run.answer == ABORT
    progress = _answered(attempt)
    return (
        replace(progress, decided=True) if is_abort and isinstance(progress, Failed) else progress
    )


def _answered(attempt: StackAttempt) -> Progress:
    if attempt.memory.asked == others.BUSY:
        return others.answered(attempt)
    if attempt.memory.asked == stuck.CODE:
        return stuck.answered(attempt)
    if attempt.memory.asked == unmended.CODE:
        return unmended.answered(attempt)
    match attempt.run.answer:
        case "proceed":
            attempt.memory.may_delete = True
            return attempt.look_again()  # mended meanwhile, it needn't be deleted any more
        case "retry":
            return attempt.look_again()
        case None:
            return ask(attempt, f"Stack {attempt.stack_name} waits for a decision.")
        case _:
            return attempt.fail(
                attempt.asks_code,
                f"Stack {attempt.stack_name} stays as it is, on a person's decision.",
                "Mend the stack in CloudFormation, then retry.",
                cause=attempt.asks_code.partition("-")[2].lower(),
            )
