"""How fast one account and region is asked: one pace for all that this process does there.

AWS counts calls per account and region, so deployments that slow down each for itself only take
turns at being refused. Unlimited until AWS asks for fewer calls; then all callers share a rate that
falls with each refusal and recovers by itself. Who follows something there looks more seldom, and
waits in line outside of the worker's threads, which others need.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable

_FALLS_TO = 0.7
"""Of what AWS has answered in the last second: that much was all right."""
_SLOWEST = 2.0
_RECOVERS = 1.08
"""A second: the rate doubles in nine. Whoever was refused must not find it as it was before."""
_FREE_ABOVE = 60.0
_ONE_STORM = 0.5
"""Seconds within which further refusals are of the same burst."""
_LONGEST_WAIT = 0.5
"""What a call waits for its slot at most: a turn of several calls has to stay below its lease."""
_USUAL, _SLOWEST_LOOKS = 15.0, 2.0
"""Looks are rarer below the usual rate; what is asked for beyond AWS's rate waits in line."""
_CALLS_OF_A_TURN = 2.0
_LONGEST_LINE = 10.0
"""Seconds that a turn is held back at most: by then the rate may have recovered."""


class Pace:
    """The rate of one account and region. `clock` counts seconds; safe between threads."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._rate: float | None = None
        self._changed = 0.0
        self._next = 0.0
        self._line_ends = 0.0
        self._places_in_line: dict[Hashable, float] = {}
        self._answered: deque[float] = deque(maxlen=int(_FREE_ABOVE) * 2)

    def admit(self) -> None:
        """Wait for the next call's slot, half a second at most."""
        wait = self._reserve()
        if wait > 0:
            self._sleep(min(wait, _LONGEST_WAIT))

    def hold_back(self, who: Hashable) -> float:
        """Seconds until this one's turn should begin; 0 where it may begin now.

        Who is held back has a place in the line and is let in once that time has come. It waits
        outside, where it keeps no thread from the deployments to other accounts and regions.
        """
        with self._lock:
            now = self._clock()
            rate = self._current(now)
            if rate >= _FREE_ABOVE:
                self._places_in_line.clear()
                return 0.0
            at = self._places_in_line.pop(who, None)
            if at is None:
                at = min(max(now, self._line_ends), now + _LONGEST_LINE)
                self._line_ends = at + _CALLS_OF_A_TURN / rate
            if at - now < _LONGEST_WAIT:
                return 0.0
            self._places_in_line[who] = at
            return at - now

    def answered(self) -> None:
        """Note a call that AWS took."""
        with self._lock:
            self._answered.append(self._clock())

    def throttled(self) -> None:
        """Note a call that AWS refused as one too many."""
        with self._lock:
            now = self._clock()
            if self._rate is not None and now - self._changed < _ONE_STORM:
                return
            recent = sum(1 for at in self._answered if now - at <= 1)
            allowed = recent if self._rate is None else min(self._current(now), recent)
            self._rate = max(_SLOWEST, allowed * _FALLS_TO)
            self._changed = now

    def reset(self) -> None:
        """Forget every refusal."""
        with self._lock:
            self._rate, self._next, self._line_ends = None, 0.0, 0.0
            self._places_in_line.clear()
            self._answered.clear()

    @property
    def slowness(self) -> float:
        """How much rarer looks should be now: 1 as usual, up to 2."""
        with self._lock:
            rate = self._current(self._clock())
        return min(_SLOWEST_LOOKS, max(1.0, _USUAL / rate))

    def _reserve(self) -> float:
        with self._lock:
            now = self._clock()
            rate = self._current(now)
            if rate >= _FREE_ABOVE:
                self._rate = None
                return 0.0
            slot = min(max(now, self._next), now + _LONGEST_WAIT)
            self._next = slot + 1 / rate
            return slot - now

    def _current(self, now: float) -> float:
        """The rate as it has recovered by now."""
        if self._rate is None:
            return _FREE_ABOVE
        grown: float = self._rate * _RECOVERS ** min(60.0, now - self._changed)
        return min(_FREE_ABOVE, grown)
