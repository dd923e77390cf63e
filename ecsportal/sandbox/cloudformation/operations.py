"""The course of each stack operation: create, update and its rollback, delete."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from ecsportal.sandbox.cloudformation.course import BY_USER, Course
from ecsportal.sandbox.cloudformation.desired import scope_of, wanted_ids
from ecsportal.sandbox.cloudformation.resource_undoing import Deletion, Restoring
from ecsportal.sandbox.cloudformation.resource_work import Making, Work
from ecsportal.sandbox.cloudformation.state import Intent, StackResource


class Creation(Course):
    """CreateStack, and the rollback of one that fails."""

    def begin(self) -> None:
        """Make everything; on failure as `on_failure` says."""
        self.open("CREATE_IN_PROGRESS")
        self.then(self._create_resources)
        if self.stack.timeout_minutes:
            turn = self.stack.turn

            def give_up() -> None:
                if self.stack.status == "CREATE_IN_PROGRESS" and self.stack.turn == turn:
                    self.stop_wave()
                    self._creation_failed([], "Stack creation time exceeded the specified timeout.")

            self.region.clock.after(self.stack.timeout_minutes * 60, give_up)

    def roll_back(self) -> None:
        """RollbackStack after a create that failed with rollback off: delete all."""
        self.region.record(self.stack, "ROLLBACK_IN_PROGRESS", BY_USER)
        self.then(lambda: self.delete_all("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"))

    def _create_resources(self) -> None:
        scope = scope_of(self.region, self.stack, self.stack.intent)
        works = [Making(self.region, self.stack, scope, name) for name in wanted_ids(scope)]
        self.run(works, self._created, self._creation_failed)

    def _created(self) -> None:
        if self.set_outputs(self._creation_failed):
            self.region.record(self.stack, "CREATE_COMPLETE")

    def _creation_failed(self, failed: list[str], reason: str = "") -> None:
        stack = self.stack
        if failed:
            names = ", ".join(sorted(failed))
            reason = f"The following resource(s) failed to create: [{names}]. "
        if stack.on_failure == "DO_NOTHING":
            self.region.record(stack, "CREATE_FAILED", reason)
        elif stack.on_failure == "DELETE":
            self.region.record(stack, "DELETE_IN_PROGRESS", f"{reason}Delete requested by user.")
            self.then(lambda: self.delete_all("DELETE_COMPLETE", "DELETE_FAILED"))
        else:
            asked = f"{reason}Rollback requested by user."
            self.region.record(stack, "ROLLBACK_IN_PROGRESS", asked)
            self.then(lambda: self.delete_all("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"))


class Update(Course):
    """UpdateStack, and the ways back."""

    def begin(self, intent: Intent) -> None:
        """Change what differs; on failure go back, unless that is disabled."""
        stack = self.stack
        stack.before, stack.intent = stack.intent, intent
        stack.resources_before = {
            name: copy.copy(each) for name, each in stack.resources.items() if each.physical_id
        }
        stack.replaced = []
        for change_set in stack.change_sets.values():
            if change_set.execution == "AVAILABLE":
                change_set.execution = "OBSOLETE"
        self.open("UPDATE_IN_PROGRESS")
        stack.updated_at = self.region.clock.now()
        self.then(self._update_resources)

    def cancel(self) -> None:
        """Give up an update and go back."""
        self.stop_wave()
        self._begin_rollback(BY_USER)

    def continue_rollback(self) -> None:
        """Go on with a rollback that failed."""
        self._begin_rollback(BY_USER)

    def skip(self, name: str) -> None:
        """Take a resource for restored, as it is now."""
        before = self.stack.resources_before.get(name)
        if before is not None:
            restored = copy.copy(before)
            self.stack.resources[name] = restored
            self.region.record_resource(self.stack, restored, "UPDATE_COMPLETE")

    def roll_back(self) -> None:
        """RollbackStack after an update that failed with rollback off."""
        self._begin_rollback(BY_USER)

    def _update_resources(self) -> None:
        scope = scope_of(self.region, self.stack, self.stack.intent)
        works = [Making(self.region, self.stack, scope, name) for name in wanted_ids(scope)]
        self.run(works, self._updated, self._update_failed)

    def _updated(self) -> None:
        if not self.set_outputs(self._update_failed):
            return
        stack = self.stack
        wanted = wanted_ids(scope_of(self.region, stack, stack.intent))
        removed = [each for name, each in stack.resources.items() if name not in wanted]
        self.region.record(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        self.then(lambda: self._clean_up([*removed, *stack.replaced], "UPDATE_COMPLETE"))

    def _update_failed(self, failed: list[str], reason: str = "") -> None:
        if failed:
            names = ", ".join(sorted(failed))
            reason = f"The following resource(s) failed to update: [{names}]. "
        if self.stack.disable_rollback:
            self.region.record(self.stack, "UPDATE_FAILED", reason)
        else:
            self._begin_rollback(reason)

    def _begin_rollback(self, reason: str) -> None:
        self.region.record(self.stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
        self.then(self._restore)

    def _restore(self) -> None:
        before = self.stack.resources_before.values()
        works = [Restoring(self.region, self.stack, each) for each in before]
        self.run(works, self._restored, self._restore_failed)

    def _restored(self) -> None:
        stack = self.stack
        if stack.before is not None:
            stack.intent, stack.before = stack.before, None
        added = [
            each for name, each in stack.resources.items() if name not in stack.resources_before
        ]
        kept = {each.physical_id for each in stack.resources_before.values()}
        fresh = [each for each in stack.replaced if each.physical_id not in kept]
        self.region.record(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        self.then(lambda: self._clean_up([*added, *fresh], "UPDATE_ROLLBACK_COMPLETE"))

    def _restore_failed(self, failed: list[str]) -> None:
        names = ", ".join(sorted(failed))
        reason = f"The following resource(s) failed to update: [{names}]. "
        self.region.record(self.stack, "UPDATE_ROLLBACK_FAILED", reason)

    def _clean_up(self, leftovers: list[StackResource], status: str) -> None:
        """Delete what is not needed any more; AWS too reports success if that fails."""
        works: list[Work] = [Deletion(self.region, self.stack, each) for each in leftovers]
        self.stack.replaced = []

        def done(_: list[str] | None = None) -> None:
            self.region.record(self.stack, status)

        self.run(works, done, done, goes_on=True)


class Removal(Course):
    """DeleteStack."""

    def begin(self, retain: Sequence[str] = ()) -> None:
        """Delete everything but `retain`."""
        self.stop_wave()
        for name in retain:
            if name in self.stack.resources:
                self.stack.resources[name].retained = True
        self.open("DELETE_IN_PROGRESS")
        self.then(lambda: self.delete_all("DELETE_COMPLETE", "DELETE_FAILED"))
