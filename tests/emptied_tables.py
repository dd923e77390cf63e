"""Empties the tables after a test that commits, at a fraction of what Django's flush takes.

Flush truncates every table and then writes all content types and permissions anew: two seconds on
PostgreSQL with a slow disk. Here the rows go that a test has made. Content types and permissions
stay as the migrations left them; nothing in the portal writes them.
"""

from __future__ import annotations

from functools import cache

from django.core.management.color import no_style
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

_KEPT = {"django_content_type", "auth_permission"}
_APPEND_ONLY = "audit_auditevent"
"""Its trigger on PostgreSQL refuses DELETE."""


def empty_instead_of_flushing() -> None:
    """Let every test that commits end so, in this process."""
    TransactionTestCase._fixture_teardown = _empty_all  # type: ignore[attr-defined]


def _empty_all(case: TransactionTestCase) -> None:
    for name in case._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
        empty(connections[name])


def empty(connection: BaseDatabaseWrapper) -> None:
    """Delete all rows that a test can have made, in one transaction."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(_question(connection.alias))
        for (table,) in cursor.fetchall():
            cursor.execute(_emptying(connection, table))


@cache
def _question(alias: str) -> str:
    """Which tables have rows, in one query."""
    connection = connections[alias]
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    quote = connection.ops.quote_name
    return " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)})"  # noqa: S608 -- own names
        for table in sorted(set(tables) - _KEPT)
    )


def _emptying(connection: BaseDatabaseWrapper, table: str) -> str:
    if table == _APPEND_ONLY and connection.vendor == "postgresql":
        (statement,) = connection.ops.sql_flush(no_style(), [table])
        return statement
    return f"DELETE FROM {connection.ops.quote_name(table)}"  # noqa: S608 -- own names
