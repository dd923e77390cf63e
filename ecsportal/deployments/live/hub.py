"""One tailer per web process reads what is new and publishes it to feeds.

PostgreSQL wakes it by LISTEN/NOTIFY, with a poll each second as a safety net; SQLite is polled
every 200 ms. Nothing is read while nobody looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connection

from ecsportal.deployments.live import reading
from ecsportal.deployments.live.events import News
from ecsportal.deployments.live.feed import Feed, Viewer, all_sent
from ecsportal.deployments.live.listening import listen
from ecsportal.deployments.live.topic import Topic

log = structlog.get_logger(__name__)
POLL_SQLITE = 0.2
POLL_POSTGRESQL = 1.0
GATHER = 0.02
"""Seconds between two looks: one turn's lines often come in two commits."""
GATHER_BUSY = 0.2
BUSY_LINES = 50
"""Lines per second above which they are gathered for GATHER_BUSY (five times less CPU)."""
CELLS_EVERY = 1.0
SWEEP_EVERY = 1.0
T = TypeVar("T")


class Hub:
    """The process's streams. All methods run in the event loop; viewers' reads run in a pool of
    two, the tailer's and those of downloads in one thread each: however many viewers come at once,
    and whatever they download, live lines don't wait."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="live")
        self._tailer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tailer")
        self._downloads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="download")
        self._topics: dict[int, Topic] = {}
        self._cells: Feed[list[reading.CellChange]] = Feed()
        self._cells_seen = reading.CellsSeen()
        self._cells_due = 0.0
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def read(self, function: Callable[..., T], *args: Any) -> T:
        """Run a database read in the pool."""
        return await _run(self._pool, function, *args)

    async def read_for_download(self, function: Callable[..., T], *args: Any) -> T:
        """Run a large database read behind those of other downloads."""
        return await _run(self._downloads, function, *args)

    async def watch(self, deployment_id: int) -> tuple[Topic, Viewer[News]]:
        """Begin to receive news; what was written before has to be read by the caller."""
        self._start()
        topic = self._topics.get(deployment_id)
        if topic is None or topic.feed.is_closed:
            cursor = await self.read(reading.last_seq, deployment_id)
            topic = self._topics.get(deployment_id)  # another viewer may have been faster
        if topic is None or topic.feed.is_closed:
            topic = self._topics[deployment_id] = Topic(deployment_id, cursor, self.read)
        viewer = Viewer(topic.feed)
        self._woken.set()
        return topic, viewer

    def leave(self, topic: Topic, viewer: Viewer[News]) -> None:
        """Stop receiving; the last one to leave ends the reading."""
        viewer.leave()
        if not topic.feed.viewers:
            topic.stop()
            if self._topics.get(topic.deployment_id) is topic:
                del self._topics[topic.deployment_id]

    def watch_cells(self) -> Viewer[list[reading.CellChange]]:
        """Begin to receive changes of any deployment's state."""
        self._start()
        viewer = Viewer(self._cells)
        self._woken.set()
        return viewer

    async def close(self) -> None:
        """End all streams, so that the server can stop at once."""
        for feed in self._feeds():
            feed.close()
        tasks = self._tasks + [topic.telling for topic in self._topics.values()]
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        for pool in (self._pool, self._tailer, self._downloads):
            pool.shutdown(wait=False, cancel_futures=True)

    def _feeds(self) -> list[Feed[Any]]:
        return [self._cells, *(topic.feed for topic in self._topics.values())]

    def _start(self) -> None:
        if self._tasks:
            return
        work = [self._tail(), self._sweep()]
        if connection.vendor == "postgresql":
            work.append(listen(self._woken))
        self._tasks += [asyncio.create_task(each) for each in work]

    async def _sweep(self) -> None:
        """Wake the viewers who have something to do although nothing is new."""
        while True:
            await asyncio.sleep(SWEEP_EVERY)
            now = asyncio.get_running_loop().time()
            for viewer in [viewer for feed in self._feeds() for viewer in feed.viewers]:
                if viewer.wake_at <= now:
                    viewer.wake()

    async def _tail(self) -> None:
        time = asyncio.get_running_loop().time
        poll = POLL_POSTGRESQL if connection.vendor == "postgresql" else POLL_SQLITE
        next_look = 0.0
        while True:
            with suppress(TimeoutError):
                nobody = not self._topics and not self._cells.viewers
                await asyncio.wait_for(self._woken.wait(), None if nobody else poll)
            await asyncio.sleep(max(0.0, next_look - time()))
            self._woken.clear()
            looked_at = time()
            try:
                lines = await self._look()
                read_at = time()
                await all_sent()
                await self._look_at_cells()
            except (DatabaseError, InterfaceError) as error:
                log.warning("tail_failed", error=str(error))
                await asyncio.sleep(1)
                continue
            busy = lines > BUSY_LINES * POLL_SQLITE
            # A large crowd gets its lines in fewer pieces, so that pages keep a third of the time.
            next_look = max(
                looked_at + (GATHER_BUSY if busy else GATHER), time() + (time() - read_at) / 2
            )

    async def _look(self) -> int:
        """Read and publish what is new; the number of lines."""
        if not self._topics:
            return 0
        known = {key: (topic.cursor, topic.change_number) for key, topic in self._topics.items()}
        found = await _run(self._tailer, reading.updates, known)
        for update in found:
            topic = self._topics.get(update.deployment_id)
            if topic is None:
                continue
            topic.take(update)
            if len(update.lines) == reading.LINES_AT_ONCE:
                self._woken.set()
        return sum(len(update.lines) for update in found)

    async def _look_at_cells(self) -> None:
        now = asyncio.get_running_loop().time()
        if not self._cells.viewers or now < self._cells_due:
            return
        self._cells_due = now + CELLS_EVERY
        if changes := await _run(self._tailer, reading.changed_cells, self._cells_seen):
            self._cells.publish(changes)


async def _run(pool: ThreadPoolExecutor, function: Callable[..., T], *args: Any) -> T:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(pool, _fresh_connection(function), *args)


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
