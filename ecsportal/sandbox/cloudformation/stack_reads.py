"""CloudFormation operations that only read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ecsportal.sandbox.cloudformation.parameters import describe_parameters
from ecsportal.sandbox.cloudformation.state import (
    Event,
    Stack,
    StackRegion,
    StackResource,
    Wire,
)
from ecsportal.sandbox.errors import validation_error
from ecsportal.sandbox.paging import page

BAD_TOKEN = validation_error("The nextToken is not known")
PAGE = 100


def describe_stacks(region: StackRegion, params: Wire) -> Wire:
    """DescribeStacks: one by name or id, or all that exist."""
    name = params.get("StackName")
    if name:
        stack = region.stack(name)
        if not _status(region, stack):
            raise validation_error(f"Stack with id {name} does not exist")
        return {"Stacks": [_as_read(region, stack)]}
    existing = [
        each
        for each in reversed(region.stacks)
        if _status(region, each) not in {"", "DELETE_COMPLETE"}
    ]
    shown, following = page(existing, PAGE, params.get("NextToken"), error=BAD_TOKEN)
    return {"Stacks": [_as_read(region, each) for each in shown], "NextToken": following}


def _as_read(region: StackRegion, stack: Stack) -> Wire:
    return {**describe_stack(stack), "StackStatus": _status(region, stack)}


def _status(region: StackRegion, stack: Stack) -> str:
    """The status that a read shows, which may lag behind; empty for what it doesn't show yet."""
    if not region.read_lag:
        return stack.status
    return stack.status_at(region.clock.now() - timedelta(seconds=region.read_lag))


def describe_stack(stack: Stack) -> Wire:
    """A `Stack`."""
    wire: dict[str, Any] = {
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": stack.intent.template.content.get("Description"),
        "Parameters": describe_parameters(stack.intent.template, stack.intent.parameters),
        "CreationTime": stack.created_at,
        "LastUpdatedTime": stack.updated_at,
        "DeletionTime": stack.deleted_at,
        "RollbackConfiguration": {},
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason or None,
        "DisableRollback": stack.on_failure == "DO_NOTHING",
        "NotificationARNs": stack.notification_arns,
        "TimeoutInMinutes": stack.timeout_minutes,
        "Capabilities": list(stack.intent.capabilities),
        "Outputs": stack.outputs,
        "RoleARN": stack.role_arn or None,
        "ParentId": stack.parent_id or None,
        "RootId": stack.root_id or None,
        "Tags": [{"Key": key, "Value": value} for key, value in stack.intent.tags.items()],
        "EnableTerminationProtection": stack.termination_protection,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }
    return {key: value for key, value in wire.items() if value is not None}


def list_stacks(region: StackRegion, params: Wire) -> Wire:
    """ListStacks, deleted ones included, newest first."""
    wanted = params.get("StackStatusFilter")
    stacks = [each for each in reversed(region.stacks) if not wanted or each.status in wanted]
    shown, following = page(stacks, PAGE, params.get("NextToken"), error=BAD_TOKEN)
    return {"StackSummaries": [_summary(each) for each in shown], "NextToken": following}


def _summary(stack: Stack) -> Wire:
    whole = describe_stack(stack)
    names = ("StackId", "StackName", "CreationTime", "LastUpdatedTime", "DeletionTime", "ParentId",
             "RootId", "StackStatus", "StackStatusReason", "DriftInformation")  # fmt: skip
    summary = {name: whole[name] for name in names if name in whole}
    if whole.get("Description"):
        summary["TemplateDescription"] = whole["Description"]
    return summary


def describe_stack_events(region: StackRegion, params: Wire) -> Wire:
    """DescribeStackEvents, newest first."""
    stack = region.find(params["StackName"])
    if stack is None:
        raise validation_error(f"Stack [{params['StackName']}] does not exist")
    events = list(reversed(stack.events))
    shown, following = page(events, PAGE, params.get("NextToken"), error=BAD_TOKEN)
    return {"StackEvents": [_event(stack, each) for each in shown], "NextToken": following}


def _event(stack: Stack, event: Event) -> Wire:
    wire = {
        "StackId": stack.id,
        "EventId": event.id,
        "StackName": stack.name,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceType": event.type,
        "Timestamp": event.at,
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason,
        "ResourceProperties": event.properties,
        "ClientRequestToken": event.token,
        "OperationId": event.operation_id,
    }
    return {key: value for key, value in wire.items() if value or key == "PhysicalResourceId"}


def describe_stack_resources(region: StackRegion, params: Wire) -> Wire:
    """DescribeStackResources of a stack, or of the stack that a physical id belongs to."""
    stack = _stack_of(region, params)
    wanted = params.get("LogicalResourceId")
    found = [each for each in stack.shown_resources if wanted in (None, each.logical_id)]
    return {"StackResources": [_resource(stack, each, "Timestamp") for each in found]}


def describe_stack_resource(region: StackRegion, params: Wire) -> Wire:
    """DescribeStackResource."""
    stack = region.stack(params["StackName"])
    shown = {each.logical_id: each for each in stack.shown_resources}
    resource = shown.get(params["LogicalResourceId"])
    if resource is None:
        raise validation_error(
            f"Resource {params['LogicalResourceId']} does not exist for stack {stack.name}"
        )
    detail = _resource(stack, resource, "LastUpdatedTimestamp")
    return {"StackResourceDetail": detail}


def list_stack_resources(region: StackRegion, params: Wire) -> Wire:
    """ListStackResources."""
    stack = region.stack(params["StackName"])
    shown, following = page(stack.shown_resources, PAGE, params.get("NextToken"), error=BAD_TOKEN)
    summaries = []
    for each in shown:
        summary = _resource(stack, each, "LastUpdatedTimestamp")
        del summary["StackName"], summary["StackId"]
        summaries.append(summary)
    return {"StackResourceSummaries": summaries, "NextToken": following}


def _stack_of(region: StackRegion, params: Wire) -> Stack:
    if params.get("StackName"):
        return region.stack(params["StackName"])
    physical_id = params.get("PhysicalResourceId")
    for stack in reversed(region.stacks):
        if any(each.physical_id == physical_id for each in stack.resources.values()):
            return stack
    raise validation_error(f"Stack for {physical_id} does not exist")


def _resource(stack: Stack, resource: StackResource, time_name: str) -> Wire:
    wire = {
        "StackName": stack.name,
        "StackId": stack.id,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type,
        time_name: resource.updated_at or stack.created_at,
        "ResourceStatus": resource.status or "CREATE_IN_PROGRESS",
        "ResourceStatusReason": resource.reason,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }
    return {key: value for key, value in wire.items() if value}


def list_exports(region: StackRegion, params: Wire) -> Wire:
    """ListExports."""
    exports = [
        {"ExportingStackId": stack.id, "Name": each["ExportName"], "Value": each["OutputValue"]}
        for stack in region.stacks
        if stack.status != "DELETE_COMPLETE"
        for each in stack.outputs
        if "ExportName" in each
    ]
    shown, following = page(exports, PAGE, params.get("NextToken"), error=BAD_TOKEN)
    return {"Exports": shown, "NextToken": following}
