"""Searching a whole task log, all levels, whatever of it a page shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Collate, Lower
from django.db.models.lookups import Contains

from ecsportal.deployments.models import Deployment, LogLine

SHOWN = 200
"""Matches listed; a longer list wants a narrower word."""
MOST_COUNTED = 1_000
"""Matches counted: a word that stands in every line must not cost a look at all of them."""


@dataclass(frozen=True)
class Found:
    """What a search brings; `total` stops at MOST_COUNTED, then `more` is true."""

    words: str
    lines: Sequence[LogLine]
    total: int
    more: bool


def search(deployment: Deployment, words: str, *, outside: tuple[int, int] | None = None) -> Found:
    """The lines that contain the words, letter case aside, the newest first.

    With `outside` only lines before the first or after the second number: the rest is on the page.
    """
    wanted = words.strip()
    if not wanted:
        return Found("", [], 0, False)
    # Both ends of the numbers: so PostgreSQL without statistics goes backwards from the newest line
    # and stops early, where it would else look at all lines and sort them.
    every = deployment.lines.filter(seq__gte=1, seq__lte=deployment.last_seq)
    rows = _containing(every, wanted)
    if outside is not None:
        rows = rows.filter(Q(seq__lt=outside[0]) | Q(seq__gt=outside[1]))
    ids = list(rows.order_by("-seq").values_list("pk", flat=True)[: MOST_COUNTED + 1])
    lines = LogLine.objects.filter(pk__in=ids[:SHOWN]).order_by("-seq")
    return Found(wanted, list(lines), min(len(ids), MOST_COUNTED), len(ids) > MOST_COUNTED)


def _containing(rows: QuerySet[LogLine], words: str) -> QuerySet[LogLine]:
    if connection.vendor == "postgresql":
        # `icontains` would be UPPER(text::text) LIKE UPPER(...), twice as slow on long logs.
        # Letters beyond ASCII take as long again: they are lowered only where the words have some.
        text = Collate("text", "C") if words.isascii() else F("text")
        return rows.filter(Contains(Lower(text), words.lower()))
    return rows.filter(text__icontains=words)
