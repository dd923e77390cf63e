"""What the runner remembers between two polls, beside what every stack operation does."""

from __future__ import annotations

from dataclasses import dataclass, field

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.stack_operation.memory import StackMemory

_KNOWN_TASKS = 200


@dataclass
class Memory(StackMemory):
    """Where a run stands: its stack operation, and what is known of the service and its tasks."""

    tags_only: bool = False

    service_logical: str = ""
    service: str = ""
    service_busy: bool = False
    task_definition: str = ""
    before_task_definition: str = ""
    before_rollouts: list[str] = field(default_factory=list)

    known_service_event: str = ""
    known_tasks: list[str] = field(default_factory=list)
    running_tasks: list[str] = field(default_factory=list)
    failed_count: int = 0
    causes: list[JsonDict] = field(default_factory=list)

    unhealthy: str = ""
    """What the load balancer said last of a target that is not well."""
    progress: str = ""
    progress_at: str = ""

    def know_tasks(self, ids: list[str]) -> None:
        """Remember stopped tasks that have been told."""
        self.known_tasks = (self.known_tasks + ids)[-_KNOWN_TASKS:]

    def forget_stack(self) -> None:
        """A stack is created anew: nothing known about the one before it holds."""
        super().forget_stack()
        self.service, self.service_busy = "", False
        self.task_definition, self.before_task_definition, self.before_rollouts = "", "", []
        self.known_service_event, self.tags_only = "", False
