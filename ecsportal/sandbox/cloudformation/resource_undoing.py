"""Deleting a resource, and bringing one back to what it was, with the events of each."""

from __future__ import annotations

import copy

from ecsportal.sandbox.cloudformation.desired import difference
from ecsportal.sandbox.cloudformation.resource_type import Job
from ecsportal.sandbox.cloudformation.resource_types import type_named
from ecsportal.sandbox.cloudformation.resource_work import CANCELLED, strike
from ecsportal.sandbox.cloudformation.state import Stack, StackRegion, StackResource


class Deletion:
    """Deletes a resource, unless the template says to retain it.

    With `remembered` the stack goes on listing it as deleted.
    """

    def __init__(
        self,
        region: StackRegion,
        stack: Stack,
        resource: StackResource,
        waits_for: frozenset[str] = frozenset(),
        *,
        remembered: bool = False,
    ) -> None:
        self.logical_id = resource.logical_id
        self.waits_for = waits_for
        self.seconds = 1.0
        self._remembered = remembered
        self._region, self._stack, self._resource = region, stack, resource
        self._kind = type_named(resource.type)

    def begin(self) -> bool:
        """Begin to delete; a resource that never came to be leaves no event."""
        if not self._resource.physical_id:
            self._drop()
            return False
        if self._resource.retained:
            self._note("DELETE_SKIPPED")
            self._drop()
            return False
        self._note("DELETE_IN_PROGRESS")
        strike(self._region, self._stack, self._resource, "delete")
        self._kind.delete(self._job())
        return True

    def is_done(self) -> bool:
        """As the resource's type has it."""
        return self._kind.is_gone(self._job())

    def finish(self) -> None:
        """DELETE_COMPLETE."""
        self._note("DELETE_COMPLETE")
        self._drop()

    def fail(self, reason: str) -> None:
        """DELETE_FAILED."""
        self._note("DELETE_FAILED", reason)

    def cancel(self) -> None:
        """DELETE_FAILED, because something else failed."""
        self._note("DELETE_FAILED", CANCELLED["DELETE"])

    def _drop(self) -> None:
        if self._stack.resources.get(self.logical_id) is self._resource:
            del self._stack.resources[self.logical_id]
            if self._remembered and self._resource.status:
                self._stack.gone[self.logical_id] = self._resource

    def _note(self, status: str, reason: str = "") -> None:
        self._region.record_resource(self._stack, self._resource, status, reason)

    def _job(self) -> Job:
        return Job(self._region, self._stack, self._resource)


class Restoring:
    """Brings a resource back to what it was before the update."""

    def __init__(self, region: StackRegion, stack: Stack, before: StackResource) -> None:
        self.logical_id = before.logical_id
        self.waits_for = before.waits_for
        self._region, self._stack = region, stack
        self._wanted = copy.copy(before)
        self._kind = type_named(before.type)
        self.seconds = self._kind.seconds

    def begin(self) -> bool:
        """Take up the old physical resource, or change the present one back."""
        present = self._stack.resources.get(self.logical_id)
        if present is None:
            present = self._wanted
        diff = difference(present, self._wanted)
        was_replaced = present.physical_id != self._wanted.physical_id
        self._stack.resources[self.logical_id] = self._wanted
        if not (diff or was_replaced or present.status == "UPDATE_FAILED"):
            return False
        self._note("UPDATE_IN_PROGRESS")
        strike(self._region, self._stack, self._wanted, "rollback")
        if was_replaced:
            self._stack.replaced.append(present)
        elif diff.properties or present.status == "UPDATE_FAILED":
            # An earlier rollback may have noted the old properties and failed before it set them.
            self._kind.update(self._job(), present)
        elif diff.tags:
            self._kind.retag(self._job(), present)
        return True

    def is_done(self) -> bool:
        """As the resource's type has it."""
        return self._kind.is_settled(self._job())

    def finish(self) -> None:
        """UPDATE_COMPLETE."""
        self._note("UPDATE_COMPLETE")

    def fail(self, reason: str) -> None:
        """UPDATE_FAILED."""
        self._note("UPDATE_FAILED", reason)

    def cancel(self) -> None:
        """UPDATE_FAILED, because something else failed."""
        self._note("UPDATE_FAILED", CANCELLED["UPDATE"])

    def _note(self, status: str, reason: str = "") -> None:
        self._region.record_resource(self._stack, self._wanted, status, reason)

    def _job(self) -> Job:
        return Job(self._region, self._stack, self._wanted)
