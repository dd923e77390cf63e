"""One tailer per web process reads what is new and fans it out to bounded queues.

PostgreSQL wakes it by LISTEN/NOTIFY, with a poll each second as a safety net; SQLite is polled
every 200 ms. Nothing is read while nobody looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from ecsportal.deployments.live import reading
from ecsportal.deployments.live.listening import listen

log = structlog.get_logger(__name__)
POLL_SQLITE = 0.2
POLL_POSTGRESQL = 1.0
GATHER = 0.02
"""Seconds between a notification and the read: one turn's lines often come in two commits."""
GATHER_BUSY = 0.2
BUSY_LINES = 50
"""Lines per second above which they are gathered for GATHER_BUSY (five times less CPU)."""
CELLS_EVERY = 1.0
QUEUE_LENGTH = 100
T = TypeVar("T")


class Viewer:
    """One open stream's queue; `overflowed` when it reads too slowly to keep."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Any] = asyncio.Queue(QUEUE_LENGTH)
        self.overflowed = False

    def offer(self, item: Any) -> None:
        """Hand over without ever blocking the tailer."""
        try:
            self.queue.put_nowait(item)
        except asyncio.QueueFull:
            self.overflowed = True


class Topic:
    """A deployment that somebody watches."""

    def __init__(self, cursor: int) -> None:
        self.cursor = cursor
        self.change_number = -1
        self.viewers: set[Viewer] = set()

    def offer(self, update: reading.Update) -> None:
        """Hand an update to everybody who watches."""
        for viewer in self.viewers:
            viewer.offer(update)


class Hub:
    """The process's streams. All methods run in the event loop; reads run in a pool of two, those
    of downloads in one thread of their own: however many there are, live lines don't wait."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="live")
        self._downloads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="download")
        self._topics: dict[int, Topic] = {}
        self._cell_viewers: set[Viewer] = set()
        self._cells = reading.CellsSeen()
        self._cells_due = 0.0
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.closing = asyncio.Event()

    async def read(self, function: Callable[..., T], *args: Any) -> T:
        """Run a database read in the pool."""
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, _fresh_connection(function), *args
        )

    async def read_for_download(self, function: Callable[..., T], *args: Any) -> T:
        """Run a large database read behind those of other downloads."""
        return await asyncio.get_running_loop().run_in_executor(
            self._downloads, _fresh_connection(function), *args
        )

    async def watch(self, deployment_id: int) -> Viewer:
        """Begin to receive updates; what was written before has to be read by the caller."""
        self._start()
        if deployment_id not in self._topics:
            cursor = await self.read(reading.last_seq, deployment_id)
            self._topics.setdefault(deployment_id, Topic(cursor))
        viewer = Viewer()
        self._topics[deployment_id].viewers.add(viewer)
        self._woken.set()
        return viewer

    def leave(self, deployment_id: int, viewer: Viewer) -> None:
        """Stop receiving; the last one to leave ends the reading."""
        topic = self._topics.get(deployment_id)
        if topic:
            topic.viewers.discard(viewer)
            if not topic.viewers:
                del self._topics[deployment_id]

    def watch_cells(self) -> Viewer:
        """Begin to receive changes of any deployment's state."""
        self._start()
        viewer = Viewer()
        self._cell_viewers.add(viewer)
        self._woken.set()
        return viewer

    def leave_cells(self, viewer: Viewer) -> None:
        """Stop receiving changes."""
        self._cell_viewers.discard(viewer)

    async def close(self) -> None:
        """End all streams, so that the server can stop at once."""
        self.closing.set()
        for viewer in [v for t in self._topics.values() for v in t.viewers] + [*self._cell_viewers]:
            viewer.offer(None)
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        for pool in (self._pool, self._downloads):
            pool.shutdown(wait=False, cancel_futures=True)

    def _start(self) -> None:
        if self._tasks:
            return
        self._tasks.append(asyncio.create_task(self._tail()))
        if connection.vendor == "postgresql":
            self._tasks.append(asyncio.create_task(listen(self._woken)))

    async def _tail(self) -> None:
        poll = POLL_POSTGRESQL if connection.vendor == "postgresql" else POLL_SQLITE
        pause = GATHER
        while True:
            with suppress(TimeoutError):
                nobody = not self._topics and not self._cell_viewers
                await asyncio.wait_for(self._woken.wait(), None if nobody else poll)
                await asyncio.sleep(pause)
            self._woken.clear()
            try:
                lines = await self._look()
                await self._look_at_cells()
            except (DatabaseError, InterfaceError) as error:
                log.warning("tail_failed", error=str(error))
                await asyncio.sleep(1)
                continue
            pause = GATHER_BUSY if lines > BUSY_LINES * max(pause, POLL_SQLITE) else GATHER

    async def _look(self) -> int:
        """Read and hand out what is new; the number of lines."""
        if not self._topics:
            return 0
        known = {key: (topic.cursor, topic.change_number) for key, topic in self._topics.items()}
        found = await self.read(reading.updates, known)
        for update in found:
            topic = self._topics.get(update.deployment_id)
            if topic is None:
                continue
            changed = topic.change_number != update.change_number
            topic.cursor, topic.change_number = update.cursor, update.change_number
            if update.lines:
                topic.offer(replace(update, ended=False))
            if changed or update.ended:
                state = await self.read(reading.rendered_state, update.deployment_id)
                topic.offer(replace(update, lines=(), state=state))
            if len(update.lines) == reading.LINES_AT_ONCE:
                self._woken.set()
        return sum(len(update.lines) for update in found)

    async def _look_at_cells(self) -> None:
        now = asyncio.get_running_loop().time()
        if not self._cell_viewers or now < self._cells_due:
            return
        self._cells_due = now + CELLS_EVERY
        for change in await self.read(reading.changed_cells, self._cells):
            for viewer in self._cell_viewers:
                viewer.offer(change)


def _fresh_connection(function: Callable[..., T]) -> Callable[..., T]:
    """A read that drops a broken connection, so that the next one gets a new one."""

    def run(*args: Any) -> T:
        try:
            return function(*args)
        except (DatabaseError, InterfaceError):
            connection.close()
            close_old_connections()
            raise

    return run
