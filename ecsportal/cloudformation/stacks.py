"""Stacks: look at one, create, update, delete, cancel, continue.

Functions over an explicit boto3 client; what AWS says only by the text of an error is recognised
here and nowhere else. Failures are raised as `AwsError`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ecsportal.aws.errors import AwsError, aws_errors
from ecsportal.cloudformation.states import STATES

INLINE_BYTES = 51_200
"""The longest template that fits into a call (CloudFormation quotas)."""


_CHANGING = [state.status for state in STATES.values() if not state.ended and not state.live]


@dataclass(frozen=True)
class Stack:
    """A stack as DescribeStacks shows it. `id` is its ARN."""

    id: str
    name: str
    status: str
    reason: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    created_at: datetime | None = None
    updated_at: datetime | None = None
    is_protected: bool = False
    """True where it has termination protection: it can't be deleted."""


@dataclass(frozen=True)
class StackResource:
    """One resource of a stack. `physical_id` is empty until AWS has named it."""

    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str = ""
    since: datetime | None = None


@dataclass(frozen=True)
class StackRequest:
    """What a create or an update sends. Give `template_body` or `template_url`, never both."""

    name: str
    template_body: str = ""
    template_url: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ("CAPABILITY_NAMED_IAM",)
    role_arn: str = ""
    disable_rollback: bool = False

    def arguments(self, token: str) -> dict[str, Any]:
        """The call's arguments; what is empty is left out."""
        given: dict[str, Any] = {
            "StackName": self.name,
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in self.parameters.items()
            ],
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
            "Capabilities": list(self.capabilities),
            "ClientRequestToken": token,
        }
        if self.template_url:
            given["TemplateURL"] = self.template_url
        else:
            given["TemplateBody"] = self.template_body
        if self.role_arn:
            given["RoleARN"] = self.role_arn
        if self.disable_rollback:
            given["DisableRollback"] = True
        return given


class Outcome(StrEnum):
    """What became of a call that changes a stack; anything else is raised."""

    ACCEPTED = "accepted"
    NO_CHANGES = "no_changes"
    """The update would change nothing: a success."""
    BUSY = "busy"
    """Another operation runs, or the state changed meanwhile: look again."""
    MISSING = "missing"
    EXISTS = "exists"


def describe_stack(cfn: Any, name: str) -> Stack | None:
    """The stack by name or id, or None where there is none.

    By id a deleted stack is found for 90 days (DELETE_COMPLETE). A change set that was never
    executed shows as REVIEW_IN_PROGRESS.
    """
    try:
        with aws_errors:
            found = cfn.describe_stacks(StackName=name)["Stacks"]
    except AwsError as error:
        if _is_missing(error):
            return None
        raise
    return _stack(found[0]) if found else None


def changing_stacks(cfn: Any, *, most_pages: int) -> list[Stack] | None:
    """The stacks whose operation goes on, without parameters, outputs and tags.

    None where they are more than so many pages hold.
    """
    found: list[Stack] = []
    more: dict[str, str] = {}
    for _ in range(most_pages):
        with aws_errors:
            page = cfn.list_stacks(StackStatusFilter=_CHANGING, **more)
        found.extend(map(_of_summary, page["StackSummaries"]))
        if not page.get("NextToken"):
            return found
        more = {"NextToken": page["NextToken"]}
    return None


def _of_summary(raw: Mapping[str, Any]) -> Stack:
    return Stack(
        id=raw["StackId"],
        name=raw["StackName"],
        status=raw["StackStatus"],
        reason=raw.get("StackStatusReason", ""),
        created_at=raw.get("CreationTime"),
        updated_at=raw.get("LastUpdatedTime"),
    )


def _stack(raw: Mapping[str, Any]) -> Stack:
    return Stack(
        id=raw["StackId"],
        name=raw["StackName"],
        status=raw["StackStatus"],
        reason=raw.get("StackStatusReason", ""),
        parameters={
            p["ParameterKey"]: p.get("ParameterValue", "") for p in raw.get("Parameters", [])
        },
        outputs={o["OutputKey"]: o.get("OutputValue", "") for o in raw.get("Outputs", [])},
        tags={t["Key"]: t["Value"] for t in raw.get("Tags", [])},
        created_at=raw.get("CreationTime"),
        updated_at=raw.get("LastUpdatedTime"),
        is_protected=raw.get("EnableTerminationProtection", False),
    )


def list_resources(cfn: Any, name: str) -> list[StackResource]:
    """All resources of the stack in CloudFormation's order; none where there is no stack."""
    resources: list[StackResource] = []
    more: dict[str, str] = {}
    while True:
        try:
            with aws_errors:
                page = cfn.list_stack_resources(StackName=name, **more)
        except AwsError as error:
            if _is_missing(error):
                return resources
            raise
        resources.extend(
            StackResource(
                logical_id=raw["LogicalResourceId"],
                physical_id=raw.get("PhysicalResourceId", ""),
                type=raw["ResourceType"],
                status=raw["ResourceStatus"],
                reason=raw.get("ResourceStatusReason", ""),
                since=raw.get("LastUpdatedTimestamp"),
            )
            for raw in page["StackResourceSummaries"]
        )
        if not page.get("NextToken"):
            return resources
        more = {"NextToken": page["NextToken"]}


