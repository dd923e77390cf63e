"""What the runner remembers between two polls, of its stack operation and of its service."""

from __future__ import annotations

from dataclasses import dataclass, field

from ecsportal.steps.service_rollout.memory import RolloutMemory
from ecsportal.steps.stack_operation.memory import StackMemory


@dataclass
class Memory(StackMemory, RolloutMemory):
    """Where a run stands: its stack operation, and what is known of the service and its tasks."""

    tags_only: bool = False
    service_logical: str = ""
    service_busy: bool = False
    created: list[str] = field(default_factory=list)
    """Logical ids of service and task definition, once events have told that they were created."""

    def forget_stack(self) -> None:
        """A stack is created anew: nothing known about the one before it holds."""
        super().forget_stack()
        self.forget_service()
        self.service_busy, self.tags_only = False, False
        self.created = []
