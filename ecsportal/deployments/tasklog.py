"""Writing the task log: a turn's lines are stored with the turn's state or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import F
from django.utils import timezone

from ecsportal.deployments.masking import Masker
from ecsportal.deployments.models import Deployment, Level, LogLine

LONGEST_LINE = 8_000
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


@dataclass
class TurnLog:
    """Collects the lines of one step on one target; a `StepLog` for its runner."""

    step: str = ""
    target: str = ""
    lines: list[Line] = field(default_factory=list)

    def add(self, level: str, text: str) -> None:
        """One line for each line of the text, without terminal codes, cut at LONGEST_LINE."""
        for part in text.splitlines() or [""]:
            clean = _ESCAPE_CODES.sub("", part).rstrip()
            if len(clean) > LONGEST_LINE:
                clean = f"{clean[:LONGEST_LINE]}… ({len(clean)} characters)"
            self.lines.append(Line(level, clean, self.step, self.target))

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


def store_lines(deployment_id: int, lines: Iterable[Line], masker: Masker) -> None:
    """Number and insert lines; within the lease's transaction, which makes this the one writer."""
    wanted = list(lines)
    if not wanted:
        return
    last = Deployment.objects.values_list("last_seq", flat=True).get(pk=deployment_id)
    kept = _within_limit(last, wanted)
    now = timezone.now()
    LogLine.objects.bulk_create(
        LogLine(
            deployment_id=deployment_id,
            seq=last + number,
            at=now,
            level=line.level,
            step=line.step,
            target=line.target,
            text=masker.mask(line.text),
        )
        for number, line in enumerate(kept, start=1)
    )
    Deployment.objects.filter(pk=deployment_id).update(last_seq=F("last_seq") + len(kept))


def _within_limit(last: int, lines: list[Line]) -> list[Line]:
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
