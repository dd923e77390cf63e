"""CloudFormation operations that begin something on a stack."""

from __future__ import annotations

import re

from ecsportal.sandbox.cloudformation.capabilities import check_capabilities
from ecsportal.sandbox.cloudformation.changes import changes_between
from ecsportal.sandbox.cloudformation.operations import Creation, Removal, Update
from ecsportal.sandbox.cloudformation.parameters import resolve_parameters
from ecsportal.sandbox.cloudformation.state import (
    STACK_TYPE,
    Intent,
    Stack,
    StackRegion,
    Wire,
)
from ecsportal.sandbox.cloudformation.template import Template, parse_template
from ecsportal.sandbox.errors import AwsError, validation_error

NO_UPDATES = "No updates are to be performed."
_NAME = re.compile(r"^[a-zA-Z][-a-zA-Z0-9]{0,127}$")
_UPDATABLE = frozenset(
    f"{kind}_COMPLETE"
    for kind in ("CREATE", "UPDATE", "UPDATE_ROLLBACK", "IMPORT", "IMPORT_ROLLBACK")
)


def create_stack(region: StackRegion, params: Wire) -> Wire:
    """CreateStack."""
    name, token = params["StackName"], params.get("ClientRequestToken", "")
    known = region.replay("CreateStack", name, token, params)
    if known is not None:
        return known
    check_name(name)
    existing = region.find(name)
    if existing is not None:
        raise AwsError("AlreadyExistsException", f"Stack [{name}] already exists")
    intent = read_intent(region, params, None)
    stack = region.new_stack(name, intent)
    apply_options(stack, params)
    stack.on_failure = params.get("OnFailure") or (
        "DO_NOTHING" if params.get("DisableRollback") else "ROLLBACK"
    )
    stack.token = token
    Creation(region, stack).begin()
    answer = {"StackId": stack.id, "OperationId": stack.operation_id}
    return region.remember("CreateStack", name, token, params, answer)


def update_stack(region: StackRegion, params: Wire) -> Wire:
    """UpdateStack; "No updates are to be performed." if nothing would change."""
    token = params.get("ClientRequestToken", "")
    stack = _existing(region, params["StackName"])
    known = region.replay("UpdateStack", stack.name, token, params)
    if known is not None:
        return known
    if not may_be_updated(stack, may_retry=bool(params.get("DisableRollback"))):
        raise not_updatable(stack)
    intent = read_intent(region, params, stack)
    if not changes_between(region, stack, intent):
        raise validation_error(NO_UPDATES)
    apply_options(stack, params)
    stack.disable_rollback = bool(params.get("DisableRollback"))
    stack.token = token
    Update(region, stack).begin(intent)
    answer = {"StackId": stack.id, "OperationId": stack.operation_id}
    return region.remember("UpdateStack", stack.name, token, params, answer)


def delete_stack(region: StackRegion, params: Wire) -> Wire:
    """DeleteStack; one that isn't there is no error."""
    stack, token = region.find(params["StackName"]), params.get("ClientRequestToken", "")
    if stack is None or stack.status == "DELETE_COMPLETE":
        return {}
    if region.replay("DeleteStack", stack.name, token, params) is not None:
        return {}
    if stack.status == "DELETE_IN_PROGRESS":
        return {}
    if stack.termination_protection:
        raise validation_error(
            f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
        )
    if stack.is_busy and stack.status != "CREATE_IN_PROGRESS":
        raise validation_error(
            f"Stack [{stack.name}] cannot be deleted while in status {stack.status}"
        )
    retain = params.get("RetainResources") or []
    if retain and stack.status != "DELETE_FAILED":
        raise validation_error(
            f"Invalid operation on stack [{stack.id}]. When you delete a stack, specify which "
            "resources to retain only when the stack is in the DELETE_FAILED state."
        )
    if params.get("DeletionMode") == "FORCE_DELETE_STACK":
        failed = [name for name, each in stack.resources.items() if each.status == "DELETE_FAILED"]
        retain = [*retain, *failed]
    stack.token = token
    if stack.status == "REVIEW_IN_PROGRESS":
        stack.change_sets.clear()
    Removal(region, stack).begin(retain)
    return region.remember("DeleteStack", stack.name, token, params, {})


def cancel_update_stack(region: StackRegion, params: Wire) -> Wire:
    """CancelUpdateStack, in UPDATE_IN_PROGRESS only."""
    stack, token = region.stack(params["StackName"]), params.get("ClientRequestToken", "")
    if region.replay("CancelUpdateStack", stack.name, token, params) is not None:
        return {}
    if stack.status != "UPDATE_IN_PROGRESS":
        raise validation_error("CancelUpdateStack cannot be called from current stack status")
    stack.token = token or stack.token
    Update(region, stack).cancel()
    return region.remember("CancelUpdateStack", stack.name, token, params, {})


def continue_update_rollback(region: StackRegion, params: Wire) -> Wire:
    """ContinueUpdateRollback, in UPDATE_ROLLBACK_FAILED only."""
    stack, token = region.stack(params["StackName"]), params.get("ClientRequestToken", "")
    if region.replay("ContinueUpdateRollback", stack.name, token, params) is not None:
        return {}
    if stack.status != "UPDATE_ROLLBACK_FAILED":
        raise validation_error(
            f"Stack:{stack.id} is in {stack.status} state and can not continue to be rolled back."
        )
    skip = params.get("ResourcesToSkip") or []
    if wrong := [name for name in skip if not _may_be_skipped(region, stack, name)]:
        raise validation_error(
            f"ResourcesToSkip is invalid: the resources [{', '.join(wrong)}] are not in the "
            "UPDATE_FAILED state."
        )
    stack.token = token
    for name in skip:
        holder, logical_id = _holder(region, stack, name)
        Update(region, holder).skip(logical_id)
    Update(region, stack).continue_rollback()
    return region.remember("ContinueUpdateRollback", stack.name, token, params, {})


