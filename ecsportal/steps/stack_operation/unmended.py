"""A rollback that breaks off again after it was continued: what is in its way, and what may be done
about it. A person decides: only they can mend it, or know what may be skipped or deleted."""

from __future__ import annotations

from dataclasses import dataclass

from ecsportal.aws.causes import core_of
from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.events import STACK, follows_another
from ecsportal.cloudformation.stacks import Stack, StackResource, list_resources
from ecsportal.steps.contract import Asks, Progress
from ecsportal.steps.stack_operation import failure
from ecsportal.steps.stack_operation.asking import asking
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.stack_operation.others import ABORT, LOOK, PROCEED
from ecsportal.steps.wording import sentence

CODE = "CFN-STACK-STUCK"
SKIP = "skip"
_DEPTH = 8


@dataclass(frozen=True)
class _InTheWay:
    """A resource that can't be brought back; `skipped_as` is how CloudFormation is told of it."""

    skipped_as: str
    name: str
    reason: str


def ask(attempt: StackAttempt, stack: Stack) -> Asks:
    """Stop until a person decides how the rollback goes on."""
    memory = attempt.memory
    found = _in_the_way(attempt, stack)
    memory.phase, memory.asked = "asked", CODE
    memory.unmended = [each.skipped_as for each in found]
    reason = next((each.reason for each in found if each.reason), stack.reason)
    says = " " + sentence(f'AWS says: "{core_of(reason)}"') if reason else ""
    situation = (
        f"The rollback of stack {attempt.stack_name} was continued and broke off again"
        f"{_at(memory.unmended)} ({stack.status}).{says}{_uses(attempt)}"
    )
    does = {
        LOOK: "continues it once more, after you have mended that",
        **({SKIP: _skipping(found)} if found else {}),
        PROCEED: f"deletes the stack with {attempt.contents}{attempt.after_deletion}",
        ABORT: "ends the step",
    }
    return asking(CODE, situation, does, memory.dump())


def _in_the_way(attempt: StackAttempt, stack: Stack) -> list[_InTheWay]:
    """What is in the way; nothing where it may not be listed, then AWS's own words have to do."""
    try:
        return _failed_in(attempt, stack.id, stack_name="", path="", depth=0)
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        attempt.log.warning(f"{error.message} What broke the rollback off can't be told.")
        return []


def _failed_in(
    attempt: StackAttempt, stack_id: str, *, stack_name: str, path: str, depth: int
) -> list[_InTheWay]:
    """In a nested stack it is what failed there: the stack itself can't be skipped."""
    found: list[_InTheWay] = []
    for each in list_resources(attempt.cfn, stack_id):
        if each.status != "UPDATE_FAILED" or follows_another(each.reason):
            continue
        name = f"{path} / {each.logical_id}" if path else each.logical_id
        if each.type == STACK and each.physical_id and depth < _DEPTH:
            found += _failed_in(
                attempt, each.physical_id, stack_name=_name_in(each), path=name, depth=depth + 1
            )
            continue
        skipped_as = f"{stack_name}.{each.logical_id}" if stack_name else each.logical_id
        found.append(_InTheWay(skipped_as, name, each.reason))
    return found


def _name_in(nested: StackResource) -> str:
    """A stack's name, of its ARN: `arn:aws:cloudformation:eu-west-1:1:stack/NAME/id`."""
    return nested.physical_id.split("/")[1] if "/" in nested.physical_id else nested.physical_id


def _at(names: list[str]) -> str:
    return f" at {', '.join(names)}" if names else ""


def _uses(attempt: StackAttempt) -> str:
    in_use = attempt.in_use()
    return f" {in_use[0].upper()}{sentence(in_use[1:])}" if in_use else ""


def _skipping(found: list[_InTheWay]) -> str:
    names = ", ".join(each.name for each in found)
    return (
        f"goes on without {names}, which stays as it is now and is taken for rolled back; the"
        " update that follows changes it from there"
    )


def answered(attempt: StackAttempt) -> Progress:
    """Carry out what a person chose."""
    memory = attempt.memory
    memory.asked = ""
    match attempt.run.answer:
        case "skip":
            memory.failed_events.clear()
            memory.skipped = list(memory.unmended)
            attempt.log.warning(
                f"Continuing the rollback without {', '.join(memory.skipped)}, on a person's"
                " decision"
            )
            return attempt.intend("continue")
        case "proceed":
            memory.may_delete = True
            return attempt.look_again()
        case "retry" | None:
            memory.failed_events.clear()
            memory.continued, memory.skipped = False, []
            return attempt.look_again()
        case _:
            return _given_up(attempt)


def _given_up(attempt: StackAttempt) -> Progress:
    memory = attempt.memory
    names = memory.unmended
    skip = (
        " To go on without it: `aws cloudformation continue-update-rollback --stack-name"
        f" {attempt.stack_name} --resources-to-skip {' '.join(names)}`."
        if names
        else ""
    )
    return attempt.fail(
        CODE,
        f"The rollback of stack {attempt.stack_name} was continued and broke off again{_at(names)};"
        " on a person's decision it stays in UPDATE_ROLLBACK_FAILED, and nothing new is deployed.",
        f"Mend what AWS names below, then retry: the rollback is continued first.{skip} Deleting"
        f" the stack in CloudFormation would take {attempt.contents} along.",
        cause="stack-stuck",
        still=attempt.still_serving() or _uses(attempt).strip(),
        evidence=failure.in_awss_words(attempt),
    )
