"""Work on one resource within an operation: making, changing, deleting, with the events of each."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from ecsportal.sandbox.cloudformation.desired import desired_resource, difference
from ecsportal.sandbox.cloudformation.intrinsics import Scope
from ecsportal.sandbox.cloudformation.resource_type import Job, ResourceFailure, ResourceType
from ecsportal.sandbox.cloudformation.resource_types import type_named
from ecsportal.sandbox.cloudformation.state import Stack, StackRegion, StackResource
from ecsportal.sandbox.errors import AwsError
from ecsportal.sandbox.faults import Call

CANCELLED = {"CREATE": "Resource creation cancelled", "UPDATE": "Resource update cancelled",
             "DELETE": "Resource deletion cancelled"}  # fmt: skip
_NEW_ONE = "Requested update required the creation of a new physical resource; hence creating one."


class Work(Protocol):
    """One resource's part of an operation; the wave calls in this order."""

    logical_id: str
    waits_for: frozenset[str]
    seconds: float

    def begin(self) -> bool:
        """Begin; False if there is nothing to do. ResourceFailure if it cannot."""

    def is_done(self) -> bool:
        """True once it has ended well; ResourceFailure if badly."""

    def finish(self) -> None:
        """Note the good end."""

    def fail(self, reason: str) -> None:
        """Note the bad end."""

    def cancel(self) -> None:
        """Note that it was given up because of something else."""


def strike(region: StackRegion, stack: Stack, resource: StackResource, verb: str) -> None:
    """Fail as a fault on the service "resource" has it."""
    fields = {"LogicalResourceId": resource.logical_id, "StackName": stack.name}
    action = f"{resource.type}.{verb}"
    fault = region.faults.take(Call("resource", action, fields, region.name, region.clock.now()))
    if fault is not None and fault.error is not None:
        raise ResourceFailure(fault.message, fault.code)


class Making:
    """Makes a resource, or changes it to what the stack's intent says."""

    def __init__(self, region: StackRegion, stack: Stack, scope: Scope, logical_id: str) -> None:
        self.logical_id = logical_id
        self.waits_for = scope.template.waits_for(logical_id)
        self.seconds = 0.0
        self._region, self._stack, self._scope = region, stack, scope
        self._verb = "CREATE" if logical_id not in stack.resources else "UPDATE"
        self._resource: StackResource | None = None
        self._began_at: datetime | None = None

    def begin(self) -> bool:
        """Create, update, replace, retag, or do nothing."""
        present = self._stack.resources.get(self.logical_id)
        wanted = self._resource = self._wanted()
        kind = type_named(wanted.type)
        self.seconds = kind.seconds
        self._began_at = self._region.clock.now()
        if present is None or not present.physical_id:
            self._verb = "CREATE"
            self._create(kind, wanted)
            return True
        diff = difference(present, wanted)
        wanted.physical_id, wanted.attributes = present.physical_id, present.attributes
        wanted.made = present.made
        wanted.status, wanted.updated_at = present.status, present.updated_at
        self._stack.resources[self.logical_id] = wanted
        if not diff:
            return False
        if diff.is_replacement(kind, present, wanted):
            self._replace(kind, present, wanted)
            return True
        self._note("UPDATE_IN_PROGRESS")
        try:
            strike(self._region, self._stack, wanted, "update")
            if diff.properties:
                kind.update(self._job(), present)
            else:
                kind.retag(self._job(), present)
        except ResourceFailure:
            self._stack.resources[self.logical_id] = replace(present, status="UPDATE_FAILED")
            raise
        return True

    def _wanted(self) -> StackResource:
        try:
            return desired_resource(self._scope, self._stack, self.logical_id)
        except AwsError as error:
            written = self._scope.template.resources[self.logical_id]
            self._resource = StackResource(self.logical_id, written["Type"], {}, {})
            failure = ResourceFailure(error.message, "InvalidRequest")
            failure.reason = error.message
            raise failure from None

    def _create(self, kind: ResourceType, wanted: StackResource) -> None:
        self._stack.resources[self.logical_id] = wanted
        self._note("CREATE_IN_PROGRESS")
        strike(self._region, self._stack, wanted, "create")
        wanted.physical_id = kind.create(self._job())
        wanted.attributes = kind.attributes(self._job())
        self._note("CREATE_IN_PROGRESS", "Resource creation Initiated")

    def _replace(self, kind: ResourceType, present: StackResource, wanted: StackResource) -> None:
        self._note("UPDATE_IN_PROGRESS", _NEW_ONE)
        wanted.physical_id, wanted.attributes = "", {}
        try:
            strike(self._region, self._stack, wanted, "update")
            wanted.physical_id = kind.create(self._job())
        except ResourceFailure:
            self._stack.resources[self.logical_id] = replace(present, status="UPDATE_FAILED")
            raise
        wanted.attributes = kind.attributes(self._job())
        self._stack.replaced.append(copy.copy(present))
        self._note("UPDATE_IN_PROGRESS", "Resource creation Initiated")

    def is_done(self) -> bool:
        """As the resource's type has it; nothing settles for longer than three hours."""
        resource = self._stack.resources[self.logical_id]
        done = type_named(resource.type).is_settled(self._job())
        if not done and self._began_at is not None:
            waited = (self._region.clock.now() - self._began_at).total_seconds()
            if waited > 3 * 3600:
                raise ResourceFailure("Exceeded attempts to wait", "NotStabilized")
        return done

    def finish(self) -> None:
        """CREATE_COMPLETE or UPDATE_COMPLETE; some attributes are there only now."""
        job = self._job()
        job.resource.attributes = type_named(job.resource.type).attributes(job)
        self._note(f"{self._verb}_COMPLETE")

    def fail(self, reason: str) -> None:
        """CREATE_FAILED or UPDATE_FAILED."""
        self._note(f"{self._verb}_FAILED", reason)

    def cancel(self) -> None:
        """The same, because something else failed."""
        self._note(f"{self._verb}_FAILED", CANCELLED[self._verb])

    def _note(self, status: str, reason: str = "") -> None:
        resource = self._stack.resources.get(self.logical_id) or self._resource
        if resource is not None:
            self._region.record_resource(self._stack, resource, status, reason)

    def _job(self) -> Job:
        return Job(self._region, self._stack, self._stack.resources[self.logical_id])
