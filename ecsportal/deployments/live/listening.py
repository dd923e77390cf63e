"""LISTEN on PostgreSQL: the engine's commits wake the tailer."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import structlog
from django.db import connection

log = structlog.get_logger(__name__)


async def listen(woken: asyncio.Event) -> None:
    """Set `woken` at every notification, for ever; reconnects after a second.

    It needs a connection of its own. Behind PgBouncer in transaction mode it never hears anything:
    then the poll each second is what remains.
    """
    parameters: dict[str, Any] = connection.get_connection_params()
    wanted = {"dbname", "user", "password", "host", "port", "sslmode"}
    kept = {key: value for key, value in parameters.items() if key in wanted}
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(**kept, autocommit=True) as listener:
                await listener.execute("LISTEN deployment")
                async for _ in listener.notifies():
                    woken.set()
        except psycopg.Error as error:
            log.warning("listen_failed", error=str(error))
            await asyncio.sleep(1)
