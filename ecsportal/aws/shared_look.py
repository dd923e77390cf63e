"""One look at many things of one place, for all deployments that follow one there.

A call for each followed stack or service every few seconds is what AWS throttles first, and what
costs a worker most. Once several are followed in a place, one call serves them all; where that
doesn't pay or isn't allowed, each is looked at by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from ecsportal.aws.errors import AwsError

T = TypeVar("T")
LookAtAll = Callable[[Sequence[str]], Mapping[str, T] | None]
"""Takes the names that are followed; what it finds by name, or None where that doesn't pay."""

_PAYS_FROM = 4
"""Followed at the same time."""
_STILL_FOLLOWED = timedelta(seconds=20)
_FRESH = timedelta(seconds=1)
"""Shorter than the wait after any write: a look from before it is never taken for one after."""
_NOT_AGAIN_FOR = timedelta(minutes=10)


class SharedLook(Generic[T]):
    """The look at one place; safe between threads, who wait for one look together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._followed: dict[str, datetime] = {}
        self._taken_at: datetime | None = None
        self._found: Mapping[str, T] = {}
        self._alone_until: datetime | None = None

    @property
    def is_crowded(self) -> bool:
        """True while so many are followed there that one look serves them all."""
        return len(self._followed) >= _PAYS_FROM

    def at(self, name: str, look_at_all: LookAtAll[T], *, now: datetime) -> T | None:
        """What was found under this name, at most a second ago; None where the look can't tell."""
        with self._lock:
            self._followed[name] = now
            fresh = self._taken_at is not None and abs(now - self._taken_at) < _FRESH
            if fresh and name in self._found:
                return self._found[name]
            self._forget_left(now)
            if not self.is_crowded or (self._alone_until is not None and now < self._alone_until):
                return None
            if not fresh:
                self._look(look_at_all, now)
            return self._found.get(name)

    def leave(self, name: str) -> None:
        """Follow this one no longer."""
        with self._lock:
            self._followed.pop(name, None)

    def _forget_left(self, now: datetime) -> None:
        for each in [key for key, at in self._followed.items() if now - at > _STILL_FOLLOWED]:
            del self._followed[each]

    def _look(self, look_at_all: LookAtAll[T], now: datetime) -> None:
        self._taken_at, self._found = now, {}
        try:
            found = look_at_all(list(self._followed))
        except AwsError as error:
            if error.code != "AWS-PERMISSION":
                self._taken_at = None
                raise
            found = None
        if found is None:
            self._alone_until = now + _NOT_AGAIN_FOR
        else:
            self._found = found


class SharedLooks(Generic[T]):
    """The looks of this process by their place: anything that tells places apart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looks: dict[Hashable, SharedLook[T]] = {}

    def of(self, place: Hashable) -> SharedLook[T]:
        """The look at a place."""
        with self._lock:
            return self._looks.setdefault(place, SharedLook())

    def forget(self) -> None:
        """Forget what was seen anywhere: for tests that set time and AWS back."""
        with self._lock:
            self._looks.clear()
