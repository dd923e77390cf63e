"""Change sets: propose a change of a stack, look at what it would do, execute it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecsportal.aws.errors import AwsError, aws_errors
from ecsportal.cloudformation.stacks import Outcome, StackRequest, outcome_of

_PAGES = 20
_GONE = ("ChangeSetNotFound", "ChangeSetNotFoundException")
_NOTHING = ("didn't contain changes", "No updates are to be performed")


@dataclass(frozen=True)
class Change:
    """What would happen to one resource. `action` is AWS's word (`Modify`), `replaces` as well."""

    action: str
    logical_id: str
    type: str
    replaces: str = ""


@dataclass(frozen=True)
class ChangeSet:
    """A change set as DescribeChangeSet shows it. `id` is its ARN."""

    id: str
    name: str
    stack_id: str
    stack_name: str
    status: str
    execution: str
    reason: str = ""
    description: str = ""
    changes: tuple[Change, ...] = ()

    @property
    def is_pending(self) -> bool:
        """True while AWS still works out what would change."""
        return self.status in ("CREATE_PENDING", "CREATE_IN_PROGRESS")

    @property
    def changes_nothing(self) -> bool:
        """True where it failed only because there is nothing to change."""
        return self.status == "FAILED" and any(each in self.reason for each in _NOTHING)


def create_change_set(
    cfn: Any, request: StackRequest, *, name: str, kind: str, token: str
) -> Outcome:
    """Begin to create a change set; `kind` is CREATE for a stack that isn't there, else UPDATE.

    Its description is the token, by which it is known again. EXISTS: there is another one of that
    name.
    """
    arguments = request.arguments(token)
    del arguments["ClientRequestToken"]
    arguments.pop("DisableRollback", None)  # belongs to the execution
    arguments |= {
        "ChangeSetName": name,
        "ChangeSetType": kind,
        "ClientToken": token,
        "Description": token,
    }
    try:
        with aws_errors:
            cfn.create_change_set(**arguments)
    except AwsError as error:
        if error.aws_code == "AlreadyExistsException":
            return Outcome.EXISTS
        outcome = outcome_of(error)
        if outcome is None:
            raise
        return outcome
    return Outcome.ACCEPTED


def describe_change_set(cfn: Any, name: str, *, stack: str = "") -> ChangeSet | None:
    """The change set by its ARN, or by name with its stack; None where there is none."""
    arguments: dict[str, Any] = {"ChangeSetName": name}
    if stack and not name.startswith("arn:"):
        arguments["StackName"] = stack
    found: Mapping[str, Any] | None = None
    changes: list[Change] = []
    for _ in range(_PAGES):
        try:
            with aws_errors:
                page = cfn.describe_change_set(**arguments)
        except AwsError as error:
            if error.aws_code in _GONE or error.says("does not exist"):
                return None
            raise
        found = found or page
        changes.extend(_change(raw["ResourceChange"]) for raw in page.get("Changes", [])
                       if "ResourceChange" in raw)  # fmt: skip
        if not page.get("NextToken"):
            break
        arguments["NextToken"] = page["NextToken"]
    return _change_set(found, changes) if found else None


def _change(raw: Mapping[str, Any]) -> Change:
    return Change(
        action=raw.get("Action", ""),
        logical_id=raw.get("LogicalResourceId", ""),
        type=raw.get("ResourceType", ""),
        replaces=raw.get("Replacement", ""),
    )


def _change_set(raw: Mapping[str, Any], changes: list[Change]) -> ChangeSet:
    return ChangeSet(
        id=raw["ChangeSetId"],
        name=raw["ChangeSetName"],
        stack_id=raw["StackId"],
        stack_name=raw["StackName"],
        status=raw["Status"],
        execution=raw.get("ExecutionStatus", ""),
        reason=raw.get("StatusReason", ""),
        description=raw.get("Description", ""),
        changes=tuple(changes),
    )


def execute_change_set(
    cfn: Any, change_set_id: str, *, token: str, disable_rollback: bool = False
) -> Outcome:
    """Begin to execute it. MISSING: it isn't there any more, or was executed already."""
    arguments: dict[str, Any] = {"ChangeSetName": change_set_id, "ClientRequestToken": token}
    if disable_rollback:
        arguments["DisableRollback"] = True
    try:
        with aws_errors:
            cfn.execute_change_set(**arguments)
    except AwsError as error:
        if error.aws_code in (*_GONE, "InvalidChangeSetStatus"):
            return Outcome.MISSING
        outcome = outcome_of(error)
        if outcome is None:
            raise
        return outcome
    return Outcome.ACCEPTED


def delete_change_set(cfn: Any, change_set_id: str, *, stack: str = "") -> Outcome:
    """Delete it; one that isn't there is fine. BUSY while AWS still works it out."""
    arguments = {"ChangeSetName": change_set_id}
    if stack and not change_set_id.startswith("arn:"):
        arguments["StackName"] = stack
    try:
        with aws_errors:
            cfn.delete_change_set(**arguments)
    except AwsError as error:
        if error.aws_code == "InvalidChangeSetStatus":
            return Outcome.BUSY
        if error.aws_code not in (*_GONE, "ValidationError"):
            raise
    return Outcome.ACCEPTED
