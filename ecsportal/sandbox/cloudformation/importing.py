"""Taking up resources that exist already: the course of an IMPORT change set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsportal.sandbox.cloudformation.course import Course
from ecsportal.sandbox.cloudformation.desired import desired_resource, scope_of
from ecsportal.sandbox.cloudformation.intrinsics import Scope
from ecsportal.sandbox.cloudformation.resource_type import Job
from ecsportal.sandbox.cloudformation.resource_types import type_named
from ecsportal.sandbox.cloudformation.resource_work import strike
from ecsportal.sandbox.cloudformation.state import Intent, Stack, StackRegion, Wire
from ecsportal.sandbox.cloudformation.template import Template
from ecsportal.sandbox.errors import validation_error


def check_import(template: Template, stack: Stack | None, listed: list[Wire]) -> None:
    """ValidationError for a list of resources that cannot be imported with this template."""
    names = [str(each["LogicalResourceId"]) for each in listed]
    unknown = [name for name in names if name not in template.resources]
    if unknown:
        raise validation_error(
            f"Resources [{', '.join(unknown)}] in ResourcesToImport are not in the template"
        )
    present = set() if stack is None else set(stack.resources)
    added = sorted(set(template.resources) - present - set(names))
    if added:
        raise validation_error(
            f"Resources [{', '.join(added)}] is missing from ResourceToImport list"
        )
    loose = [name for name in names if "DeletionPolicy" not in template.resources[name]]
    if loose:
        raise validation_error(
            f"Resources [{', '.join(loose)}] must have DeletionPolicy attribute specified in the "
            "template"
        )


class Importing(Course):
    """ExecuteChangeSet of an import, and its rollback, which lets the resources go again."""

    def begin(self, intent: Intent, listed: list[Wire]) -> None:
        """Take up the listed resources; nothing is made or changed."""
        self.stack.before, self.stack.intent = self.stack.intent, intent
        self._listed = listed
        self.open("IMPORT_IN_PROGRESS")
        self.then(self._take_up)

    def _take_up(self) -> None:
        scope = scope_of(self.region, self.stack, self.stack.intent)
        works = [_TakingUp(self.region, self.stack, scope, each) for each in self._listed]
        self.run(works, self._imported, self._failed)

    def _imported(self) -> None:
        if self.set_outputs(self._failed):
            self.region.record(self.stack, "IMPORT_COMPLETE")

    def _failed(self, failed: list[str], reason: str = "") -> None:
        if failed:
            names = ", ".join(sorted(failed))
            reason = f"The following resource(s) failed to import: [{names}]. "
        self.region.record(self.stack, "IMPORT_ROLLBACK_IN_PROGRESS", reason)
        self.then(self._let_go)

    def _let_go(self) -> None:
        for each in self._listed:
            self.stack.resources.pop(str(each["LogicalResourceId"]), None)
        if self.stack.before is not None:
            self.stack.intent, self.stack.before = self.stack.before, None
        self.region.record(self.stack, "IMPORT_ROLLBACK_COMPLETE")


class _TakingUp:
    """One resource that is imported."""

    seconds = 2.0

    def __init__(
        self, region: StackRegion, stack: Stack, scope: Scope, listed: Mapping[str, Any]
    ) -> None:
        self.logical_id = str(listed["LogicalResourceId"])
        self.waits_for = scope.template.waits_for(self.logical_id)
        self._region, self._stack = region, stack
        self._resource = desired_resource(scope, stack, self.logical_id)
        self._resource.physical_id = str(next(iter(listed["ResourceIdentifier"].values()), ""))

    def begin(self) -> bool:
        """Note it under the name that the import gave."""
        self._stack.resources[self.logical_id] = self._resource
        self._note("IMPORT_IN_PROGRESS", "Resource import started.")
        strike(self._region, self._stack, self._resource, "import")
        job = Job(self._region, self._stack, self._resource)
        self._resource.attributes = type_named(self._resource.type).attributes(job)
        return True

    def is_done(self) -> bool:
        """At once."""
        return True

    def finish(self) -> None:
        """IMPORT_COMPLETE."""
        self._note("IMPORT_COMPLETE", "Resource import completed.")

    def fail(self, reason: str) -> None:
        """IMPORT_FAILED."""
        self._note("IMPORT_FAILED", reason)

    def cancel(self) -> None:
        """IMPORT_FAILED, because something else failed."""
        self._note("IMPORT_FAILED", "Resource import cancelled")

    def _note(self, status: str, reason: str) -> None:
        self._region.record_resource(self._stack, self._resource, status, reason)
