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
SEARCHED_FIRST = 20_000
"""The newest lines; a word that stands in many of them needs no look at the others."""


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
    rows = _containing(deployment.lines.all(), wanted)
    if outside is not None:
        rows = rows.filter(Q(seq__lt=outside[0]) | Q(seq__gt=outside[1]))
    ids = _newest(rows, deployment.last_seq)
    lines = LogLine.objects.filter(pk__in=ids[:SHOWN]).order_by("-seq")
    return Found(wanted, list(lines), min(len(ids), MOST_COUNTED), len(ids) > MOST_COUNTED)


def _newest(rows: QuerySet[LogLine], last: int) -> list[int]:
    """The ids of the newest of these lines, at most one more than are counted.

    PostgreSQL takes a word for a rare one, reads the whole log and sorts what it found: so the
    newest lines are asked for first, and the others only where those weren't enough.
    """
    ids: list[int] = []
    newest = max(0, last - SEARCHED_FIRST)
    for after, until in ((newest, last), (0, newest)):
        room = MOST_COUNTED + 1 - len(ids)
        if room and after < until:
            part = rows.filter(seq__gt=after, seq__lte=until).order_by("-seq")
            ids += part.values_list("pk", flat=True)[:room]
    return ids


def _containing(rows: QuerySet[LogLine], words: str) -> QuerySet[LogLine]:
    if connection.vendor == "postgresql":
        # `icontains` would be UPPER(text::text) LIKE UPPER(...), twice as slow on long logs.
        # Letters beyond ASCII take as long again: they are lowered only where the words have some.
        text = Collate("text", "C") if words.isascii() else F("text")
        return rows.filter(Contains(Lower(text), words.lower()))
    return rows.filter(text__icontains=words)
