"""Time in the sandbox: real, sped up, or moved by hand, and what is due when."""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal

Mode = Literal["real", "fast", "manual"]
Action = Callable[[], None]


class Clock:
    """A clock with an agenda.

    Nothing runs by itself: whoever answers a request first calls `run_due`. Each action then sees
    *its own* due time as `now`, so timestamps are right however rarely anyone asks.
    """

    def __init__(self, mode: Mode = "real", speed: float = 1.0) -> None:
        self._agenda: list[tuple[datetime, int, Action]] = []
        self._sequence = itertools.count()
        self._acting_at: datetime | None = None
        self._base = _wall_clock()
        self._anchor = time.monotonic()
        self.mode: Mode = mode
        self.speed = speed

    def now(self) -> datetime:
        """The present: inside an action the moment at which it was due."""
        return self._acting_at or self._reading()

    def after(self, seconds: float, action: Action) -> None:
        """Put `action` on the agenda, `seconds` from now."""
        due = self.now() + timedelta(seconds=seconds)
        heapq.heappush(self._agenda, (due, next(self._sequence), action))

    def run_due(self) -> None:
        """Run everything that is due by now, oldest first."""
        self._run_until(self._reading())

    def advance(self, seconds: float) -> None:
        """Move the clock forward and run all that falls due on the way (in every mode)."""
        target = self._reading() + timedelta(seconds=seconds)
        self._run_until(target)
        self._base, self._anchor = target, time.monotonic()

    def set_mode(self, mode: Mode, speed: float = 1.0) -> None:
        """Go on from the present reading in another mode; `speed` counts in "fast" only."""
        self._base, self._anchor = self._reading(), time.monotonic()
        self.mode = mode
        self.speed = speed if mode == "fast" else 1.0

    def clear(self) -> None:
        """Forget the agenda and return to the wall clock's time."""
        self._agenda.clear()
        self._base, self._anchor = _wall_clock(), time.monotonic()

    def _reading(self) -> datetime:
        if self.mode == "manual":
            return self._base
        elapsed = (time.monotonic() - self._anchor) * self.speed
        return self._base + timedelta(seconds=elapsed)

    def _run_until(self, until: datetime) -> None:
        if self._acting_at is not None:
            return  # an action asked for the time to move: it is moving already
        try:
            while self._agenda and self._agenda[0][0] <= until:
                self._acting_at, _, action = heapq.heappop(self._agenda)
                action()
        finally:
            self._acting_at = None


def _wall_clock() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
