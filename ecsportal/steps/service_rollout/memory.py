"""What is remembered of a service and its tasks between two polls."""

from __future__ import annotations

from dataclasses import dataclass, field

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.run_memory import RunMemory

_KNOWN_TASKS = 200


@dataclass
class RolloutMemory(RunMemory):
    """The service, what ran before, and what has been told of the rollout so far."""

    service: str = ""
    task_definition: str = ""
    before_task_definition: str = ""
    before_rollouts: list[str] = field(default_factory=list)

    known_service_event: str = ""
    known_tasks: list[str] = field(default_factory=list)
    running_tasks: list[str] = field(default_factory=list)
    tasks_alive: int = 0
    tasks_failed: int = 0
    """As ECS counted them at the last look."""
    has_started: bool = False
    """Whether ECS has said that it started tasks."""
    failed_count: int = 0
    causes: list[JsonDict] = field(default_factory=list)

    unhealthy: str = ""
    """What the load balancer said last of a target that is not well."""
    unmoved: int = 0
    """Looks in a row at which the service stood as before."""
    progress: str = ""
    progress_at: str = ""

    @property
    def has_new_revision(self) -> bool:
        """Whether what is rolled out is known to be another revision than what ran before."""
        return bool(self.before_task_definition) and (
            self.task_definition != self.before_task_definition
        )

    def know_tasks(self, ids: list[str]) -> None:
        """Remember stopped tasks that have been told."""
        self.known_tasks = (self.known_tasks + ids)[-_KNOWN_TASKS:]

    def forget_service(self) -> None:
        """Another service comes: nothing known about the one before it holds."""
        self.service, self.known_service_event = "", ""
        self.task_definition, self.before_task_definition, self.before_rollouts = "", "", []
