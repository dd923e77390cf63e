"""What every error code of the portal means and what to do about it.

API problems link here (`type: /docs/errors/<code>`), so does a failed deployment.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True)
class ErrorEntry:
    """One code: its meaning in a sentence, and what its reader can do."""

    area: str
    code: str
    meaning: str
    advice: str


_API = "API"
_ENTRIES = (
    ErrorEntry(
        _API,
        "VALIDATION",
        "A field doesn't follow its rule, or isn't known.",
        "The answer's errors name each field and its rule. Mend them and send again.",
    ),
)

CATALOGUE: dict[str, ErrorEntry] = {entry.code: entry for entry in _ENTRIES}


def sections() -> list[tuple[str, list[ErrorEntry]]]:
    """All entries by area, in the catalogue's order."""
    return [(area, list(entries)) for area, entries in groupby(_ENTRIES, key=lambda e: e.area)]
