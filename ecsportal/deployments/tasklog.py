"""Writing the task log: a turn's lines are stored with the turn's state or not at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from ecsportal.deployments.masking import Masker
from ecsportal.deployments.models import Level, LogLine
from ecsportal.deployments.row_writes import insert_rows

LONGEST_LINE = 8_000
LOOKED_BACK = 50
"""Lines among which the last one of the same step and target is looked for."""
MOST_LINES = 200_000
"""Beyond this a deployment keeps warnings and errors only, and says so once."""
_ESCAPE_CODES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Line:
    """A line that waits to be stored."""

    level: str
    text: str
    step: str = ""
    target: str = ""
    part: str = ""


class NumberedLine(NamedTuple):
    """A row of `LogLine` that isn't stored yet: ten times as fast to make as the model."""

    deployment_id: int
    seq: int
    at: Any
    """As the database takes it."""
    level: str
    step: str
    target: str
    part: str
    text: str


@dataclass
class TurnLog:
    """Collects the lines of one step on one target; a `StepLog` for its runner."""

    step: str = ""
    target: str = ""
    part: str = ""
    """What of the run the next lines tell of: `rollback`, or nothing in particular."""
    lines: list[Line] = field(default_factory=list)
    masker: Masker | None = None
    """Masks a line before it is cut: half a secret would not be recognised afterwards."""

    def add(self, level: str, text: str) -> None:
        """One line for each line of the text, without terminal codes, cut at LONGEST_LINE."""
        for part in text.splitlines() or [""]:
            clean = _ESCAPE_CODES.sub("", part).rstrip()
            if len(clean) > LONGEST_LINE:
                clean = self.masker.mask(clean) if self.masker else clean
                clean = f"{clean[:LONGEST_LINE]}… ({len(clean)} characters)"
            self.lines.append(Line(level, clean, self.step, self.target, self.part))

    def enter(self, part: str) -> None:
        """The next lines belong to this part of the run."""
        self.part = part

    def verbose(self, text: str) -> None:
        self.add(Level.VERBOSE, text)

    def info(self, text: str) -> None:
        self.add(Level.INFO, text)

    def highlight(self, text: str) -> None:
        self.add(Level.HIGHLIGHT, text)

    def wait(self, text: str) -> None:
        self.add(Level.WAIT, text)

    def warning(self, text: str) -> None:
        self.add(Level.WARNING, text)

    def error(self, text: str) -> None:
        self.add(Level.ERROR, text)


def numbered(
    deployment_id: int, last: int, lines: Sequence[Line], masker: Masker
) -> list[NumberedLine]:
    """The lines as rows that follow the one numbered `last`, masked, not stored yet.

    Only who holds the deployment's lease may store them: that makes it the one writer.
    """
    if not lines:
        return []
    kept = _within_limit(last, lines)
    texts = _masked(deployment_id, last, kept, masker)
    at = LogLine._meta.get_field("at").get_db_prep_save(timezone.now(), connection)
    return [
        NumberedLine(deployment_id, seq, at, line.level, line.step, line.target, line.part, text)
        for seq, (line, text) in enumerate(zip(kept, texts, strict=True), start=last + 1)
    ]


def store(rows: Sequence[NumberedLine]) -> None:
    """Store them, within the transaction that makes sure of the lease."""
    insert_rows(LogLine, NumberedLine._fields, rows)


def _masked(deployment_id: int, last: int, lines: Sequence[Line], masker: Masker) -> list[str]:
    """The texts without secrets; one may go on over lines of the same step and target."""
    if not masker:
        return [line.text for line in lines]
    texts: list[str] = []
    for (step, target), group in groupby(lines, key=lambda line: (line.step, line.target)):
        said = [line.text for line in group]
        before = _last_text(deployment_id, last, step, target) if masker.may_go_on(said) else ""
        texts += masker.mask_lines(said, before=before)
    return texts


def _last_text(deployment_id: int, last: int, step: str, target: str) -> str:
    rows = LogLine.objects.filter(
        deployment_id=deployment_id, step=step, target=target, seq__gt=last - LOOKED_BACK
    )
    return rows.order_by("-seq").values_list("text", flat=True).first() or ""


def _within_limit(last: int, lines: Sequence[Line]) -> Sequence[Line]:
    if last + len(lines) <= MOST_LINES:
        return lines
    room = max(0, MOST_LINES - last)
    important = [
        line for line in lines[room:] if line.level in (Level.WARNING, Level.ERROR, Level.FATAL)
    ]
    if last > MOST_LINES:
        return important  # it was said with the line after the last that had room
    notice = Line(
        Level.WARNING,
        f"This log has {MOST_LINES:,} lines. From here on it keeps warnings and errors only.",
    )
    return [*lines[:room], notice, *important]
