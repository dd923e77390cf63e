"""Lists by cursor: `{"items": [...], "next": "/api/v1/...?cursor=..."}`."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from ninja import Field, Schema

from ecsportal.problems import FieldError, ValidationProblem

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")


class Paging(Schema):
    """The query of every list: `paging: Query[Paging]`."""

    limit: int = Field(50, ge=1, le=200)
    cursor: str = ""


class Page(Schema, Generic[Item]):
    """A stretch of a list; `next` is null at the end."""

    items: list[Item]
    next: str | None


def paginate(
    request: HttpRequest,
    rows: QuerySet[Row],
    paging: Paging,
    present: Callable[[Row], Item],
    *,
    order: Sequence[str] = ("-pk",),
) -> dict[str, Any]:
    """The page of `rows` behind the cursor, each shown by `present`.

    `order` are fields of the row, `-` for descending, the last one unique; none may be null. The
    cursor holds the last row's values, so rows that come or go meanwhile shift nothing.
    """
    rows = rows.order_by(*order)
    if paging.cursor:
        rows = rows.filter(_behind(order, _decode(paging.cursor, len(order))))
    found = list(rows[: paging.limit + 1])
    shown = found[: paging.limit]
    following = None
    if len(found) > len(shown):
        query = request.GET.copy()
        query["cursor"] = _encode([_value(shown[-1], name) for name in order])
        following = f"{request.path}?{query.urlencode()}"
    return {"items": [present(row) for row in shown], "next": following}


def _behind(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows that come after these values: further in the first field where they differ."""
    behind, equal = Q(pk__in=()), Q()
    for name, value in zip(order, values, strict=True):
        field = name.lstrip("-")
        operator = "lt" if name.startswith("-") else "gt"
        behind |= equal & Q(**{f"{field}__{operator}": value})
        equal &= Q(**{field: value})
    return behind


def _value(row: Model, name: str) -> Any:
    value: Any = row
    for part in name.lstrip("-").split("__"):
        value = getattr(value, part)
    return value


def _encode(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def _decode(cursor: str, length: int) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        values = None
    if (
        not isinstance(values, list)
        or len(values) != length
        or not all(isinstance(value, str | int) for value in values)
    ):
        raise ValidationProblem(
            [FieldError("cursor", "This cursor isn't one of ours. Start without one.", "cursor")]
        )
    return values
