"""SELECTs that Django compiles once and that run many times, each time with other values.

Django compiles a queryset anew whenever it runs, and takes several times as long for it as the
database does for the answer. What every turn of every deployment asks is compiled once here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

from django.db import connection
from django.db.models import Expression, Model, QuerySet
from django.db.models.query import get_related_populators
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row")
AT_ONCE = 50
"""Values in one `IN` of many: a text is kept for each number of them."""


class Given(Expression):
    """Stands in a queryset for the value that comes at this place of a run: an id or a text."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        """A placeholder; the value takes this object's place among the parameters."""
        return "%s", [self]


@dataclass
class Compiled(Generic[Row]):
    """A queryset of models or of values, made by `make` from a `Given` for each value.

    It is compiled for each number of values by itself, so that `IN` may take more or fewer.
    """

    make: Callable[..., QuerySet[Any, Any]]
    _selects: dict[tuple[str, int], _Select] = field(default_factory=dict)

    def rows(self, *values: int | str) -> list[Row]:
        """What the queryset gives with these values."""
        shape = connection.vendor, len(values)
        select = self._selects.get(shape)
        if select is None:
            made = self.make(*(Given(place) for place in range(len(values))))
            select = self._selects[shape] = _Select.of(made)
        return cast(list[Row], select.rows(values))

    def rows_of_many(self, values: Iterable[int | str]) -> list[Row]:
        """The same for any number of values that stand in one `IN`, some at once."""
        given = list(values)
        parts = (given[start : start + AT_ONCE] for start in range(0, len(given), AT_ONCE))
        return [row for part in parts for row in self.rows(*part)]

    def first(self, *values: int | str) -> Row | None:
        """The first row, or None."""
        found = self.rows(*values)
        return found[0] if found else None


@dataclass(frozen=True)
class _Select:
    """A compiled queryset: its text, and how its rows become what the queryset promises."""

    model: type[Model]
    text: str
    params: Sequence[Any]
    converters: Sequence[tuple[int, Any]]
    names: Sequence[str]
    """The model's own columns; they come first. Empty for a queryset of values."""
    related: Sequence[Any]
    annotations: Sequence[tuple[str, int]]

    @classmethod
    def of(cls, queryset: QuerySet[Any, Any]) -> _Select:
        """Compile it, and note what Django's own iteration would look up each time."""
        compiler = queryset.query.get_compiler(connection=connection)
        text, params = compiler.as_sql()
        select = compiler.select
        info: Any = compiler.klass_info if queryset.query.default_cols else None
        return cls(
            model=queryset.model,
            text=text,
            params=params,
            converters=list(compiler.get_converters([column for column, *_ in select]).items()),
            names=[select[n][0].target.attname for n in info["select_fields"]] if info else (),
            related=_populators(info, select) if info else (),
            annotations=list((compiler.annotation_col_map or {}).items()) if info else (),
        )

    def rows(self, values: Sequence[Any]) -> list[Any]:
        params = [values[p.place] if isinstance(p, Given) else p for p in self.params]
        with connection.cursor() as cursor:
            cursor.execute(self.text, params)
            fetched = [self._converted(list(row)) for row in cursor.fetchall()]
        return [self._instance(row) for row in fetched] if self.names else fetched

    def _converted(self, row: list[Any]) -> list[Any]:
        for place, (converters, column) in self.converters:
            for convert in converters:
                row[place] = convert(row[place], column, connection)
        return row

    def _instance(self, row: Sequence[Any]) -> Model:
        instance = self.model.from_db(connection.alias, self.names, row[: len(self.names)])
        for populator in self.related:
            populator.populate(row, instance)
        for name, place in self.annotations:
            setattr(instance, name, row[place])
        return instance


def _populators(info: Any, select: Sequence[Any]) -> Sequence[Any]:
    """What fills in the rows that `select_related` names."""
    return get_related_populators(info, select, connection.alias)  # type: ignore[call-arg]


def keep_related(instance: Model, name: str, rows: Sequence[Model]) -> None:
    """Let `instance.name.all()` give these rows without a look, as `prefetch_related` would."""
    queryset = getattr(instance, name).all()
    queryset._result_cache = list(rows)
    queryset._prefetch_done = True
    cache = vars(instance).setdefault("_prefetched_objects_cache", {})
    cache[name] = queryset
