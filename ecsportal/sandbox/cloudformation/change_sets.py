"""CloudFormation operations on change sets."""

from __future__ import annotations

import uuid
from dataclasses import replace

from ecsportal.sandbox.cloudformation.changes import Change, changes_between
from ecsportal.sandbox.cloudformation.importing import Importing, check_import
from ecsportal.sandbox.cloudformation.operations import Creation, Update
from ecsportal.sandbox.cloudformation.parameters import describe_parameters
from ecsportal.sandbox.cloudformation.stack_calls import (
    apply_options,
    check_name,
    may_be_updated,
    not_updatable,
    read_intent,
)
from ecsportal.sandbox.cloudformation.stack_reads import BAD_TOKEN, PAGE
from ecsportal.sandbox.cloudformation.state import ChangeSet, Stack, StackRegion, Wire
from ecsportal.sandbox.errors import AwsError, validation_error
from ecsportal.sandbox.identifiers import arn
from ecsportal.sandbox.paging import page

_NOTHING = (
    "The submitted information didn't contain changes. "
    "Submit different information to create a change set."
)
_SECONDS = 2.0


def create_change_set(region: StackRegion, params: Wire) -> Wire:
    """CreateChangeSet; for a stack that isn't there it makes one in REVIEW_IN_PROGRESS."""
    name, token = params["StackName"], params.get("ClientToken", "")
    known = region.replay("CreateChangeSet", name, token, params)
    if known is not None:
        return known
    kind = params.get("ChangeSetType", "UPDATE")
    stack = _stack_for(region, params, kind)
    present = stack if kind != "CREATE" else None
    intent = read_intent(region, params, present, reviewed=True)
    if kind == "IMPORT":
        check_import(intent.template, stack, params.get("ResourcesToImport") or [])
    if stack is None:
        stack = region.new_stack(name, intent)
        region.record(stack, "REVIEW_IN_PROGRESS", "User Initiated")
    if params["ChangeSetName"] in stack.change_sets:
        raise AwsError(
            "AlreadyExistsException", f"ChangeSet {params['ChangeSetName']} already exists"
        )
    change_set = _new_change_set(region, stack, params, kind)
    change_set.intent = intent
    answer = {"Id": change_set.id, "StackId": stack.id}
    return region.remember("CreateChangeSet", name, token, params, answer)


def _stack_for(region: StackRegion, params: Wire, kind: str) -> Stack | None:
    """The stack that a change set of this kind is for; None where it has to be made first."""
    name = params["StackName"]
    stack = region.find(name)
    if stack is not None and stack.status == "DELETE_COMPLETE":
        stack = None
    if kind == "CREATE":
        check_name(name)
        if stack is not None and stack.status != "REVIEW_IN_PROGRESS":
            raise validation_error(
                f"Stack [{name}] already exists and cannot be created again with the changeSet "
                f"[{params['ChangeSetName']}]."
            )
    elif stack is None and kind != "IMPORT":
        raise validation_error(f"Stack [{name}] does not exist")
    elif stack is not None and (stack.is_busy or stack.status == "ROLLBACK_COMPLETE"):
        raise not_updatable(stack)
    return stack


def _new_change_set(region: StackRegion, stack: Stack, params: Wire, kind: str) -> ChangeSet:
    name = params["ChangeSetName"]
    change_set = ChangeSet(
        arn("cloudformation", region.name, f"changeSet/{name}/{uuid.uuid4()}"),
        name,
        stack.intent,
        kind,
        region.clock.now(),
        [],
        params.get("Description", ""),
        options=params,
    )
    stack.change_sets[name] = change_set

    def prepare() -> None:
        found = changes_between(region, stack, change_set.intent)
        if not found:
            change_set.status, change_set.reason = "FAILED", _NOTHING
            return
        change_set.changes = [
            (replace(each, action="Import") if kind == "IMPORT" else each).wire()
            for each in found
            if isinstance(each, Change)
        ]
        change_set.status, change_set.execution = "CREATE_COMPLETE", "AVAILABLE"

    region.clock.after(_SECONDS, prepare)
    return change_set


