"""LISTEN on PostgreSQL: the engine's commits wake the tailer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import psycopg
import structlog
from django.db import connection

log = structlog.get_logger(__name__)
_OF_DJANGO = frozenset({"context", "cursor_factory", "prepare_threshold"})
"""What Django gives the driver for cursors of its own; the rest is how the server is reached."""


async def listen(woken: asyncio.Event) -> None:
    """Set `woken` at every notification, for ever; reconnects after a second.

    It needs a connection of its own. Behind PgBouncer in transaction mode it never hears anything:
    then the poll each second is what remains.
    """
    server = server_parameters(connection.get_connection_params())
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(**server, autocommit=True) as listener:
                await listener.execute("LISTEN deployment")
                async for _ in listener.notifies():
                    woken.set()
        except psycopg.Error as error:
            log.warning("listen_failed", error=str(error))
            await asyncio.sleep(1)


def server_parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """Of the parameters of Django's own connections those that say which server, and how."""
    return {name: value for name, value in given.items() if name not in _OF_DJANGO}
