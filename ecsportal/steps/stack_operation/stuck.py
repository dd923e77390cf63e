"""A stack that can't be deleted, so that none can be created in its place: a person decides."""

from __future__ import annotations

from ecsportal.cloudformation.stacks import Stack, list_resources
from ecsportal.steps.contract import Asks, Progress
from ecsportal.steps.stack_operation import page
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.stack_operation.others import ABORT, LOOK, PROCEED

CODE = "CFN-DELETE-FAILED"


def ask(attempt: StackAttempt, stack: Stack) -> Progress | None:
    """Ask whether what can't be deleted may be left behind; None where nothing else can be tried.

    Nobody is asked after a cancel, or where leaving it behind has been tried.
    """
    memory = attempt.memory
    if memory.cancelling or memory.operation == "retain":
        return None
    found = list_resources(attempt.cfn, stack.id)
    page.show_resources(attempt, found)
    stuck = [each for each in found if each.status == "DELETE_FAILED"]
    if not stuck:
        return None
    memory.stuck = [each.logical_id for each in stuck]
    memory.phase, memory.asked = "asked", CODE
    names = ", ".join(f"{each.logical_id} ({each.physical_id})" for each in stuck)
    question = (
        f"{CODE}: Stack {attempt.stack_name} can't be deleted: {names} stays."
        f' AWS says: "{stuck[0].reason}" Proceed leaves that behind, outside of any stack, and'
        " creates the stack anew; retry deletes again, after you have mended it; abort ends the"
        " step."
    )
    return Asks(question, (PROCEED, LOOK, ABORT), memory.dump())


def answered(attempt: StackAttempt) -> Progress:
    """Carry out what a person chose."""
    memory = attempt.memory
    match attempt.run.answer:
        case "proceed":
            memory.asked = ""
            attempt.log.warning(f"Leaving behind {', '.join(memory.stuck)}, on a person's decision")
            return attempt.intend("retain")
        case "retry" | None:
            memory.asked, memory.may_delete = "", True
            memory.failed_events.clear()
            return attempt.look_again()
        case _:
            return attempt.fail(
                CODE,
                f"Stack {attempt.stack_name} stays as it is, on a person's decision.",
                "Mend or delete what is stuck in AWS, then retry.",
                cause="delete-failed",
            )