def _holder(region: StackRegion, stack: Stack, name: str) -> tuple[Stack, str]:
    """The stack that holds a resource to skip, and its logical id there.

    In a nested stack it is named `NestedStackName.LogicalId`.
    """
    nested, dot, logical_id = name.partition(".")
    if not dot:
        return stack, name
    inner = region.find(nested)
    root = stack.root_id or stack.id
    return (inner, logical_id) if inner and inner.root_id == root else (stack, name)


def _may_be_skipped(region: StackRegion, stack: Stack, name: str) -> bool:
    """A stack as a resource can't be: what failed in it is named instead."""
    holder, logical_id = _holder(region, stack, name)
    resource = holder.resources.get(logical_id)
    return (
        resource is not None
        and resource.status == "UPDATE_FAILED"
        and (resource.type != STACK_TYPE)
    )


def rollback_stack(region: StackRegion, params: Wire) -> Wire:
    """RollbackStack, after a failure with rollback off."""
    stack, token = region.stack(params["StackName"]), params.get("ClientRequestToken", "")
    known = region.replay("RollbackStack", stack.name, token, params)
    if known is not None:
        return known
    if stack.status not in {"CREATE_FAILED", "UPDATE_FAILED"}:
        raise validation_error(
            f"Stack:{stack.id} is in {stack.status} state and can not be rolled back."
        )
    stack.token = token
    kind = Creation if stack.status == "CREATE_FAILED" else Update
    kind(region, stack).roll_back()
    answer = {"StackId": stack.id, "OperationId": stack.operation_id}
    return region.remember("RollbackStack", stack.name, token, params, answer)


def update_termination_protection(region: StackRegion, params: Wire) -> Wire:
    """UpdateTerminationProtection."""
    stack = region.stack(params["StackName"])
    stack.termination_protection = bool(params["EnableTerminationProtection"])
    return {"StackId": stack.id}


def read_intent(
    region: StackRegion, params: Wire, stack: Stack | None, *, reviewed: bool = False
) -> Intent:
    """What a create, update or change set asks for; ValidationError if it cannot be.

    `reviewed` marks a change set: what its macros make is looked at before it is executed, so that
    they need no acknowledgement.
    """
    template = read_template(region, params, stack)
    previous = stack.intent.parameters if stack is not None else None
    parameters = resolve_parameters(template, params.get("Parameters") or [], previous)
    tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags") or []}
    if stack is not None and params.get("Tags") is None:
        tags = dict(stack.intent.tags)
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            raise validation_error("aws: prefixed tag key names are not allowed for external use.")
        if not value:
            raise validation_error(
                f"1 validation error detected: Value '{value}' at 'tags.1.member.value' failed to "
                "satisfy constraint: Member must have length greater than or equal to 1"
            )
    if len(tags) > 50:
        raise validation_error("Too many tags: a stack can have at most 50.")
    capabilities = tuple(params.get("Capabilities") or ())
    check_capabilities(template, capabilities, reviewed=reviewed)
    return Intent(template, parameters, tags, capabilities)


def read_template(region: StackRegion, params: Wire, stack: Stack | None) -> Template:
    """The template of a request: its body, its URL in S3, or the stack's present one."""
    if params.get("TemplateBody") is not None:
        return parse_template(params["TemplateBody"])
    if params.get("TemplateURL"):
        return parse_template(_from_s3(region, params["TemplateURL"]), inline=False)
    if stack is not None and params.get("UsePreviousTemplate"):
        return stack.intent.template
    raise validation_error("Either Template URL or Template Body must be specified.")


def _from_s3(region: StackRegion, url: str) -> str:
    path = url.split("://", 1)[-1]
    host, _, key = path.partition("/")
    bucket = host.split(".s3", 1)[0] if ".s3" in host else key.partition("/")[0]
    key = key if ".s3" in host else key.partition("/")[2]
    try:
        found = region.moto.backend("s3", region.name).get_object(bucket, key.partition("?")[0])
    except Exception as problem:
        raise validation_error("S3 error: Access Denied") from problem
    if found is None:
        raise validation_error("S3 error: The specified key does not exist.")
    return str(found.value.decode())


def check_name(name: str) -> None:
    """ValidationError for a name that no stack can have."""
    if not _NAME.match(name):
        raise validation_error(
            f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )


def apply_options(stack: Stack, params: Wire) -> None:
    """Take over what isn't part of the intent."""
    stack.role_arn = params.get("RoleARN", stack.role_arn)
    stack.notification_arns = params.get("NotificationARNs", stack.notification_arns)
    stack.timeout_minutes = params.get("TimeoutInMinutes", stack.timeout_minutes)
    if params.get("EnableTerminationProtection") is not None:
        stack.termination_protection = bool(params["EnableTerminationProtection"])


def may_be_updated(stack: Stack, *, may_retry: bool) -> bool:
    """Whether its state allows an update; `may_retry` is one with its rollback switched off."""
    return stack.status in _UPDATABLE or (
        may_retry and stack.status in {"CREATE_FAILED", "UPDATE_FAILED"}
    )


def not_updatable(stack: Stack) -> AwsError:
    """The answer to an update in a state that doesn't allow it."""
    return validation_error(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")


def _existing(region: StackRegion, name: str) -> Stack:
    stack = region.find(name)
    if stack is None or stack.status == "DELETE_COMPLETE":
        raise validation_error(f"Stack [{name}] does not exist")
    return stack
