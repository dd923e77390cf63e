"""What every stack operation is made of: phases, waves of work, and deleting all."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from ecsportal.sandbox.cloudformation.desired import resolve_outputs, scope_of
from ecsportal.sandbox.cloudformation.resource_undoing import Deletion
from ecsportal.sandbox.cloudformation.resource_work import Work
from ecsportal.sandbox.cloudformation.state import Stack, StackRegion
from ecsportal.sandbox.cloudformation.wave import Wave
from ecsportal.sandbox.errors import AwsError

PAUSE = 1.0
"""Seconds between two phases of an operation."""
BY_USER = "User Initiated"


class Course:
    """An operation on one stack, told in phases that the clock calls one after the other."""

    def __init__(self, region: StackRegion, stack: Stack) -> None:
        self.region, self.stack = region, stack

    def open(self, status: str) -> None:
        """Begin an operation under a new id."""
        self.stack.operation_id = str(uuid.uuid4())
        self.region.record(self.stack, status, BY_USER)

    def then(self, phase: Callable[[], None]) -> None:
        """Begin a phase after a pause, unless another operation comes in between."""
        self.stack.turn += 1
        turn = self.stack.turn

        def act() -> None:
            if self.stack.turn == turn:
                phase()

        self.region.clock.after(PAUSE, act)

    def run(
        self,
        works: Sequence[Work],
        on_done: Callable[[], None],
        on_failed: Callable[[list[str]], None],
        *,
        goes_on: bool = False,
    ) -> None:
        """Set a wave going, where a cancel finds it."""
        wave = Wave(self.region.clock, works, on_done, on_failed, goes_on=goes_on)
        self.stack.wave = wave
        wave.start()

    def stop_wave(self) -> None:
        """Give up what is under way, and all that was planned."""
        if self.stack.wave is not None:
            self.stack.wave.stop()
        self.stack.turn += 1

    def set_outputs(self, on_failed: Callable[[list[str], str], None]) -> bool:
        """Resolve the outputs; False, and `on_failed` called, if they cannot be."""
        try:
            scope = scope_of(self.region, self.stack, self.stack.intent)
            self.stack.outputs = resolve_outputs(scope)
        except AwsError as error:
            on_failed([], error.message)
            return False
        return True

    def delete_all(self, status: str, failed_status: str) -> None:
        """Delete every resource, those first that nothing needs; then one of the statuses."""
        resources = list(self.stack.resources.values())
        needed_by = {
            each.logical_id: frozenset(
                other.logical_id for other in resources if each.logical_id in other.waits_for
            )
            for each in resources
        }
        works: list[Work] = [
            Deletion(self.region, self.stack, each, needed_by[each.logical_id], remembered=True)
            for each in resources
        ]

        def deleted() -> None:
            self.region.record(self.stack, status)
            self.stack.outputs = []
            if status == "DELETE_COMPLETE":
                self.stack.deleted_at = self.region.clock.now()

        def failed(names: list[str]) -> None:
            listed = ", ".join(sorted(names))
            reason = f"The following resource(s) failed to delete: [{listed}]. "
            self.region.record(self.stack, failed_status, reason)

        self.run(works, deleted, failed, goes_on=True)
