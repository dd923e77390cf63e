"""The raw ASGI route of `/live/...`: server-sent events, in front of Django."""

from __future__ import annotations

import asyncio
import math
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Any, TypeVar
from urllib.parse import parse_qs

from ecsportal.deployments.live import admission, reading
from ecsportal.deployments.live.events import (
    OPENED,
    STILL_HERE,
    News,
    event,
    lines_event,
    unsent,
)
from ecsportal.deployments.live.feed import FellBehindError, Viewer
from ecsportal.deployments.live.hub import Hub
from ecsportal.deployments.live.reading import RenderedLine
from ecsportal.deployments.live.topic import Topic
from ecsportal.people.models import User
from ecsportal.people.permissions import Permission, may

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Missing = Callable[[int], Awaitable[list[RenderedLine]]]
T = TypeVar("T")

COMMENT_EVERY = 14.0
"""Seconds of silence; the hub sweeps each second, so proxies hear something every 15."""
CHECK_EVERY = 60.0
STREAMS_PER_USER = 30
_DEPLOYMENT = re.compile(r"/live/deployments/(\d{1,18})/?")


class LiveRoute:
    """Answers `/live/deployments/<id>` and `/live/dashboard`."""

    def __init__(self) -> None:
        self.hub = Hub()
        self._open: Counter[int] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One stream, until the viewer leaves, loses the right to look, or all is told."""
        deployment = _DEPLOYMENT.fullmatch(scope["path"])
        if scope["method"] != "GET":
            await _refuse(send, 405)
        elif not admission.host_is_allowed(scope):
            await _refuse(send, 400)
        elif deployment:
            await self._deployment(scope, receive, send, int(deployment[1]))
        elif scope["path"] in ("/live/dashboard", "/live/dashboard/"):
            await self._cells(scope, receive, send)
        else:
            await _refuse(send, 404)

    async def _deployment(self, scope: Scope, receive: Receive, send: Send, pk: int) -> None:
        key = admission.session_key(scope)
        watch = admission.DeploymentWatch(key, pk)
        status, user = await self.hub.read(watch.check)
        if status != 200:
            await _refuse(send, status)
            return

        async def still_allowed() -> bool:
            return await self.hub.read(watch.holds)

        async def missing(after: int) -> list[RenderedLine]:
            return await self.hub.read(reading.lines_after, pk, after)

        async def tell(stream: Stream) -> None:
            topic, viewer = await self.hub.watch(pk)
            try:
                await _tell_deployment(stream, topic, viewer, missing, _after(scope))
            finally:
                self.hub.leave(topic, viewer)

        await self._run(user, receive, send, still_allowed, tell)

    async def _cells(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = admission.session_key(scope)
        status, user = await self.hub.read(admission.may_watch_cells, key)
        if status != 200 or user is None:
            await _refuse(send, status)
            return

        async def still_allowed() -> bool:
            return (await self.hub.read(admission.may_watch_cells, key))[0] == 200

        async def tell(stream: Stream) -> None:
            viewer = self.hub.watch_cells()
            try:
                while looks := await stream.next(viewer):
                    for name in _told_to(user, chain.from_iterable(looks)):
                        await stream.write(event(name))
            finally:
                viewer.leave()

        await self._run(user.pk, receive, send, still_allowed, tell)

    async def _run(
        self,
        user: int,
        receive: Receive,
        send: Send,
        still_allowed: Callable[[], Awaitable[bool]],
        tell: Callable[[Stream], Coroutine[Any, Any, None]],
    ) -> None:
        """Run a stream beside the watch for a disconnect; count it against the user's limit."""
        if self._open[user] >= STREAMS_PER_USER:
            await _refuse(send, 429)
            return
        self._open[user] += 1
        stream = Stream(send, still_allowed)
        await stream.begin()
        telling = asyncio.create_task(tell(stream))
        leaving = asyncio.create_task(_disconnected(receive))
        try:
            done, _ = await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if telling in done:
                telling.result()
        finally:
            self._open[user] -= 1
            for task in (telling, leaving):
                task.cancel()
                with suppress(asyncio.CancelledError, OSError):
                    await task
        with suppress(OSError):
            await send({"type": "http.response.body", "body": b"", "more_body": False})


class Stream:
    """An open answer: writes events, comments while it is quiet, and checks the right to look."""

    def __init__(self, send: Send, still_allowed: Callable[[], Awaitable[bool]]) -> None:
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


async def _tell_deployment(
    stream: Stream, topic: Topic, viewer: Viewer[News], missing: Missing, after: int
) -> None:
    """What was written before, then what comes, each line once and in order; `end` at the end."""
    sent, published = after, topic.cursor  # whatever comes after `published` is in the feed
    # At once: the page may be older than the last change, and silence means a buffering proxy.
    await stream.write(await topic.state())
    while sent < published and (lines := await missing(sent)):
        sent = lines[-1].seq
        await stream.write(lines_event(lines))
    ended = False
    while not ended and (news := await stream.next(viewer)):
        pieces, sent, ended = unsent(news, sent)
        for piece in pieces:
            await stream.write(piece)


def _told_to(user: User, changes: Iterable[reading.CellChange]) -> Iterator[str]:
    """The names of the events about changes that this user may see."""
    for change in changes:
        if may(
            user,
            Permission.DEPLOYMENT_VIEW,
            project_id=change.project_id,
            environment_id=change.environment_id,
        ):
            yield from change.events


def _after(scope: Scope) -> int:
    """Where to go on: the browser's Last-Event-ID wins over `?after=`."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    for text in (admission.header(scope, b"last-event-id"), *query.get("after", [])):
        if text.isdecimal():
            return min(int(text), 2**31 - 1)
    return 0


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, status: int) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")],
        }
    )
    await send({"type": "http.response.body", "body": b""})
