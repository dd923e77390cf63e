"""What differs between two processes, in words: for histories, conflicts and releases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ecsportal.steps.contract import JsonDict

MAX_VALUE = 60
_MISSING = object()


@dataclass(frozen=True)
class Change:
    """One difference. `path` lies within the step; empty for a step added, removed or moved."""

    kind: Literal["added", "removed", "moved", "changed"]
    step: str
    """The step's slug."""
    step_name: str
    path: str = ""
    before: str = ""
    after: str = ""

    @property
    def words(self) -> str:
        """`memory 1024 → 2048`, without the step's name."""
        if self.kind == "changed":
            return f"{self.path} {self.before} → {self.after}"
        return {"added": "added", "removed": "removed", "moved": "moved"}[self.kind]


def differences(before: Sequence[JsonDict], after: Sequence[JsonDict]) -> list[Change]:
    """Every difference, in the order of the later process; what was removed comes last."""
    old = {step["slug"]: step for step in before}
    new = {step["slug"]: step for step in after}
    changes: list[Change] = []
    moved = _moved([s for s in old if s in new], [s for s in new if s in old])
    for slug, step in new.items():
        if slug not in old:
            changes.append(Change("added", slug, step["name"]))
            continue
        if slug in moved:
            changes.append(Change("moved", slug, step["name"]))
        changes += [
            Change("changed", slug, step["name"], path, *_pair(was, now))
            for path, was, now in _value_changes("", old[slug], step)
        ]
    changes += [
        Change("removed", slug, step["name"]) for slug, step in old.items() if slug not in new
    ]
    return changes


def _moved(before: list[str], after: list[str]) -> set[str]:
    """The fewest steps that had to move: all but the longest common run in order."""
    best: list[list[str]] = [[] for _ in range(len(after) + 1)]
    for slug in before:
        row = [best[0]]
        for column, other in enumerate(after):
            if slug == other:
                row.append([*best[column], slug])
            else:
                row.append(max(best[column + 1], row[column], key=len))
        best = row
    return set(after) - set(best[-1])


def _value_changes(path: str, before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    if before == after:
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        found = []
        for key in [*after, *(key for key in before if key not in after)]:
            inner = f"{path}.{key}" if path else key
            found += _value_changes(inner, before.get(key, _MISSING), after.get(key, _MISSING))
        return found
    if _lists_to_compare(before, after):
        found = []
        for number, (was, now) in enumerate(zip(before, after, strict=True)):
            found += _value_changes(f"{path}[{number}]", was, now)
        return found
    return [(path.removeprefix("inputs."), before, after)]


def _lists_to_compare(before: Any, after: Any) -> bool:
    """Lists of equal length are compared place by place; lists of words read better whole."""
    if not isinstance(before, list) or not isinstance(after, list) or len(before) != len(after):
        return False
    return not all(isinstance(item, str) for item in [*before, *after])


def _pair(was: Any, now: Any) -> tuple[str, str]:
    """Both values as they are quoted; of long texts how many lines are new and gone."""
    if not all(isinstance(each, str) and "\n" in each for each in (was, now)):
        return shown(was), shown(now)
    before, after = Counter(was.splitlines()), Counter(now.splitlines())
    new, gone = (after - before).total(), (before - after).total()
    return _lines(before.total()), f"{_lines(after.total())}, {new} new, {gone} gone"


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"


def shown(value: Any) -> str:
    """A value as a history quotes it, short."""
    if value is _MISSING or value is None or value == "":
        return "empty"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            return _cut(", ".join(value))
        return "1 entry" if len(value) == 1 else f"{len(value)} entries"
    if isinstance(value, dict):
        return _cut(str(value.get("name") or value.get("type") or "set"))
    text = str(value)
    return _lines(len(text.splitlines())) if "\n" in text.strip() else _cut(text)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 1]}…"
