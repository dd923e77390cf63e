"""What the runner remembers between two polls, beside what every AWS step does."""

from __future__ import annotations

from dataclasses import dataclass, field

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.run_memory import RunMemory

_KNOWN_EVENTS = 60
_KNOWN_TASKS = 200


@dataclass
class Memory(RunMemory):
    """Where a run stands.

    `phase` says what the next poll does: `begin`, `look`, `intent` (a write was announced),
    `follow` (an operation runs), `verify`, `asked`. `operation` is the write last announced or
    followed. Times are ISO texts of the portal's clock. `failure` is a failure that is already
    known while its rollback is still followed.
    """

    stack_id: str = ""
    status: str = ""
    going_back: bool = False
    no_changes: bool = False
    tags_only: bool = False
    continued: bool = False
    may_delete: bool = False
    looks: int = 0

    service_logical: str = ""
    service: str = ""
    service_busy: bool = False
    task_definition: str = ""
    before_task_definition: str = ""
    before_rollouts: list[str] = field(default_factory=list)

    known_events: list[str] = field(default_factory=list)
    known_service_event: str = ""
    known_tasks: list[str] = field(default_factory=list)
    running_tasks: list[str] = field(default_factory=list)
    failed_count: int = 0
    causes: list[JsonDict] = field(default_factory=list)
    failed_events: list[JsonDict] = field(default_factory=list)

    progress: str = ""
    progress_at: str = ""
    failure: JsonDict | None = None

    def know_events(self, ids: list[str]) -> None:
        """Remember the newest stack events by id."""
        self.known_events = (self.known_events + ids)[-_KNOWN_EVENTS:]

    def know_tasks(self, ids: list[str]) -> None:
        """Remember stopped tasks that have been told."""
        self.known_tasks = (self.known_tasks + ids)[-_KNOWN_TASKS:]

    def forget_stack(self) -> None:
        """A stack is created anew: nothing known about the one before it holds."""
        self.known_events, self.service, self.service_busy = [], "", False
        self.task_definition, self.before_task_definition, self.before_rollouts = "", "", []
        self.known_service_event, self.going_back, self.tags_only = "", False, False
