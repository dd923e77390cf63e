"""A feed of news that any number of viewers read, each at a pace of its own.

What is published is kept once for all, and only the newest of it: a viewer is a position in it. One
that reads too slowly costs nobody memory; it falls behind what is kept, and is told so.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Generic, TypeVar

KEPT = 100
T = TypeVar("T")


class FellBehindError(Exception):
    """What comes next for this viewer isn't kept any more."""


class Feed(Generic[T]):
    """The newest news, and who reads them."""

    def __init__(self) -> None:
        self._kept: deque[T] = deque(maxlen=KEPT)
        self.published = 0
        self.viewers: set[Viewer[T]] = set()
        self.is_closed = False

    def publish(self, news: T, *, within: float = 0.0) -> None:
        """Add to the feed and tell its viewers; never waits for one.

        With `within`, it may wait so many seconds for other news to go along with.
        """
        self._kept.append(news)
        self.published += 1
        if within:
            asyncio.get_running_loop().call_later(within, self._tell_all)
        else:
            self._tell_all()

    def after(self, position: int) -> tuple[T, ...]:
        """All that was published after the first `position` news."""
        missing = self.published - position
        if missing == 1:  # as nearly always, for everybody at once
            return (self._kept[-1],)
        if missing > len(self._kept):
            raise FellBehindError
        return tuple(islice(self._kept, len(self._kept) - missing, None))

    def close(self) -> None:
        """Nothing more will come."""
        self.is_closed = True
        for viewer in self.viewers:
            viewer.wake()

    def _tell_all(self) -> None:
        for viewer in self.viewers:
            if viewer.position < self.published:
                viewer.tell()


class Viewer(Generic[T]):
    """One reader of a feed, from now on until `leave`."""

    __slots__ = ("_sleep", "feed", "position", "tell_now", "wake_at")

    def __init__(self, feed: Feed[T]) -> None:
        self.feed = feed
        self.wake_at = math.inf
        """The loop's time at which the hub wakes it, news or not. A timer of its own for each wait
        would cost as much as all else that a viewer does."""
        self.tell_now: Callable[[tuple[T, ...]], bool] | None = None
        """Tells news to the viewer while its task waits in `next`, without a turn of that task,
        which would cost twice as much as all else; False where it takes one."""
        self.position = feed.published
        self._sleep: asyncio.Future[None] | None = None
        feed.viewers.add(self)

    async def next(self) -> tuple[T, ...]:
        """What came since the last call; empty where it was woken without news.

        Raises FellBehindError.
        """
        if self.position == self.feed.published and not self.feed.is_closed:
            self._sleep = asyncio.get_running_loop().create_future()
            await self._sleep
        news = self.feed.after(self.position)
        self.position += len(news)
        return news

    def tell(self) -> None:
        """Tell it what is new if it waits: now where it can, else by its task."""
        if self._sleep is None or self._sleep.done():
            return  # its task is at work, and will come to it
        try:
            if self.tell_now and self.tell_now(self.feed.after(self.position)):
                self.position = self.feed.published
            else:
                self.wake()
        except Exception as error:  # noqa: BLE001 -- the task's, which would have met it
            self._sleep.set_exception(error)

    def wake(self) -> None:
        """End its wait, if it waits."""
        if self._sleep is not None and not self._sleep.done():
            self._sleep.set_result(None)

    def leave(self) -> None:
        """Read no more."""
        self.feed.viewers.discard(self)


async def all_sent() -> None:
    """Until the viewers who were woken had their turn, and the loop wrote to their sockets."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)