def describe_change_set(region: StackRegion, params: Wire) -> Wire:
    """DescribeChangeSet."""
    stack, change_set = _find(region, params)
    shown, following = page(change_set.changes, PAGE, params.get("NextToken"), error=BAD_TOKEN)
    intent = change_set.intent
    wire = {
        **_summary(stack, change_set),
        "Parameters": describe_parameters(intent.template, intent.parameters),
        "NotificationARNs": [],
        "RollbackConfiguration": {},
        "Capabilities": list(intent.capabilities),
        "Tags": [{"Key": key, "Value": value} for key, value in intent.tags.items()],
        "Changes": shown,
        "NextToken": following,
    }
    return {key: value for key, value in wire.items() if value is not None}


def _summary(stack: Stack, change_set: ChangeSet) -> Wire:
    wire = {
        "StackId": stack.id,
        "StackName": stack.name,
        "ChangeSetId": change_set.id,
        "ChangeSetName": change_set.name,
        "ExecutionStatus": _execution(stack, change_set),
        "Status": change_set.status,
        "StatusReason": change_set.reason or None,
        "CreationTime": change_set.created_at,
        "Description": change_set.description or None,
        "IncludeNestedStacks": False,
    }
    return {key: value for key, value in wire.items() if value is not None}


def _execution(stack: Stack, change_set: ChangeSet) -> str:
    if change_set.execution == "EXECUTE_COMPLETE" and stack.is_busy:
        return "EXECUTE_IN_PROGRESS"
    return change_set.execution


def execute_change_set(region: StackRegion, params: Wire) -> Wire:
    """ExecuteChangeSet; all change sets of the stack are gone with it."""
    token = params.get("ClientRequestToken", "")
    name = str(params.get("StackName") or params["ChangeSetName"])
    if region.replay("ExecuteChangeSet", name, token, params) is not None:
        return {}
    stack, change_set = _find(region, params)
    _check_executable(stack, change_set, may_retry=bool(params.get("DisableRollback")))
    apply_options(stack, change_set.options)
    stack.token = token
    stack.change_sets = {change_set.name: change_set}
    change_set.execution = "EXECUTE_COMPLETE"
    if change_set.kind == "IMPORT":
        listed = change_set.options["ResourcesToImport"]
        Importing(region, stack).begin(change_set.intent, listed)
    elif stack.status == "REVIEW_IN_PROGRESS":
        stack.intent = change_set.intent
        stack.on_failure = change_set.options.get("OnStackFailure", "ROLLBACK")
        if params.get("DisableRollback"):
            stack.on_failure = "DO_NOTHING"
        Creation(region, stack).begin()
    else:
        stack.disable_rollback = bool(params.get("DisableRollback"))
        Update(region, stack).begin(change_set.intent)
    return region.remember("ExecuteChangeSet", name, token, params, {})


def _check_executable(stack: Stack, change_set: ChangeSet, *, may_retry: bool) -> None:
    if not may_be_updated(stack, may_retry=may_retry) and stack.status != "REVIEW_IN_PROGRESS":
        raise not_updatable(stack)
    if change_set.execution == "AVAILABLE":
        return
    kind, value = "status", change_set.status
    if change_set.status == "CREATE_COMPLETE":
        kind, value = "execution status", change_set.execution
    raise AwsError(
        "InvalidChangeSetStatus",
        f"ChangeSet [{change_set.id}] cannot be executed in its current {kind} of [{value}]",
    )


def delete_change_set(region: StackRegion, params: Wire) -> Wire:
    """DeleteChangeSet; one that isn't there is no error, a missing stack is."""
    try:
        stack, change_set = _find(region, params)
    except AwsError as error:
        if error.code == "ChangeSetNotFound":
            return {}
        raise
    if change_set.status not in ("CREATE_COMPLETE", "FAILED"):
        raise AwsError(
            "InvalidChangeSetStatus",
            f"ChangeSet [{change_set.id}] cannot be deleted in current status of"
            f" {change_set.status}",
        )
    del stack.change_sets[change_set.name]
    return {}


def list_change_sets(region: StackRegion, params: Wire) -> Wire:
    """ListChangeSets of a stack."""
    stack = region.stack(params["StackName"])
    summaries = [_summary(stack, each) for each in stack.change_sets.values()]
    shown, following = page(summaries, PAGE, params.get("NextToken"), error=BAD_TOKEN)
    return {"Summaries": shown, "NextToken": following}


def _find(region: StackRegion, params: Wire) -> tuple[Stack, ChangeSet]:
    name = params["ChangeSetName"]
    stacks = [region.stack(params["StackName"])] if params.get("StackName") else region.stacks
    for stack in stacks:
        for change_set in stack.change_sets.values():
            if name in {change_set.name, change_set.id}:
                return stack, change_set
    raise AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)
