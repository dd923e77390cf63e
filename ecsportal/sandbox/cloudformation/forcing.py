"""Putting a stack into a state that a test or a demo asks for."""

from __future__ import annotations

import copy
import uuid

from ecsportal.sandbox.cloudformation.state import Stack, StackRegion
from ecsportal.sandbox.models import service_model


def force_status(region: StackRegion, stack: Stack, status: str, reason: str = "") -> None:
    """Set the stack's status with an event; what was planned for it is void.

    The resources stay as they are, so that a rollback continued from here restores just these.
    ValueError for a status that CloudFormation doesn't have.
    """
    shape = service_model("cloudformation").shape_for("StackStatus")
    known: list[str] = shape.metadata["enum"]
    if status not in known:
        raise ValueError(f"status {status!r} is not one of {', '.join(known)}")
    if stack.wave is not None:
        stack.wave.abandon()
    stack.turn += 1
    stack.token, stack.operation_id = "", str(uuid.uuid4())
    stack.before = None
    stack.resources_before = {name: copy.copy(each) for name, each in stack.resources.items()}
    stack.replaced = []
    region.record(stack, status, reason)
    if status == "DELETE_COMPLETE":
        stack.deleted_at = region.clock.now()
