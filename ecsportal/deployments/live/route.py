"""The raw ASGI route of `/live/...`: server-sent events, in front of Django."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from ecsportal.deployments.live import admission, reading
from ecsportal.deployments.live.hub import Hub, Viewer
from ecsportal.people.permissions import Permission, may

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

COMMENT_EVERY = 15.0
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
        status, user = await self.hub.read(admission.may_watch_deployment, key, pk)
        if status != 200:
            await _refuse(send, status)
            return

        async def still_allowed() -> bool:
            return (await self.hub.read(admission.may_watch_deployment, key, pk))[0] == 200

        async def tell(stream: Stream) -> None:
            viewer = await self.hub.watch(pk)
            try:
                await _tell_deployment(self.hub, stream, viewer, pk, _after(scope))
            finally:
                self.hub.leave(pk, viewer)

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
                while (change := await stream.next(viewer)) is not None:
                    if may(
                        user,
                        Permission.DEPLOYMENT_VIEW,
                        project_id=change.project_id,
                        environment_id=change.environment_id,
                    ):
                        for name in change.events:
                            await stream.event(name, "")
            finally:
                self.hub.leave_cells(viewer)

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
        self._check_at = asyncio.get_running_loop().time() + CHECK_EVERY

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
        await self._write(b": open\n\n")

    async def event(self, name: str, data: str, event_id: int | None = None) -> None:
        """One event; `event_id` is what the browser sends back as Last-Event-ID."""
        lines = [f"event: {name}"]
        if event_id is not None:
            lines.append(f"id: {event_id}")
        lines += [f"data: {line}" for line in data.splitlines() or [""]]
        await self._write(("\n".join(lines) + "\n\n").encode())

    async def next(self, viewer: Viewer) -> Any:
        """The next item for this viewer; None once the stream has to end."""
        while not viewer.overflowed:
            if asyncio.get_running_loop().time() >= self._check_at:
                if not await self._still_allowed():
                    return None
                self._check_at = asyncio.get_running_loop().time() + CHECK_EVERY
            try:
                return await asyncio.wait_for(viewer.queue.get(), COMMENT_EVERY)
            except TimeoutError:
                await self._write(b": still here\n\n")
        await self.event("reload", "")
        return None

    async def _write(self, body: bytes) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": True})


async def _tell_deployment(
    hub: Hub, stream: Stream, viewer: Viewer, deployment_id: int, after: int
) -> None:
    """What was written before, then what comes, each line once and in order; `end` at the end."""
    sent = after
    # At once: the page may be older than the last change, and silence means a buffering proxy.
    await stream.event("state", await hub.read(reading.rendered_state, deployment_id))
    while lines := await hub.read(reading.lines_after, deployment_id, sent):
        sent = lines[-1].seq
        await stream.event("lines", "\n".join(line.html for line in lines), sent)
    while (update := await stream.next(viewer)) is not None:
        fresh = [line for line in update.lines if line.seq > sent]
        if fresh:
            sent = fresh[-1].seq
            await stream.event("lines", "\n".join(line.html for line in fresh), sent)
        if update.state:
            await stream.event("state", update.state)
        if update.ended:
            await stream.event("end", "")
            return


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
