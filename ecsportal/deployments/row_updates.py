"""Many rows of a table updated at once, each with values of its own.

`bulk_update` makes an expression of each value, which takes longer than the update itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.db.models import Field, Model


def update_rows(fields: Sequence[str], rows: Sequence[Model]) -> None:
    """Write these fields of the rows, all of one model, as they are in memory."""
    known = {field.name: field for field in rows[0]._meta.concrete_fields}
    chosen = [known[name] for name in fields]
    quote = connection.ops.quote_name
    values = ", ".join(f"{quote(field.get_attname_column()[1])} = %s" for field in chosen)
    table, key = quote(rows[0]._meta.db_table), quote(rows[0]._meta.pk.get_attname_column()[1])
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET {values} WHERE {key} = %s",  # noqa: S608 -- names of our own
            [[*(_stored(row, field) for field in chosen), row.pk] for row in rows],
        )


def _stored(row: Model, field: Field) -> object:
    return field.get_db_prep_save(getattr(row, field.attname), connection)
