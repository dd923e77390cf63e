"""The raw ASGI route of `/live/...`: server-sent events, in front of Django."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Any
from urllib.parse import parse_qs

from ecsportal.deployments.live import admission, reading
from ecsportal.deployments.live.events import News, event, lines_event, unsent
from ecsportal.deployments.live.feed import Viewer
from ecsportal.deployments.live.hub import Hub
from ecsportal.deployments.live.protocol import write_at_once
from ecsportal.deployments.live.reading import RenderedLine
from ecsportal.deployments.live.rights import Rights
from ecsportal.deployments.live.stream import Send, Stream
from ecsportal.deployments.live.topic import Topic
from ecsportal.people.models import User
from ecsportal.people.permissions import Permission, may

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Missing = Callable[[int], Awaitable[list[RenderedLine]]]

STREAMS_PER_USER = 30
_DEPLOYMENT = re.compile(r"/live/deployments/(\d{1,18})/?")


class LiveRoute:
    """Answers `/live/deployments/<id>` and `/live/dashboard`."""

    def __init__(self) -> None:
        self.hub = Hub()
        self._rights = Rights(self.hub.read)
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
            return await self._rights.hold(watch)

        async def missing(after: int) -> list[RenderedLine]:
            return await self.hub.read(reading.lines_after, pk, after)

        async def tell(stream: Stream) -> None:
            stream.write_at_once = write_at_once(scope)
            topic, viewer = await self.hub.watch(pk)
            try:
                await _DeploymentTeller(stream, topic, viewer, _after(scope)).tell(missing)
            finally:
                self.hub.leave(topic, viewer)

        await self._run(user, receive, send, still_allowed, tell)

    async def _cells(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = admission.session_key(scope)
        status, user = await self.hub.read(admission.may_watch_cells, key)
        if status != 200 or user is None:
            await _refuse(send, status)
            return
        reader = user  # with their rights as they were at the last check

        async def still_allowed() -> bool:
            nonlocal reader
            status, now = await self.hub.read(admission.may_watch_cells, key)
            reader = now or reader
            return status == 200

        async def tell(stream: Stream) -> None:
            viewer = self.hub.watch_cells()
            try:
                while looks := await stream.next(viewer):
                    for name in _told_to(reader, chain.from_iterable(looks)):
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
        try:
            stream = Stream(send, still_allowed)
            await stream.begin()
            await _until_left(tell(stream), receive)
        finally:
            self._open[user] -= 1
        with suppress(OSError):
            await send({"type": "http.response.body", "body": b"", "more_body": False})


class _DeploymentTeller:
    """Tells one viewer each line of a deployment once and in order, its states, and `end`."""

    __slots__ = ("_sent", "_stream", "_topic", "_viewer")

    def __init__(self, stream: Stream, topic: Topic, viewer: Viewer[News], after: int) -> None:
        self._stream, self._topic, self._viewer = stream, topic, viewer
        self._sent = after

    async def tell(self, missing: Missing) -> None:
        """What was written before, then what comes."""
        published = self._topic.cursor  # whatever comes after it is in the feed
        # At once: the page may be older than the last change, and silence means a buffering proxy.
        await self._stream.write(await self._topic.state())
        while self._sent < published and (lines := await missing(self._sent)):
            self._sent = lines[-1].seq
            await self._stream.write(lines_event(lines))
        self._viewer.tell_now = self._tell_now
        ended = False
        while not ended and (news := await self._stream.next(self._viewer)):
            pieces, self._sent, ended = unsent(news, self._sent)
            for piece in pieces:
                await self._stream.write(piece)

    def _tell_now(self, news: tuple[News, ...]) -> bool:
        pieces, sent, ended = unsent(news, self._sent)
        if ended or len(pieces) != 1 or not self._stream.write_now(pieces[0]):
            return False
        self._sent = sent
        return True


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


async def _until_left(telling: Coroutine[Any, Any, None], receive: Receive) -> None:
    """Until all is told, or the viewer has left."""
    tasks = asyncio.create_task(telling), asyncio.create_task(_disconnected(receive))
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[0] in done:
            tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await task


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
