"""Looking at the deployments' rows all the time: progress, and how soon it comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

QUERY = """
    SELECT id, state, change_number, lease_number, lease_owner,
           lease_until > now() AND lease_until IS NOT NULL
    FROM deployments_deployment WHERE id >= %d
"""
MOVING = ("executing", "cancelling")
ENDED = ("succeeded", "failed", "cancelled", "timed_out")
LONGEST_STANDSTILL = 60.0
GAP = 2.0
"""Seconds between two looks that count at most: while nobody looked, nothing is known."""


@dataclass(frozen=True)
class Row:
    """A deployment as one look found it."""

    id: int
    state: str
    change_number: int
    lease_number: int
    lease_owner: str
    is_leased: bool

    @property
    def moves(self) -> bool:
        """True where the engine has to go on with it by itself."""
        return self.state in MOVING


@dataclass
class _Stand:
    row: Row
    still: float = 0.0
    """Seconds without progress while a worker lived."""
    killed_at: float | None = None
    """When the worker was killed that has to be made up for."""


@dataclass
class Watch:
    """What was seen of every deployment so far."""

    rows: dict[int, Row] = field(default_factory=dict)
    recoveries: list[float] = field(default_factory=list)
    """Seconds from a worker's kill to the next progress of each deployment under way."""
    held: list[float] = field(default_factory=list)
    """Of these, where the killed worker held the lease."""
    standstills: dict[int, float] = field(default_factory=dict)
    """The longest standstill of each deployment that had one of over LONGEST_STANDSTILL."""
    _stands: dict[int, _Stand] = field(default_factory=dict)
    _held: set[int] = field(default_factory=set)
    _looked_at: float = 0.0

    def look(self, found: Sequence[Sequence[Any]], *, a_worker_lives: bool, now: float) -> None:
        """Take in a look; `found` are rows of QUERY."""
        passed = min(GAP, now - self._looked_at) if self._looked_at else 0.0
        self._looked_at = now
        for values in found:
            row = Row(*values)
            stand = self._stands.get(row.id)
            self.rows[row.id] = row
            if stand is None or _moved(stand.row, row) or not row.moves:
                if stand and stand.killed_at is not None:
                    self._recovered(row.id, now - stand.killed_at)
                self._stands[row.id] = _Stand(row)
            elif a_worker_lives:
                stand.still += passed
                if stand.still > LONGEST_STANDSTILL:
                    self.standstills[row.id] = stand.still

    def worker_killed(self, pid: int, now: float) -> None:
        """From now until it moves again counts for every deployment under way."""
        for stand in self._stands.values():
            # Another kill before it moved again doesn't make the wait any shorter.
            if stand.row.moves and stand.killed_at is None:
                stand.killed_at = now
                if _holds(stand.row, pid):
                    self._held.add(stand.row.id)

    def other_kill(self) -> None:
        """Database or broker went: how long that takes isn't the workers' figure."""
        for stand in self._stands.values():
            stand.killed_at = None
        self._held.clear()

    def holder(self, deployment: int) -> int:
        """The process id of the worker that holds it now, or 0."""
        row = self.rows.get(deployment)
        return _pid(row.lease_owner) if row and row.is_leased else 0

    def _recovered(self, deployment: int, seconds: float) -> None:
        self.recoveries.append(seconds)
        if deployment in self._held:
            self._held.discard(deployment)
            self.held.append(seconds)


def _moved(before: Row, now: Row) -> bool:
    return (before.change_number, before.lease_number, before.state) != (
        now.change_number, now.lease_number, now.state,
    )  # fmt: skip


def _holds(row: Row, pid: int) -> bool:
    return row.is_leased and _pid(row.lease_owner) == pid


def _pid(owner: str) -> int:
    """`host:process:thread` is how a lease names its owner."""
    parts = owner.split(":")
    return int(parts[-2]) if len(parts) >= 3 and parts[-2].isdecimal() else 0
