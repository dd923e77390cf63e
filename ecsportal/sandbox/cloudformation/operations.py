"""The course of each stack operation: create, update, roll back, cancel, continue, delete."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Sequence

from ecsportal.sandbox.cloudformation.desired import resolve_outputs, scope_of, wanted_ids
from ecsportal.sandbox.cloudformation.resource_undoing import Deletion, Restoring
from ecsportal.sandbox.cloudformation.resource_work import Making, Work
from ecsportal.sandbox.cloudformation.state import Intent, Stack, StackRegion, StackResource
from ecsportal.sandbox.cloudformation.wave import Wave
from ecsportal.sandbox.errors import AwsError

PAUSE = 1.0
"""Seconds between two phases of an operation."""
BY_USER = "User Initiated"


class Operation:
    """The operations on one stack; each method begins one and returns at once."""

    def __init__(self, region: StackRegion, stack: Stack) -> None:
        self._region, self._stack = region, stack

    def create(self) -> None:
        """Make everything; on failure as `on_failure` says."""
        self._open("CREATE_IN_PROGRESS")
        self._then(self._create_resources)
        if self._stack.timeout_minutes:
            turn = self._stack.turn

            def give_up() -> None:
                if self._stack.status == "CREATE_IN_PROGRESS" and self._stack.turn == turn:
                    self._stop_wave()
                    self._creation_failed([], "Stack creation time exceeded the specified timeout.")

            self._region.clock.after(self._stack.timeout_minutes * 60, give_up)

    def update(self, intent: Intent) -> None:
        """Change what differs; on failure go back, unless that is disabled."""
        stack = self._stack
        stack.before, stack.intent = stack.intent, intent
        stack.resources_before = {
            name: copy.copy(each) for name, each in stack.resources.items() if each.physical_id
        }
        stack.replaced = []
        self._open("UPDATE_IN_PROGRESS")
        stack.updated_at = self._region.clock.now()
        self._then(self._update_resources)

    def cancel_update(self) -> None:
        """Give up an update and go back."""
        self._stop_wave()
        self._begin_rollback(BY_USER)

    def continue_rollback(self, skip: Sequence[str]) -> None:
        """Go on with a rollback that failed; `skip` are taken for restored."""
        for name in skip:
            before = self._stack.resources_before.get(name)
            if before is not None:
                restored = copy.copy(before)
                self._stack.resources[name] = restored
                self._region.record_resource(self._stack, restored, "UPDATE_COMPLETE")
        self._begin_rollback(BY_USER)

    def roll_back(self) -> None:
        """RollbackStack: after a failed create delete all, after a failed update go back."""
        if self._stack.status == "CREATE_FAILED":
            self._region.record(self._stack, "ROLLBACK_IN_PROGRESS", BY_USER)
            self._then(lambda: self._delete_all("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"))
        else:
            self._begin_rollback(BY_USER)

    def delete(self, retain: Sequence[str] = ()) -> None:
        """Delete everything but `retain`."""
        self._stop_wave()
        for name in retain:
            if name in self._stack.resources:
                self._stack.resources[name].retained = True
        self._open("DELETE_IN_PROGRESS")
        self._then(lambda: self._delete_all("DELETE_COMPLETE", "DELETE_FAILED"))

    # Phases of a create

    def _create_resources(self) -> None:
        scope = scope_of(self._region, self._stack, self._stack.intent)
        works = [Making(self._region, self._stack, scope, name) for name in wanted_ids(scope)]
        self._run(works, self._created, self._creation_failed)

    def _created(self) -> None:
        if self._set_outputs(self._creation_failed):
            self._region.record(self._stack, "CREATE_COMPLETE")

    def _creation_failed(self, failed: list[str], reason: str = "") -> None:
        stack = self._stack
        if failed:
            names = ", ".join(sorted(failed))
            reason = f"The following resource(s) failed to create: [{names}]. "
        if stack.on_failure == "DO_NOTHING":
            self._region.record(stack, "CREATE_FAILED", reason)
        elif stack.on_failure == "DELETE":
            self._region.record(stack, "DELETE_IN_PROGRESS", f"{reason}Delete requested by user.")
            self._then(lambda: self._delete_all("DELETE_COMPLETE", "DELETE_FAILED"))
        else:
            asked = f"{reason}Rollback requested by user."
            self._region.record(stack, "ROLLBACK_IN_PROGRESS", asked)
            self._then(lambda: self._delete_all("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"))

    # Phases of an update

    def _update_resources(self) -> None:
        scope = scope_of(self._region, self._stack, self._stack.intent)
        works = [Making(self._region, self._stack, scope, name) for name in wanted_ids(scope)]
        self._run(works, self._updated, self._update_failed)

    def _updated(self) -> None:
        if not self._set_outputs(self._update_failed):
            return
        stack = self._stack
        wanted = wanted_ids(scope_of(self._region, stack, stack.intent))
        removed = [each for name, each in stack.resources.items() if name not in wanted]
        self._region.record(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        self._then(lambda: self._clean_up([*removed, *stack.replaced], "UPDATE_COMPLETE"))

    def _update_failed(self, failed: list[str], reason: str = "") -> None:
        if failed:
            names = ", ".join(sorted(failed))
            reason = f"The following resource(s) failed to update: [{names}]. "
        if self._stack.disable_rollback:
            self._region.record(self._stack, "UPDATE_FAILED", reason)
        else:
            self._begin_rollback(reason)

    def _begin_rollback(self, reason: str) -> None:
        self._region.record(self._stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
        self._then(self._restore)

    def _restore(self) -> None:
        before = self._stack.resources_before.values()
        works = [Restoring(self._region, self._stack, each) for each in before]
        self._run(works, self._restored, self._restore_failed)

    def _restored(self) -> None:
        stack = self._stack
        if stack.before is not None:
            stack.intent, stack.before = stack.before, None
        added = [
            each for name, each in stack.resources.items() if name not in stack.resources_before
        ]
        kept = {each.physical_id for each in stack.resources_before.values()}
        fresh = [each for each in stack.replaced if each.physical_id not in kept]
        self._region.record(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        self._then(lambda: self._clean_up([*added, *fresh], "UPDATE_ROLLBACK_COMPLETE"))

    def _restore_failed(self, failed: list[str]) -> None:
        names = ", ".join(sorted(failed))
        reason = f"The following resource(s) failed to update: [{names}]. "
        self._region.record(self._stack, "UPDATE_ROLLBACK_FAILED", reason)

    def _clean_up(self, leftovers: list[StackResource], status: str) -> None:
        """Delete what is not needed any more; AWS too reports success if that fails."""
        works: list[Work] = [Deletion(self._region, self._stack, each) for each in leftovers]
        self._stack.replaced = []

        def done(_: list[str] | None = None) -> None:
            self._region.record(self._stack, status)

        self._run(works, done, done, goes_on=True)

    # Phases of a delete

    def _delete_all(self, status: str, failed_status: str) -> None:
        resources = list(self._stack.resources.values())
        needed_by = {
            each.logical_id: frozenset(
                other.logical_id for other in resources if each.logical_id in other.waits_for
            )
            for each in resources
        }
        works: list[Work] = [
            Deletion(self._region, self._stack, each, needed_by[each.logical_id])
            for each in resources
        ]

        def deleted() -> None:
            self._region.record(self._stack, status)
            self._stack.outputs = []
            if status == "DELETE_COMPLETE":
                self._stack.deleted_at = self._region.clock.now()

        def failed(names: list[str]) -> None:
            listed = ", ".join(sorted(names))
            reason = f"The following resource(s) failed to delete: [{listed}]. "
            self._region.record(self._stack, failed_status, reason)

        self._run(works, deleted, failed, goes_on=True)

    # What all phases use

    def _open(self, status: str) -> None:
        self._stack.operation_id = str(uuid.uuid4())
        self._region.record(self._stack, status, BY_USER)

    def _then(self, phase: Callable[[], None]) -> None:
        """Begin a phase after a pause, unless another operation comes in between."""
        self._stack.turn += 1
        turn = self._stack.turn

        def act() -> None:
            if self._stack.turn == turn:
                phase()

        self._region.clock.after(PAUSE, act)

    def _run(
        self,
        works: Sequence[Work],
        on_done: Callable[[], None],
        on_failed: Callable[[list[str]], None],
        *,
        goes_on: bool = False,
    ) -> None:
        wave = Wave(self._region.clock, works, on_done, on_failed, goes_on=goes_on)
        self._stack.wave = wave
        wave.start()

    def _stop_wave(self) -> None:
        if self._stack.wave is not None:
            self._stack.wave.stop()
        self._stack.turn += 1

    def _set_outputs(self, on_failed: Callable[[list[str], str], None]) -> bool:
        try:
            scope = scope_of(self._region, self._stack, self._stack.intent)
            self._stack.outputs = resolve_outputs(scope)
        except AwsError as error:
            on_failed([], error.message)
            return False
        return True
