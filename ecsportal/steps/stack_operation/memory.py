"""What a stack operation remembers between two polls, beside what every AWS step does."""

from __future__ import annotations

from dataclasses import dataclass, field

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.run_memory import RunMemory

_KNOWN_EVENTS = 60


@dataclass
class StackMemory(RunMemory):
    """Where a stack operation stands.

    `phase` is `begin`, `look`, `intent` (a write was announced), `follow` (an operation runs),
    `verify` or `asked`. `asked` is the code of the question, where there is more than one kind;
    `written` counts the writes announced, by name. `told_status` is the stack's status by the
    operation's newest event; `busy_with` names somebody else's operation, in words, and
    `busy_status` is the status that it was named in.
    """

    stack_id: str = ""
    status: str = ""
    going_back: bool = False
    rollback_at: str = ""
    no_changes: bool = False
    written: dict[str, int] = field(default_factory=dict)
    told_status: str = ""
    continued: bool = False
    may_delete: bool = False
    may_wait: bool = False
    busy_with: str = ""
    busy_status: str = ""
    asked: str = ""
    looks: int = 0
    doubted_at: str = ""
    """Since when a cancel waits to see whether a write was made."""
    known_events: list[str] = field(default_factory=list)
    events_unread: int = 0
    """Looks in a row at which the stack's events were left for a later one."""
    change_set_of: str = ""
    """The write that a change set stands for: `create` or `update`."""
    change_set_id: str = ""
    stuck: list[str] = field(default_factory=list)
    """Logical ids of the resources that a deletion broke off at."""
    left_behind: list[str] = field(default_factory=list)
    """Those of them that the next deletion leaves where they are."""
    unmended: list[str] = field(default_factory=list)
    """The resources that a continued rollback broke off at again, as `skipped` names them."""
    skipped: list[str] = field(default_factory=list)
    """Those of them that it goes on without."""
    nested: list[JsonDict] = field(default_factory=list)
    """The nested stacks that the operation has reached, see `nested.Nested`."""
    failed_events: list[JsonDict] = field(default_factory=list)

    def know_events(self, ids: list[str]) -> None:
        """Remember the newest stack events by id."""
        self.known_events = (self.known_events + ids)[-_KNOWN_EVENTS:]

    def forget_stack(self) -> None:
        """A stack is created anew: nothing known about the one before it holds."""
        self.known_events, self.nested, self.going_back = [], [], False
