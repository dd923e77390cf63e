"""Two texts compared line by line, as templates and processes are shown beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

CONTEXT_LINES = 3


@dataclass(frozen=True)
class DiffLine:
    """A line of the difference; `gap` stands for lines left out that stay as they are."""

    kind: Literal["same", "added", "removed", "gap"]
    text: str
    number: int = 0


def line_difference(before: str, after: str) -> list[DiffLine]:
    """Changed lines with a few around them; `number` is the line's place in its own text.

    Empty for equal texts.
    """
    was, now = before.splitlines(), after.splitlines()
    lines: list[DiffLine] = []
    matcher = SequenceMatcher(None, was, now, autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT_LINES):
        if lines or group[0][3] > 0:
            lines.append(DiffLine("gap", ""))
        for tag, start, end, other_start, other_end in group:
            if tag == "equal":
                lines += [DiffLine("same", now[n], n + 1) for n in range(other_start, other_end)]
                continue
            lines += [DiffLine("removed", was[n], n + 1) for n in range(start, end)]
            lines += [DiffLine("added", now[n], n + 1) for n in range(other_start, other_end)]
    return lines
