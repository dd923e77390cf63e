"""A deployment that somebody watches: its lines go out at once, its state in a calm pace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError

from ecsportal.deployments.live import reading
from ecsportal.deployments.live.events import Lines, News, State, event, lines_event
from ecsportal.deployments.live.feed import Feed, all_sent

log = structlog.get_logger(__name__)
STATE_EVERY = 1.0
"""Seconds between two states. Every commit of the engine may change it, and it is a hundred times
as long as a line."""
WITH_LINES = 0.06
"""Seconds that a state waits for lines to go along with, which costs less than going alone."""
Read = Callable[..., Awaitable[Any]]


class Topic:
    """What is known of the deployment, and the feed of its viewers."""

    def __init__(self, deployment_id: int, cursor: int, read: Read) -> None:
        self.deployment_id = deployment_id
        self.cursor = cursor
        self.change_number = -1
        self.feed: Feed[News] = Feed()
        self._read = read
        self._changed = asyncio.Event()
        self._ended = asyncio.Event()
        self._rendering = asyncio.Lock()
        self._next_state: asyncio.Task[bytes] | None = None
        self.telling = asyncio.create_task(self._tell_states())
        # Also when it broke: streams that end are opened anew, silent ones are not.
        self.telling.add_done_callback(lambda _: self.feed.close())

    def take(self, update: reading.Update) -> None:
        """Publish new lines; have the state told where it changed."""
        if update.change_number != self.change_number or update.ended:
            self._changed.set()
        if update.ended:
            self._ended.set()
        self.cursor, self.change_number = update.cursor, update.change_number
        if update.lines:
            self.feed.publish(Lines(update.lines, lines_event(update.lines)))

    async def state(self) -> bytes:
        """The event with the state as it is now.

        It is rendered once at a time; who asks in the meantime share the next rendering.
        """
        if self._next_state is None:
            self._next_state = asyncio.create_task(self._render())
        return await asyncio.shield(self._next_state)

    def stop(self) -> None:
        """Nobody watches any more."""
        self.telling.cancel()

    async def _render(self) -> bytes:
        async with self._rendering:
            self._next_state = None  # what changes from now on might be missing in this one
            return event("state", await self._read(reading.rendered_state, self.deployment_id))

    async def _tell_states(self) -> None:
        """The state after a change: the first at once, then the newest each STATE_EVERY; at the
        end without delay."""
        ended = False
        while not ended:
            await self._changed.wait()
            self._changed.clear()
            ended = self._ended.is_set()
            await all_sent()  # lines first: rendering would slow down their way to the viewers
            try:
                state = State(await self.state(), ended)
                self.feed.publish(state, within=0.0 if ended else WITH_LINES)
            except (DatabaseError, InterfaceError) as error:
                log.warning("state_failed", deployment=self.deployment_id, error=str(error))
                self._changed.set()
                ended = False
                await asyncio.sleep(STATE_EVERY)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), STATE_EVERY)
