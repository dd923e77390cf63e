"""Many rows of a table updated at once, each with values of its own.

`bulk_update` makes an expression of each value, which takes longer than the update itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model


def update_rows(fields: Sequence[str], rows: Sequence[Model]) -> None:
    """Write these fields of the rows, all of one model, as they are in memory."""
    meta = rows[0]._meta
    known = {field.name: field for field in meta.concrete_fields}
    chosen = [known[name] for name in fields]
    values = ", ".join(f"{_column(field)} = %s" for field in chosen)
    key = next(field for field in meta.concrete_fields if field.primary_key)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {meta.db_table} SET {values} WHERE {_column(key)} = %s",  # noqa: S608 -- ours
            [[*(_stored(row, field) for field in chosen), row.pk] for row in rows],
        )


def _column(field: Field[Any, Any]) -> str:
    return connection.ops.quote_name(str(field.column))


def _stored(row: Model, field: Field[Any, Any]) -> Any:
    return field.get_db_prep_save(getattr(row, field.attname), connection)
