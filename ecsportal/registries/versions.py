"""The order of image tags: `1.10` above `1.9`, `1.0` above `1.0-rc.1`, `latest` at the bottom.

Tags carry whatever people write, so the grammar forgives: optional `v`, integers with dots between
them, then anything up to `+` as pre-release, then metadata. A tag without integers counts as
`0.0.0.0` with its whole text as pre-release. Integers are unbounded (a date with its time is one).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import total_ordering

_GRAMMAR = re.compile(
    r"^[vV]?(?P<numbers>\d+(?:\.\d+){0,3})(?P<rest>(?:[.\-_]?[^+]*)?)(?:\+(?P<metadata>.*))?$",
    re.DOTALL,
)
_LONGEST = 1000
"""Registries allow 128 characters; Python refuses to read a number of thousands."""
_SEPARATORS = re.compile(r"[^0-9A-Za-z]")

_Label = tuple[int, int, str]


@total_ordering
@dataclass(frozen=True, eq=False)
class TagVersion:
    """A tag read as a version; compares by version, metadata aside."""

    text: str
    numbers: tuple[int, int, int, int]
    prerelease: str
    metadata: str
    has_numbers: bool

    @property
    def is_prerelease(self) -> bool:
        """True for `1.0-rc.1` and `main-4f2c`; `latest` is none, it only sorts lowest."""
        return bool(self.prerelease) and self.text.lower() != "latest"

    def _key(self) -> tuple[bool, tuple[int, ...], bool, tuple[_Label, ...]]:
        if self.text.lower() == "latest":
            return False, (), False, ()
        return True, self.numbers, not self.prerelease, _labels(self.prerelease)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TagVersion) and self._key() == other._key()

    def __lt__(self, other: TagVersion) -> bool:
        return self._key() < other._key()

    def __hash__(self) -> int:
        return hash(self._key())


def parse(tag: str) -> TagVersion:
    """The tag as a version; never fails."""
    found = _GRAMMAR.match(tag) if len(tag) <= _LONGEST else None
    if found is None:
        prerelease, _, metadata = tag[:_LONGEST].partition("+")
        return TagVersion(tag, (0, 0, 0, 0), prerelease, metadata, has_numbers=False)
    given = [int(number) for number in found["numbers"].split(".")]
    first, second, third, fourth = (*given, 0, 0, 0, 0)[:4]
    rest = found["rest"]
    return TagVersion(
        text=tag,
        numbers=(first, second, third, fourth),
        prerelease=rest[1:] if rest[:1] in (".", "-", "_") else rest,
        metadata=found["metadata"] or "",
        has_numbers=True,
    )


def _labels(prerelease: str) -> tuple[_Label, ...]:
    """Label by label: numbers below words, words without regard to case, fewer labels lower."""
    return tuple(
        (0, int(label), "") if label.isdecimal() else (1, 0, label.lower())
        for label in _SEPARATORS.split(prerelease)
        if prerelease
    )


def newest_first(tags: Iterable[str]) -> list[str]:
    """The tags by version, newest first; equal versions by text, so that the order is stable."""
    return sorted(sorted(set(tags)), key=parse, reverse=True)


def newest(tags: Iterable[str]) -> str | None:
    """The tag with the highest version, or None where there is no tag."""
    return next(iter(newest_first(tags)), None)
