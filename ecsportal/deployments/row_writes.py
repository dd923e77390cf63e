"""Rows written with statements of our own.

Django makes an expression of each value that it writes, which takes longer than the write itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Expression, Field, Model
from django.db.models.expressions import Combinable

_COPIED_FROM = 10
"""Rows: fewer are stored sooner by one statement, as a copy takes more round trips, and a busy
worker waits for its turn after each."""
_INSERTED_AT_ONCE = 100


@dataclass(frozen=True)
class Sql:
    """A piece of SQL that stands where a value would."""

    text: str
    params: tuple[Any, ...] = ()


def compiled_expression(model: type[Model], expression: Combinable) -> Sql:
    """What Django makes of an expression; keep it, for the database that is connected now."""
    query = model._default_manager.all().query
    resolved: Expression = expression.resolve_expression(query)  # type: ignore[attr-defined]
    text, params = query.get_compiler(connection=connection).compile(resolved)
    return Sql(text, tuple(params))


def update_where(
    model: type[Model],
    values: Mapping[str, Any],
    where: Mapping[str, Any],
    *,
    then: Sql | None = None,
) -> int:
    """Write these values to the rows whose columns equal `where`; how many there were.

    `then` is evaluated by the database for each row that was written.
    """
    pieces: list[str] = []
    params: list[Any] = []
    for name, value in values.items():
        text, given = _assigned(model, name, value)
        pieces.append(f"{_column(model, name)} = {text}")
        params += given
    conditions = " AND ".join(f"{_column(model, name)} = %s" for name in where)
    text = f"UPDATE {model._meta.db_table} SET {', '.join(pieces)} WHERE {conditions}"  # noqa: S608 -- ours
    params += where.values()
    if then is not None:
        text += f" RETURNING {then.text}"
        params += then.params
    return execute_each(text, [params])


def update_rows(fields: Sequence[str], rows: Sequence[Model]) -> None:
    """Write these fields of the rows, all of one model, as they are in memory."""
    if not rows:
        return
    model = type(rows[0])
    chosen = [_field(model, name) for name in fields]
    values = ", ".join(f"{_column(model, name)} = %s" for name in fields)
    text = f"UPDATE {model._meta.db_table} SET {values} WHERE {_column(model, 'pk')} = %s"  # noqa: S608 -- ours
    execute_each(text, [[*(_stored(row, field) for field in chosen), row.pk] for row in rows])


def execute_each(text: str, rows: Sequence[Sequence[Any]]) -> int:
    """Run one statement for each of these parameters; how many rows it changed in all."""
    with connection.cursor() as cursor:
        if len(rows) == 1:
            cursor.execute(text, rows[0])
        else:
            cursor.executemany(text, rows)
        return int(cursor.rowcount)


def update_row(row: Model) -> None:
    """Write all fields of a row as they are in memory."""
    update_rows(_all_fields(type(row)), [row])


def upsert_row(row: Model, *, unique: Sequence[str]) -> None:
    """Store a new row, or write its values to the one that equals it in the `unique` fields."""
    model = type(row)
    names = _all_fields(model)
    known = ", ".join(_column(model, name) for name in unique)
    others = (_column(model, name) for name in names if name not in unique)
    values = ", ".join(f"{column} = excluded.{column}" for column in others)
    stored = [_stored(row, _field(model, name)) for name in names]
    _insert(model, names, [stored], f" ON CONFLICT ({known}) DO UPDATE SET {values}")


def insert_rows(model: type[Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Store new rows: their values of these fields, as the database takes them."""
    if connection.vendor == "postgresql" and len(rows) >= _COPIED_FROM:
        _copy(model, names, rows)
        return
    for first in range(0, len(rows), _INSERTED_AT_ONCE):
        _insert(model, names, rows[first : first + _INSERTED_AT_ONCE])


def _copy(model: type[Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A stream of values: there is no long statement that driver and server have to take apart."""
    text = f"COPY {model._meta.db_table} ({_columns(model, names)}) FROM STDIN"
    # Django's cursor doesn't know `copy`, so the driver's errors are made Django's here.
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(text) as copy:
        for row in rows:
            copy.write_row(row)


def _insert(
    model: type[Model], names: Sequence[str], rows: Sequence[Sequence[Any]], conflict: str = ""
) -> None:
    places = f"({', '.join(['%s'] * len(names))})"
    values = ", ".join([places] * len(rows))
    text = (
        f"INSERT INTO {model._meta.db_table} ({_columns(model, names)}) VALUES {values}{conflict}"  # noqa: S608 -- ours
    )
    execute_each(text, [[value for row in rows for value in row]])


def _assigned(model: type[Model], name: str, value: Any) -> tuple[str, Sequence[Any]]:
    if isinstance(value, Sql):
        return value.text, value.params
    plain = value.pk if isinstance(value, Model) else value
    return "%s", [_field(model, name).get_db_prep_save(plain, connection)]


@cache
def _field(model: type[Model], name: str) -> Field[Any, Any]:
    found = model._meta.pk if name == "pk" else model._meta.get_field(name)
    assert isinstance(found, Field)  # noqa: S101 -- a column of ours, not something that was typed
    return found


@cache
def _all_fields(model: type[Model]) -> tuple[str, ...]:
    return tuple(field.name for field in model._meta.concrete_fields if not field.primary_key)


@cache
def _column(model: type[Model], name: str) -> str:
    return connection.ops.quote_name(str(_field(model, name).column))


def _columns(model: type[Model], names: Sequence[str]) -> str:
    return ", ".join(_column(model, name) for name in names)


def _stored(row: Model, field: Field[Any, Any]) -> Any:
    return field.get_db_prep_save(getattr(row, field.attname), connection)
