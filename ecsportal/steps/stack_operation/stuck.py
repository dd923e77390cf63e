"""A stack that can't be deleted because something in it can't be: a person decides."""

from __future__ import annotations

from ecsportal.aws.causes import core_of
from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.stacks import Stack, StackResource, list_resources
from ecsportal.steps.contract import Progress
from ecsportal.steps.stack_operation import failure, page
from ecsportal.steps.stack_operation.asking import asking
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.stack_operation.others import ABORT, LOOK, PROCEED
from ecsportal.steps.wording import sentence

CODE = "CFN-DELETE-FAILED"


def in_the_way(attempt: StackAttempt, stack: Stack) -> list[StackResource]:
    """The resources that couldn't be deleted and aren't given up yet; remembered by their names.

    None where they may not be listed: then AWS's own words have to do.
    """
    try:
        found = list_resources(attempt.cfn, stack.id)
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        attempt.log.warning(f"{error.message} What can't be deleted can't be told apart.")
        return []
    page.show_resources(attempt, found)
    stuck = [each for each in found if each.status == "DELETE_FAILED"]
    attempt.memory.stuck = [each.logical_id for each in stuck]
    return [each for each in stuck if each.logical_id not in attempt.memory.left_behind]


def ask(attempt: StackAttempt, stack: Stack) -> Progress | None:
    """Ask whether what can't be deleted may be left behind; None where nothing else can be tried.

    Nobody is asked after a cancel.
    """
    memory = attempt.memory
    if memory.cancelling:
        return None
    stuck = in_the_way(attempt, stack)
    if not stuck:
        return None
    memory.phase, memory.asked = "asked", CODE
    names = ", ".join(
        f"{each.logical_id} ({each.physical_id})" if each.physical_id else each.logical_id
        for each in stuck
    )
    stays = "stays" if len(stuck) == 1 else "stay"
    reason = core_of(stuck[0].reason)
    says = " " + sentence(f'AWS says: "{reason}"') if reason else ""
    situation = f"Stack {attempt.stack_name} can't be deleted: {names} {stays}.{says}"
    behind = "deletes the stack but leaves that behind, outside of any stack"
    does = {
        PROCEED: f"{behind}{attempt.after_deletion}",
        LOOK: "deletes again, after you have mended it",
        ABORT: "ends the step",
    }
    return asking(CODE, situation, does, memory.dump())


def leave_behind(attempt: StackAttempt, names: list[str], why: str) -> Progress:
    """Delete once more, without these resources."""
    memory = attempt.memory
    memory.left_behind = list(dict.fromkeys([*memory.left_behind, *names]))
    attempt.log.warning(f"Leaving behind {', '.join(names)}{why}")
    return attempt.intend("retain")


def answered(attempt: StackAttempt) -> Progress:
    """Carry out what a person chose."""
    memory = attempt.memory
    memory.asked = ""
    match attempt.run.answer:
        case "proceed":
            names = [name for name in memory.stuck if name not in memory.left_behind]
            return leave_behind(attempt, names, ", on a person's decision")
        case "retry" | None:
            memory.may_delete = True
            memory.failed_events.clear()
            return attempt.look_again()
        case _:
            return attempt.fail(
                CODE,
                f"Stack {attempt.stack_name} stays as it is, on a person's decision.",
                "Mend or delete what is stuck in AWS, then retry.",
                cause="delete-failed",
                evidence=failure.in_awss_words(attempt),
            )
