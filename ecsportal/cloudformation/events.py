"""What happened to a stack: its events, oldest first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ecsportal.aws.errors import AwsError, aws_errors
from ecsportal.cloudformation.stacks import Stack
from ecsportal.cloudformation.states import state_of

STACK = "AWS::CloudFormation::Stack"
_PAGES = 20
"""Pages read at most for one look (100 events each); more than a stack of 500 resources makes."""


@dataclass(frozen=True)
class StackEvent:
    """One event. `token` is empty where none was given (an emulator, another tool).

    `path` leads to the nested stack that it happened in (`Network / Inner`), seen from the stack
    that is followed; empty for that stack's own events.
    """

    id: str
    at: datetime
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str = ""
    token: str = ""
    stack_id: str = ""
    path: str = ""

    @property
    def failed(self) -> bool:
        return self.status.endswith("_FAILED")

    @property
    def in_progress(self) -> bool:
        return self.status.endswith("_IN_PROGRESS")

    @property
    def name(self) -> str:
        """The resource as a reader finds it: `Vpc`, in a nested stack `Network / Vpc`."""
        return f"{self.path} / {self.logical_id}" if self.path else self.logical_id

    @property
    def is_own(self) -> bool:
        """True for what a stack says of itself; a nested one is a resource of the same type."""
        return self.type == STACK and self.physical_id == self.stack_id


def new_events(
    cfn: Any,
    stack: str,
    *,
    known: Collection[str],
    token_prefix: str = "",
    since: datetime | None = None,
) -> list[StackEvent]:
    """The stack's events that are not `known` yet (by id), oldest first.

    Reads back until it meets a known event, or one from before `since`. Those that carry a token
    which doesn't begin with `token_prefix` belong to another operation and are left out; those
    without any count as ours. A stack that doesn't exist has no events.
    """
    found: list[StackEvent] = []
    more: dict[str, str] = {}
    for _ in range(_PAGES):
        try:
            with aws_errors:
                page = cfn.describe_stack_events(StackName=stack, **more)
        except AwsError as error:
            if error.aws_code == "ValidationError" and error.says("does not exist"):
                break
            raise
        for raw in page["StackEvents"]:
            event = _event(raw)
            if event.id in known or (since is not None and event.at < since):
                return found[::-1]
            if not event.token or event.token.startswith(token_prefix):
                found.append(event)
        if not page.get("NextToken"):
            break
        more = {"NextToken": page["NextToken"]}
    return found[::-1]


def of_operation(events: Sequence[StackEvent], token_prefix: str) -> list[StackEvent]:
    """Of all that a stack told, the oldest first: one operation from its first event to its end.

    Who else cancelled it or deleted the stack meanwhile brought that end about, under a token of
    theirs; what somebody did after the end is none of it. Empty where no event has the token.
    """
    begun = (n for n, each in enumerate(events) if each.token.startswith(token_prefix))
    first = next(begun, None)
    if first is None:
        return []
    found: list[StackEvent] = []
    for event in events[first:]:
        found.append(event)
        if event.is_own and state_of(event.status).ended:
            break
    return found


@dataclass(frozen=True)
class Begun:
    """An operation under way: since when, and the token of whoever began it, or empty."""

    at: datetime
    token: str


def operation_under_way(cfn: Any, stack: str) -> Begun | None:
    """What the newest of the stack's own events tell about the operation that goes on.

    Its begin is where its token first shows; None where there are no events.
    """
    with aws_errors:
        page = cfn.describe_stack_events(StackName=stack)
    own = [event for event in map(_event, page["StackEvents"]) if event.type == STACK]
    own = [event for event in own if event.physical_id == own[0].physical_id]
    begun: Begun | None = None
    for event in own:
        if begun is not None and (
            event.token != begun.token or not event.status.endswith("_IN_PROGRESS")
        ):
            break
        begun = Begun(event.at, event.token)
    return begun


def stack_of_events(cfn: Any, name: str) -> Stack | None:
    """The stack as its own newest event tells it: for those who may not look at it."""
    try:
        with aws_errors:
            page = cfn.describe_stack_events(StackName=name)
    except AwsError as error:
        if error.aws_code == "ValidationError" and error.says("does not exist"):
            return None
        raise
    for raw in page["StackEvents"]:
        if raw.get("PhysicalResourceId") == raw["StackId"]:
            return Stack(
                raw["StackId"],
                raw["StackName"],
                raw["ResourceStatus"],
                raw.get("ResourceStatusReason", ""),
            )
    return None


def newest_event_id(cfn: Any, stack: str) -> str:
    """The id of the newest event: everything after this mark belongs to a later operation."""
    with aws_errors:
        page = cfn.describe_stack_events(StackName=stack)
    return str(page["StackEvents"][0]["EventId"]) if page["StackEvents"] else ""


def _event(raw: dict[str, Any]) -> StackEvent:
    return StackEvent(
        id=raw["EventId"],
        at=raw["Timestamp"],
        logical_id=raw.get("LogicalResourceId", ""),
        physical_id=raw.get("PhysicalResourceId", ""),
        type=raw.get("ResourceType", ""),
        status=raw.get("ResourceStatus", ""),
        reason=raw.get("ResourceStatusReason", ""),
        token=raw.get("ClientRequestToken", ""),
        stack_id=raw.get("StackId", ""),
    )


def is_consequence(event: StackEvent) -> bool:
    """True for a failure that only follows another one, or a cancel."""
    return follows_another(event.reason)


def follows_another(reason: str) -> bool:
    """True for the reason of a resource that was stopped because another one failed."""
    return reason.startswith(("Resource creation cancelled", "Resource update cancelled"))
