"""A database of its own for a process that a test starts, on the server that the suite runs on."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql


@contextmanager
def scratch_database(folder: Path) -> Iterator[str]:
    """Its address as DATABASE_URL takes it; a file in the folder where the suite runs on SQLite."""
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        yield f"sqlite:///{folder / 'scratch.sqlite3'}"
        return
    with postgresql_database(server) as address:
        yield address


@contextmanager
def postgresql_database(server: str) -> Iterator[str]:
    """The address of a new database on the server, dropped at the block's end.

    Raises psycopg.OperationalError where the server doesn't answer.
    """
    name = f"ecsportal_scratch_{secrets.token_hex(4)}"
    quoted = sql.Identifier(name)
    with psycopg.connect(server, autocommit=True, connect_timeout=3) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(quoted))
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(quoted))


def rows(address: str, query: str) -> list[tuple[Any, ...]]:
    """The rows that a query finds there."""
    if address.startswith("sqlite"):
        with closing(sqlite3.connect(address.removeprefix("sqlite:///"), timeout=10)) as file:
            return file.execute(query).fetchall()
    with psycopg.connect(address) as connection:
        return connection.execute(query.encode()).fetchall()
