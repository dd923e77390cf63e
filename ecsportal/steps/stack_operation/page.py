"""What the deployment's page shows of a stack: its state, its resources, links to the console."""

from __future__ import annotations

from collections.abc import Iterable

from ecsportal.cloudformation.events import StackEvent
from ecsportal.cloudformation.stacks import Stack, StackResource
from ecsportal.steps.console import stack_url
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.wording import iso

_EVENTS = 100
_KEEPING = ("update", "execute", "cancel", "continue")
_EMPTY = ("DELETE_COMPLETE", "ROLLBACK_COMPLETE")
"""States of a stack that holds nothing any more: a service of it is gone with its tasks."""


def clear(attempt: StackAttempt) -> None:
    """Begin an attempt with an empty page."""
    resources = attempt.run.resources
    resources.clear()
    resources.update(services=[], stack=None, events=[], failed_tasks=[])
    touch(attempt)


def touch(attempt: StackAttempt) -> None:
    """Note when AWS was read."""
    attempt.run.resources["read_at"] = iso(attempt.run.now)


def show_stack(attempt: StackAttempt, stack: Stack | None, *, note: str = "") -> None:
    """The stack's name and status; its resources stay as they were told.

    The status is empty where there is no stack and this attempt has never seen one.
    """
    before = attempt.run.resources.get("stack") or {}
    stack_id = stack.id if stack else attempt.memory.stack_id
    status = stack.status if stack else "DELETE_COMPLETE" if stack_id else ""
    attempt.run.resources["stack"] = {
        "name": attempt.stack_name,
        "id": stack_id,
        "status": status,
        "console_url": stack_url(attempt.run.target.region, stack_id),
        "note": note or before.get("note", ""),
        "resources": before.get("resources", []),
    }
    if status in _EMPTY:
        _show_services_gone(attempt)
    touch(attempt)


def show_waiting(attempt: StackAttempt, operation: str) -> None:
    """Somebody else's operation that the attempt waits for; the next look takes it off again."""
    stack = attempt.run.resources.get("stack")
    if stack:
        stack["waits_for"] = operation


def _show_services_gone(attempt: StackAttempt) -> None:
    """What was last read of their tasks isn't so any more; how many failed stays worth knowing."""
    for service in attempt.run.resources.get("services") or ():
        service["gone"] = True
        for revision in service["revisions"]:
            revision.update(desired=0, running=0, pending=0)


def show_resources(attempt: StackAttempt, found: Iterable[StackResource]) -> None:
    """The stack's resources as CloudFormation lists them; when each began is known from events."""
    stack = attempt.run.resources.get("stack")
    if stack:
        began = {row["logical_id"]: row.get("began") for row in stack["resources"]}
        stack["resources"] = [
            {
                "logical_id": resource.logical_id,
                "type": resource.type,
                "status": resource.status,
                "since": iso(resource.since),
                "began": began.get(resource.logical_id),
                "reason": resource.reason,
            }
            for resource in found
        ]


def show_stack_event(attempt: StackAttempt, event: StackEvent) -> None:
    """A resource's new status, as its event tells it; the event itself is kept as evidence."""
    _keep_event(attempt, event)
    stack = attempt.run.resources.get("stack")
    if not stack or event.path or event.is_own:
        return
    if event.status.startswith("DELETE_") and attempt.memory.operation in _KEEPING:
        return  # the old one of a pair is cleaned up, the new one stays
    rows: list[JsonDict] = stack["resources"]
    row = next((row for row in rows if row["logical_id"] == event.logical_id), None)
    if row is None:
        row = {"logical_id": event.logical_id, "type": event.type}
        rows.append(row)
    began = row.get("began") if event.status.endswith("_IN_PROGRESS") else None
    row.update(
        status=event.status,
        since=iso(event.at),
        began=began
        or (iso(event.at) if event.status.endswith("_IN_PROGRESS") else row.get("began")),
        reason=event.reason,
    )


def busy_resources(attempt: StackAttempt) -> int:
    """How many of the stack's resources are in progress, as far as its events have told."""
    stack = attempt.run.resources.get("stack") or {}
    return sum(row["status"].endswith("_IN_PROGRESS") for row in stack.get("resources", ()))


def _keep_event(attempt: StackAttempt, event: StackEvent) -> None:
    """The newest events of this operation, newest first."""
    kept: list[JsonDict] = attempt.run.resources.setdefault("stack_events", [])
    kept.insert(
        0,
        {
            "at": iso(event.at),
            "logical_id": event.name,
            "type": event.type,
            "status": event.status,
            "reason": event.reason[:1000],
        },
    )
    del kept[_EVENTS:]
