"""What every AWS step remembers between two polls: small, bounded, plain JSON."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Self

from ecsportal.steps.contract import JsonDict


@dataclass
class RunMemory:
    """Where a run stands; a step type derives its own with what it has to know besides.

    `phase` says what the next poll does (`intent`: a write was announced, `follow`: an operation
    runs). `operation` is the write last announced or followed. `failure` is why the step ends,
    known already while what it began is still taken back. Times are ISO texts of the portal's
    clock. `quiet` counts looks at which nothing had changed, `said` the wait lines of this
    operation, `trouble` the calls in a row that AWS did not answer.
    """

    phase: str = "begin"
    operation: str = ""
    operation_at: str = ""
    cancelling: bool = False
    failure: JsonDict | None = None

    said: int = 0
    quiet: int = 0
    pace: float = 1.0
    trouble: int = 0
    trouble_since: str = ""
    told_trouble: bool = False
    renewed: bool = False
    warned: list[str] = field(default_factory=list)
    others: JsonDict = field(default_factory=dict)

    @property
    def is_ending(self) -> bool:
        """True once only the end is followed: of a cancel, or of what had failed."""
        return self.cancelling or self.failure is not None

    @classmethod
    def load(cls, state: JsonDict) -> Self:
        """From a stored state; keys that aren't ours (the engine's) are kept in `others`."""
        names = {each.name for each in fields(cls)} - {"others"}
        ours: dict[str, Any] = {key: value for key, value in state.items() if key in names}
        others = {key: value for key, value in state.items() if key not in names}
        return cls(**ours, others=others)

    def dump(self) -> JsonDict:
        """As JSON, without what is at its default."""
        empty = vars(type(self)())
        kept = {
            name: value
            for name, value in vars(self).items()
            if name != "others" and value != empty[name]
        }
        return {**self.others, **kept, "phase": self.phase}

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