def read_template(cfn: Any, name: str) -> Any:
    """The stack's template as it was sent: a JSON object where it is JSON, else its text."""
    with aws_errors:
        body = cfn.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
    if not isinstance(body, str):
        return body  # botocore has parsed the JSON already
    try:
        return json.loads(body)
    except ValueError:
        return body


def create_stack(cfn: Any, request: StackRequest, *, token: str) -> Outcome:
    """Begin to create the stack. Twice with one token starts nothing twice."""
    try:
        with aws_errors:
            cfn.create_stack(**request.arguments(token))
    except AwsError as error:
        if error.aws_code == "AlreadyExistsException":
            return Outcome.EXISTS
        raise
    return Outcome.ACCEPTED


def update_stack(cfn: Any, request: StackRequest, *, token: str) -> Outcome:
    """Begin to update the stack; NO_CHANGES where that would change nothing."""
    with _refusals() as refused:
        with aws_errors:
            cfn.update_stack(**request.arguments(token))
        return Outcome.ACCEPTED
    return refused.outcome


def delete_stack(cfn: Any, name: str, *, token: str, retain: tuple[str, ...] = ()) -> Outcome:
    """Begin to delete the stack; deleting one that isn't there succeeds.

    `retain` names resources to leave behind; AWS allows that only from DELETE_FAILED.
    """
    arguments: dict[str, Any] = {"StackName": name, "ClientRequestToken": token}
    if retain:
        arguments["RetainResources"] = list(retain)
    with _refusals() as refused:
        with aws_errors:
            cfn.delete_stack(**arguments)
        return Outcome.ACCEPTED
    return refused.outcome


def cancel_update(cfn: Any, name: str, *, token: str) -> Outcome:
    """Stop a running update, so that the stack goes back; BUSY when it is no longer running."""
    with _refusals() as refused:
        with aws_errors:
            cfn.cancel_update_stack(StackName=name, ClientRequestToken=token)
        return Outcome.ACCEPTED
    return refused.outcome


def continue_rollback(cfn: Any, name: str, *, token: str, skip: tuple[str, ...] = ()) -> Outcome:
    """Go on with a rollback that broke off (UPDATE_ROLLBACK_FAILED).

    `skip` names resources that count as rolled back from here on; in a nested stack
    `NestedStackName.LogicalId`.
    """
    arguments: dict[str, Any] = {"StackName": name, "ClientRequestToken": token}
    if skip:
        arguments["ResourcesToSkip"] = list(skip)
    with _refusals() as refused:
        with aws_errors:
            cfn.continue_update_rollback(**arguments)
        return Outcome.ACCEPTED
    return refused.outcome


def roll_back(cfn: Any, name: str, *, token: str) -> Outcome:
    """Take a stack back that failed with its rollback switched off (UPDATE_FAILED)."""
    with _refusals() as refused:
        with aws_errors:
            cfn.rollback_stack(StackName=name, ClientRequestToken=token)
        return Outcome.ACCEPTED
    return refused.outcome


def discard_change_sets(cfn: Any, name: str) -> list[str]:
    """Delete the stack's change sets and return their names; those already gone don't matter."""
    names: list[str] = []
    with aws_errors:
        for page in cfn.get_paginator("list_change_sets").paginate(StackName=name):
            names.extend(raw["ChangeSetName"] for raw in page["Summaries"])
    for change_set in names:
        try:
            with aws_errors:
                cfn.delete_change_set(StackName=name, ChangeSetName=change_set)
        except AwsError as error:
            # One that AWS still works out can't be deleted by itself, only with its stack.
            gone = ("ChangeSetNotFound", "InvalidChangeSetStatus", "ValidationError")
            if error.aws_code not in gone:
                raise
    return names


@dataclass
class _Refused:
    outcome: Outcome = Outcome.BUSY


@contextmanager
def _refusals() -> Iterator[_Refused]:
    """Swallow the refusals that are results; the caller then returns `outcome`."""
    refused = _Refused()
    try:
        yield refused
    except AwsError as error:
        outcome = outcome_of(error)
        if outcome is None:
            raise
        refused.outcome = outcome


_BUSY = (
    "_IN_PROGRESS state",
    "can not be updated",
    "can not continue",
    "can not be rolled back",
    "cannot be deleted while in status",
    "cannot be called from current stack",
)


def outcome_of(error: AwsError) -> Outcome | None:
    """The result that AWS dresses as an error, or None where it is one (texts: real answers)."""
    if error.aws_code == "OperationInProgressException":
        return Outcome.BUSY
    if error.aws_code != "ValidationError":
        return None
    if error.says("No updates are to be performed"):
        return Outcome.NO_CHANGES
    if _is_missing(error):
        return Outcome.MISSING
    if error.says(*_BUSY):
        return Outcome.BUSY
    return None


def _is_missing(error: AwsError) -> bool:
    return error.aws_code in ("ValidationError", "StackNotFoundException") and error.says(
        "does not exist"
    )
