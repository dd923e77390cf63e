"""A create or update by way of a change set: propose it, tell what it would do, execute it.

A deferred one ends with its outputs; the step "Apply a change set" executes it later.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from ecsportal.aws.causes import Cause
from ecsportal.cloudformation.change_sets import (
    Change,
    ChangeSet,
    create_change_set,
    delete_change_set,
    describe_change_set,
    execute_change_set,
)
from ecsportal.cloudformation.stacks import Outcome, describe_stack
from ecsportal.steps.contract import Cancelled, Progress, Succeeded
from ecsportal.steps.stack_operation import page
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.stack_operation.failure import fail_now
from ecsportal.steps.stack_operation.long_template import sent
from ecsportal.steps.wording import counted, duration

_TOLD_ONE_BY_ONE = 50
_OUTPUT_CHANGES = 500
_SIGNS = {"Add": "+", "Remove": "-", "Modify": "~", "Import": ">", "Dynamic": "?"}


def propose(attempt: StackAttempt, token: str) -> Outcome:
    """Create the change set; an older one of the same name gives way."""
    kind = "UPDATE" if attempt.memory.change_set_of == "update" else "CREATE"
    request, name = sent(attempt, attempt.request), attempt.change_set_name
    outcome = create_change_set(attempt.cfn, request, name=name, kind=kind, token=token)
    if outcome is not Outcome.EXISTS:
        return outcome
    if kind == "CREATE" and not is_ours(attempt, token):
        stack = describe_stack(attempt.cfn, attempt.stack_name)
        if stack and stack.status != "REVIEW_IN_PROGRESS":
            return outcome  # the stack itself has come to be meanwhile
    attempt.log.info(f"Deleting the older change set {name}")
    if delete_change_set(attempt.cfn, name, stack=attempt.stack_name) is Outcome.BUSY:
        return Outcome.BUSY
    return create_change_set(attempt.cfn, request, name=name, kind=kind, token=token)


def is_ours(attempt: StackAttempt, token: str) -> bool:
    """True where the change set of that name was made with this token."""
    found = describe_change_set(attempt.cfn, attempt.change_set_name, stack=attempt.stack_name)
    return found is not None and found.description == token


def prepared(attempt: StackAttempt) -> Progress:
    """Wait until AWS has worked out what would change, then execute it, or end with its id."""
    found = describe_change_set(attempt.cfn, attempt.change_set_name, stack=attempt.stack_name)
    if found is None:
        return _lost(attempt)
    memory = attempt.memory
    memory.change_set_id, memory.stack_id = found.id, found.stack_id
    if found.is_pending:
        ran = memory.operation_seconds(attempt.run.now)
        if attempt.past_deadline:
            return attempt.fail_in_time(
                f"AWS to work out change set {found.name}, last seen in {found.status}",
                "Give the step more time, then retry.",
            )
        attempt.say_waiting(f"Change set {found.name} is still {found.status}, {duration(ran)}",
                            ran)  # fmt: skip
        return attempt.wait()
    if found.changes_nothing:
        return _nothing(attempt, found)
    if found.status != "CREATE_COMPLETE":
        return _refused(attempt, found)
    _tell(attempt, found)
    if attempt.defers:
        attempt.log.highlight(f"Change set {found.name} is ready and waits to be applied")
        page.show_stack(attempt, describe_stack(attempt.cfn, found.stack_id))
        return Succeeded(outputs(found))
    return attempt.intend("execute")


def execute(attempt: StackAttempt, token: str) -> Outcome:
    """Execute the change set that the memory names."""
    return execute_change_set(
        attempt.cfn,
        attempt.memory.change_set_id,
        token=token,
        disable_rollback=attempt.disables_rollback,
    )


def withdraw(attempt: StackAttempt) -> Progress:
    """A cancel before the execution: the change set goes, and a stack that is nothing else."""
    name = attempt.change_set_name
    if delete_change_set(attempt.cfn, name, stack=attempt.stack_name) is Outcome.BUSY:
        ran = attempt.memory.operation_seconds(attempt.run.now)
        attempt.say_waiting(f"AWS still works out change set {name}, {duration(ran)}", ran)
        return attempt.wait()
    stack = describe_stack(attempt.cfn, attempt.memory.stack_id or attempt.stack_name)
    if stack and stack.status == "REVIEW_IN_PROGRESS" and attempt.memory.change_set_of == "create":
        attempt.memory.stack_id = stack.id
        return attempt.intend("undo")
    return Cancelled(f"The change set is deleted; stack {attempt.stack_name} stays as it is.")


def outputs(found: ChangeSet) -> dict[str, str]:
    """What a later step needs to apply it, and what it would change, as JSON."""
    return {
        "AwsOutputs[StackId]": found.stack_id,
        "AwsOutputs[ChangesetId]": found.id,
        "AwsOutputs[Changes]": as_json(found.changes),
    }


def as_json(changes: Sequence[Change]) -> str:
    """The changes under AWS's own names."""
    return json.dumps(
        [
            {
                "Action": change.action,
                "LogicalResourceId": change.logical_id,
                "ResourceType": change.type,
                "Replacement": change.replaces,
            }
            for change in changes[:_OUTPUT_CHANGES]
        ]
    )


def _tell(attempt: StackAttempt, found: ChangeSet) -> None:
    attempt.log.info(f"Change set {found.name}: {counted(len(found.changes), 'change')}")
    for change in found.changes[:_TOLD_ONE_BY_ONE]:
        line = f"{_SIGNS.get(change.action, '~')} {change.logical_id} ({change.type})"
        if change.replaces == "True":
            attempt.log.warning(f"{line}: requires replacement")
        elif change.replaces == "Conditional":
            attempt.log.info(f"{line}: may require replacement")
        else:
            attempt.log.info(line)
    if len(found.changes) > _TOLD_ONE_BY_ONE:
        attempt.log.info(f"and {len(found.changes) - _TOLD_ONE_BY_ONE} more")


def _nothing(attempt: StackAttempt, found: ChangeSet) -> Progress:
    """Nothing to change is a success; a deferred change set stays to be found as it is."""
    attempt.log.info("The change set is empty: the stack is already like this")
    if attempt.defers:
        return Succeeded(outputs(found))
    delete_change_set(attempt.cfn, found.id)
    memory = attempt.memory
    memory.no_changes, memory.phase = True, "verify"
    return attempt.wait(changed=True)


def _refused(attempt: StackAttempt, found: ChangeSet) -> Progress:
    cause = Cause(
        "change-set-failed",
        f"AWS can't make the change set {found.name} ({found.status}).",
        "Correct what AWS names below, then deploy a new release or retry.",
        heals=False,
        quote=found.reason,
    )
    return fail_now(attempt, cause)


def _lost(attempt: StackAttempt) -> Progress:
    return attempt.fail(
        attempt.failed_code,
        f"Change set {attempt.change_set_name} was deleted while this deployment ran.",
        "Find out who deleted it, then deploy again.",
        cause="change-set-gone",
    )
