"""What differs between two lists of values, in words; secrets only as changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os.path import commonprefix
from typing import Any, Literal

from ecsportal.projects.process_difference import MAX_VALUE, shown
from ecsportal.projects.variables.scopes import Scope
from ecsportal.projects.variables.values import Type

CHANGED_SECRET = "(changed)"
Entry = Mapping[str, Any]
"""A value as a revision keeps it."""

_CONTEXT = 12  # characters before the first difference
_TOLD = ("name", "type", "value", "scope", "prompt", "description")


@dataclass(frozen=True)
class VariableChange:
    """One value added, removed or changed. `source` is empty for the project's own."""

    kind: Literal["added", "removed", "changed"]
    id: int
    name: str
    scope: tuple[str, ...]
    """What it applies to; for a changed one as it is now."""
    fields: tuple[str, ...] = ()
    """What changed: of name, type, value, scope, prompt, description."""
    before: str = ""
    """The value before, as sentences quote it; "(changed)" on both sides for a secret."""
    after: str = ""
    sensitive: bool = False
    source: str = ""

    @property
    def words(self) -> str:
        """`Count (production): 2 → 3`."""
        place = f"{self.name} ({', '.join(self.scope) or 'everywhere'})"
        place = f"{place} in {self.source}" if self.source else place
        if self.kind != "changed":
            return f"{place}: {self.kind}"
        others = [field for field in self.fields if field != "value"]
        parts = [f"{', '.join(others)} changed"] if others else []
        if "value" in self.fields:
            words = CHANGED_SECRET if self.sensitive else f"{self.before} → {self.after}"
            parts.insert(0, words)
        return f"{place}: {', '.join(parts)}"


def variable_changes(
    before: Sequence[Entry], after: Sequence[Entry], *, source: str = ""
) -> list[VariableChange]:
    """Every difference in the order of the later list; what was removed comes last."""
    old = {entry["id"]: entry for entry in before}
    kept = {entry["id"] for entry in after}
    changes = []
    for entry in after:
        known = old.get(entry["id"])
        if known is None:
            changes.append(_change("added", entry, source, after=_value(entry)))
        elif known != entry:
            changes.append(_changed(known, entry, source))
    removed = [entry for entry in before if entry["id"] not in kept]
    return changes + [_change("removed", e, source, before=_value(e)) for e in removed]


def changed_entries(before: Iterable[Entry], after: Iterable[Entry]) -> list[Entry]:
    """The entries that a save touches: added and removed ones, and both forms of changed ones."""
    old = {entry["id"]: entry for entry in before}
    new = {entry["id"]: entry for entry in after}
    touched = [entry for number, entry in old.items() if new.get(number) != entry]
    return touched + [entry for number, entry in new.items() if old.get(number) != entry]


def _change(
    kind: Literal["added", "removed", "changed"],
    entry: Entry,
    source: str,
    *,
    fields: tuple[str, ...] = (),
    before: str = "",
    after: str = "",
) -> VariableChange:
    return VariableChange(
        kind=kind,
        id=entry["id"],
        name=entry["name"],
        scope=scope_names(entry["scope"]),
        fields=fields,
        before=before,
        after=after,
        sensitive=entry["type"] == Type.SENSITIVE,
        source=source,
    )


def _changed(known: Entry, entry: Entry, source: str) -> VariableChange:
    fields = [name for name in _TOLD if known[name] != entry[name]]
    if known.get("secret") != entry.get("secret") and "value" not in fields:
        fields.append("value")
    secret = Type.SENSITIVE in (known["type"], entry["type"])
    start = _start_of_difference(known["value"] or "", entry["value"] or "")
    return _change(
        "changed",
        entry,
        source,
        fields=tuple(fields),
        before=CHANGED_SECRET if secret else _value(known, start),
        after=CHANGED_SECRET if secret else _value(entry, start),
    )


def _start_of_difference(before: str, after: str) -> int:
    """Where to begin to quote two long texts, so that what differs can be seen."""
    same = len(commonprefix([before, after]))
    return same - _CONTEXT if same > MAX_VALUE - 2 * _CONTEXT else 0


def _value(entry: Entry, start: int = 0) -> str:
    if entry["type"] == Type.SENSITIVE:
        return CHANGED_SECRET
    return f"…{shown(entry['value'][start:])}" if start else shown(entry["value"])


def scope_names(scope: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """All names of a scope in one list, environments first."""
    return tuple(name for kind in Scope.of(scope).as_document().values() for name in kind)
