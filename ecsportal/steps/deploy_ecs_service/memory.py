"""What the runner remembers between two polls: small, bounded, plain JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from ecsportal.steps.contract import JsonDict

_KNOWN_EVENTS = 60
_KNOWN_TASKS = 200


@dataclass
class Memory:
    """Where a run stands.

    `phase` says what the next poll does: `begin`, `look`, `intent` (a write was announced),
    `follow` (an operation runs), `verify`, `asked`. `operation` is the write last announced or
    followed. Times are ISO texts of the portal's clock. `failure` is a failure that is already
    known while its rollback is still followed.
    """

    phase: str = "begin"
    operation: str = ""
    operation_at: str = ""
    stack_id: str = ""
    status: str = ""
    cancelling: bool = False
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
    said: int = 0
    quiet: int = 0
    pace: float = 1.0
    trouble: int = 0
    trouble_since: str = ""
    renewed: bool = False
    warned: list[str] = field(default_factory=list)
    failure: JsonDict | None = None
    others: JsonDict = field(default_factory=dict)

    @classmethod
    def load(cls, state: JsonDict) -> Memory:
        """From a stored state; keys that aren't ours (the engine's) are kept in `others`."""
        names = {each.name for each in fields(cls)} - {"others"}
        ours: dict[str, Any] = {key: value for key, value in state.items() if key in names}
        others = {key: value for key, value in state.items() if key not in names}
        return cls(**ours, others=others)

    def dump(self) -> JsonDict:
        """As JSON, without what is at its default."""
        empty = Memory()
        kept = {
            name: value
            for name, value in asdict(self).items()
            if name != "others" and value != getattr(empty, name)
        }
        return {**self.others, **kept, "phase": self.phase}

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

    def warn_once(self, about: str) -> bool:
        """True the first time it is asked for this."""
        if about in self.warned:
            return False
        self.warned.append(about)
        return True

    def operation_seconds(self, now: datetime) -> float:
        """How long the operation has run by the portal's clock."""
        return seconds_since(self.operation_at, now)


def seconds_since(text: str, now: datetime) -> float:
    """Seconds from an ISO time to `now`; 0 where none is known or the clock went back."""
    if not text:
        return 0.0
    return max(0.0, (now - datetime.fromisoformat(text)).total_seconds())
