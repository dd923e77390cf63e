"""An open answer of server-sent events."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from ecsportal.deployments.live.events import OPENED, STILL_HERE, event
from ecsportal.deployments.live.feed import FellBehindError, Viewer
from ecsportal.deployments.live.protocol import WriteAtOnce

Send = Callable[[dict[str, Any]], Awaitable[None]]
T = TypeVar("T")

COMMENT_EVERY = 14.0
"""Seconds of silence; the hub sweeps each second, so proxies hear something every 15."""
CHECK_EVERY = 60.0


class Stream:
    """An open answer: writes events, comments while it is quiet, and checks the right to look."""

    __slots__ = ("_check_at", "_comment_at", "_send", "_still_allowed", "_time", "write_at_once")

    def __init__(self, send: Send, still_allowed: Callable[[], Awaitable[bool]]) -> None:
        self.write_at_once: WriteAtOnce | None = None
        """What the server offers for it; without it each event takes a turn of the task."""
        self._send = send
        self._still_allowed = still_allowed
        self._time = asyncio.get_running_loop().time
        # A crowd that came at once, as after a restart, must not be checked at once for ever after.
        self._check_at = self._time() + CHECK_EVERY * random.random()  # noqa: S311
        self._comment_at = math.inf

    async def begin(self) -> None:
        """Send the headers; no proxy may buffer or keep any of it."""
        await self._send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"text/event-stream; charset=utf-8"),
                    (b"cache-control", b"no-cache, no-store"),
                    (b"x-accel-buffering", b"no"),
                    (b"x-content-type-options", b"nosniff"),
                ],
            }
        )
        await self.write(OPENED)

    async def write(self, event: bytes) -> None:
        """Write an event; waits while the viewer reads more slowly than it is written."""
        await self._send({"type": "http.response.body", "body": event, "more_body": True})
        self._comment_at = self._time() + COMMENT_EVERY

    def write_now(self, event: bytes) -> bool:
        """Write an event if that needs no waiting; whether it did."""
        if self.write_at_once is None or not self.write_at_once(event):
            return False
        self._comment_at = self._time() + COMMENT_EVERY
        return True

    async def next(self, viewer: Viewer[T]) -> tuple[T, ...]:
        """What is new for this viewer; nothing once the stream has to end."""
        while True:
            if self._time() >= self._check_at:
                if not await self._still_allowed():
                    return ()
                self._check_at = self._time() + CHECK_EVERY
            if self._time() >= self._comment_at:
                await self.write(STILL_HERE)
            viewer.wake_at = min(self._check_at, self._comment_at)
            try:
                news = await viewer.next()
            except FellBehindError:
                await self.write(event("reload"))
                return ()
            if news or viewer.feed.is_closed:
                return news
