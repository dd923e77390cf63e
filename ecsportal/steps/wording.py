"""How the task log says durations and counts, and when a waiting step speaks at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

_NAMED_INPUTS = 3
_FIRST_LINES = (60, 120, 180, 300, 600, 900, 1200, 1800)
_THEN_EVERY = 1800


def duration(seconds: float) -> str:
    """`45 s`, `1 min 5 s`, `2 h 3 min`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def wait_lines_due(seconds: float) -> int:
    """How many "still waiting" lines belong to a wait of this length: dense first, then sparse."""
    early = sum(1 for at in _FIRST_LINES if seconds >= at)
    if early < len(_FIRST_LINES):
        return early
    return early + int((seconds - _FIRST_LINES[-1]) // _THEN_EVERY)


def counted(count: int, noun: str) -> str:
    """`1 task`, `3 tasks`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def broken_inputs(paths: Sequence[str]) -> str:
    """`Input cpu breaks a rule once the expressions are filled in.`, naming the first few.

    A problem of the step as a whole has the path "".
    """
    names = list(dict.fromkeys(filter(None, paths)))
    if not names:
        return "The inputs break a rule once the expressions are filled in."
    if len(names) == 1:
        return f"Input {names[0]} breaks a rule once the expressions are filled in."
    more = len(names) - _NAMED_INPUTS
    last = f"{more} more" if more > 0 else names[-1]
    named = ", ".join(names[:_NAMED_INPUTS] if more > 0 else names[:-1])
    return f"Inputs {named} and {last} break rules once the expressions are filled in."


def sentence(text: str) -> str:
    """The text with a full stop, where it doesn't end with one: another sentence follows."""
    return text if text.endswith((".", "!", "?", '."')) else f"{text}."


def iso(moment: datetime | None) -> str:
    """An ISO time for the page, or an empty text."""
    return moment.isoformat() if moment else ""
