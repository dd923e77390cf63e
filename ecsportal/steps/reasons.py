"""What AWS said of a failure, equal reasons told once: with a count, and when it was said last.

Ten tasks that died of one thing are one piece of evidence. Ids, addresses and request numbers
inside a text differ each time without telling anything, so they don't make two reasons of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

_PASSING = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # a request's id
    r"|\b[0-9a-f]{32}\b|\b(?=[a-f]*\d)[0-9a-f]{8}\b"  # a task's id, long and short
    r"|\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b",  # an address
    re.IGNORECASE,
)
MOST_NAMED = 20
"""Single ones that a piece of evidence lists."""


@dataclass(frozen=True)
class Mention:
    """One of several that died of the same thing, and when (ISO, or empty)."""

    name: str
    at: str = ""


@dataclass(frozen=True)
class Evidence:
    """A reason in AWS's own words, once for all that it was said of.

    `noun` says of what (`task`, `event`), empty where nothing is counted; `line` tells all in one
    line; `each` are the single ones, the newest first and at most MOST_NAMED of them, each with a
    name or a time.
    """

    text: str
    line: str
    noun: str = ""
    count: int = 1
    newest_at: str = ""
    each: tuple[Mention, ...] = ()

    @property
    def unnamed(self) -> int:
        """How many of those that are counted aren't listed."""
        return self.count - len(self.each)


def told(  # noqa: PLR0913 -- each is one thing that is told
    text: str, *, line: str = "", noun: str = "", name: str = "", at: str = "", count: int = 1
) -> Evidence:
    """One thing that AWS said. `line` is how it reads while it stands alone."""
    each = (Mention(name, at),) if name or at else ()
    return Evidence(text, line or text, noun, count, at, each)


def folded(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Equal reasons become one, where the first of them stood; the newest gives the words."""
    found: dict[tuple[str, str], list[Evidence]] = {}
    for piece in evidence:
        found.setdefault((piece.noun, reason_of(piece.text)), []).append(piece)
    return tuple(_one(pieces) for pieces in found.values())


def reason_of(text: str) -> str:
    """The text without what differs each time: equal for equal reasons."""
    return _PASSING.sub("…", text)


def with_quote(evidence: Sequence[Evidence], quote: str) -> list[Evidence]:
    """The evidence, with the text that told the cause before it where nothing in it says that."""
    reason = reason_of(quote).rstrip(". ")  # a service's events are kept without their full stop
    if not quote or any(reason in reason_of(piece.text) for piece in evidence):
        return list(evidence)
    return [told(quote), *evidence]


def kept(error: Mapping[str, Any]) -> tuple[Evidence, ...]:
    """The evidence of an error as it is stored; errors of older versions have lines alone."""
    rows = error.get("evidence")
    if not rows:
        return tuple(told(line) for line in error.get("details") or ())
    return tuple(
        Evidence(**{**row, "each": tuple(Mention(**one) for one in row["each"])}) for row in rows
    )


def of_place(evidence: Sequence[Evidence], place: str) -> tuple[Evidence, ...]:
    """The same with the place behind each name: `88d27f14 on shop-2`."""
    return tuple(
        replace(
            piece,
            each=tuple(replace(one, name=f"{one.name} on {place}".strip()) for one in piece.each),
        )
        for piece in evidence
    )


def _one(pieces: Sequence[Evidence]) -> Evidence:
    if not pieces[0].noun or (len(pieces) == 1 and pieces[0].count == 1):
        return pieces[0]
    each = sorted((one for piece in pieces for one in piece.each), key=_at, reverse=True)
    newest = max(pieces, key=lambda piece: piece.newest_at)
    count = sum(piece.count for piece in pieces)
    line = f"{_counted(count, newest.noun, newest.newest_at)}: {newest.text}"
    return replace(newest, line=line, count=count, each=tuple(each[:MOST_NAMED]))


def _at(mention: Mention) -> str:
    return mention.at


def _counted(count: int, noun: str, newest_at: str) -> str:
    """`10 tasks, the newest at 2026-11-26 14:02:11 UTC`."""
    last = ""
    if newest_at:
        moment = datetime.fromisoformat(newest_at).astimezone(UTC)
        last = f", the newest at {moment:%Y-%m-%d %H:%M:%S} UTC"
    return f"{count} {noun}s{last}"
