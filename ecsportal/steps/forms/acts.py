"""What the buttons beside fields and rows do to the document."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.documents import (
    DamagedFormError,
    idname,
    look_up,
    put,
    read_object,
)
from ecsportal.steps.forms.panels import opened_after
from ecsportal.steps.forms.parts import Extra, Field, Rows, Section, part_at, top_parts
from ecsportal.steps.forms.pasted import lay_pasted

MOST_ROWS = 500


@dataclass(frozen=True)
class Removed:
    """A row that was taken out, with the name of the place where it stood."""

    name: str
    row: Any

    @property
    def owner(self) -> str:
        """The name of its list."""
        return self.name.rpartition(".")[0]

    @property
    def text(self) -> str:
        """For the hidden field of its undo."""
        return json.dumps({"name": self.name, "row": self.row}, separators=(",", ":"))


@dataclass(frozen=True)
class Acted:
    """`near` names the place that was acted on, `focus` is the HTML id to go on at."""

    near: str = ""
    focus: str = ""
    removed: Removed | None = None
    is_new: bool = False
    """True where `near` is a row that was added just now."""
    opened: frozenset[str] = frozenset()
    """The names of the panels whose fields are on the page."""


NOTHING_DONE = Acted()


def act(
    document: JsonDict,
    action: str,
    removed: str,
    sections: Sequence[Section],
    opened: frozenset[str] = frozenset(),
    pasted: str = "",
) -> Acted:
    """Add, remove, bring back or move a row or optional object, open a panel, bind or mend a field.

    `removed` is the hidden field of the row that was removed last; it stays until another is.
    `pasted` are lines to add as rows. Anything else changes nothing.
    """
    undo = _read_removed(removed)
    if action.startswith("paste:"):
        acted = _paste(document, action.removeprefix("paste:"), sections, undo, pasted)
    else:
        acted = _act(document, action, undo, sections)
    before = undo.name if undo and action.startswith("restore:") else ""
    return replace(acted, opened=opened_after(opened, action, before))


def _act(
    document: JsonDict, action: str, undo: Removed | None, sections: Sequence[Section]
) -> Acted:
    verb, _, name = action.partition(":")
    part = part_at(list(top_parts(sections)), name)
    if verb in _ON_ROWS and not isinstance(part, Extra):
        owner, _, number = name.rpartition(".")
        rows, items = _rows_and_items(document, owner, sections)
        if rows is None or not number.isdecimal() or int(number) >= len(items):
            return Acted(removed=undo)
        acted = _ON_ROWS[verb](rows, items, owner, int(number))
        return acted if acted.removed else Acted(acted.near, acted.focus, undo)
    if verb in ("add", "remove") and isinstance(part, Extra):
        return _add_or_remove_extra(document, name, part, undo, adds=verb == "add")
    if verb == "add":
        return _add(document, name, sections, undo)
    if verb == "open":
        owner, _, number = name.rpartition(".")
        rows, items = _rows_and_items(document, owner, sections)
        is_there = rows is not None and number.isdecimal() and int(number) < len(items)
        return Acted(name, f"head-{idname(name)}", undo) if is_there else Acted(removed=undo)
    if verb == "restore" and undo:
        return _restore(document, undo, sections)
    if verb in ("bind", "unbind", "offer") and isinstance(part, Field):
        return _change(document, name, part, verb, undo)
    return Acted(removed=undo)


def _add_or_remove_extra(
    document: JsonDict, name: str, extra: Extra, undo: Removed | None, *, adds: bool
) -> Acted:
    there = look_up(document, name)
    if adds == isinstance(there, dict):
        return Acted(removed=undo)
    put(document, name, copy.deepcopy(extra.new) if adds else None)
    if adds:
        return Acted(name, _first_field(extra, name), undo, is_new=True)
    return Acted(name, f"add-{idname(name)}", Removed(name, there))


def _add(document: JsonDict, name: str, sections: Sequence[Section], undo: Removed | None) -> Acted:
    rows = part_at(list(top_parts(sections)), name)
    if not isinstance(rows, Rows):
        return Acted(removed=undo)
    if not isinstance(look_up(document, name), list):
        put(document, name, [])
    items = look_up(document, name)
    if len(items) >= MOST_ROWS:
        return Acted(name, f"add-{idname(name)}", undo)
    items.append(copy.deepcopy(rows.new))
    row = f"{name}.{len(items) - 1}"
    return Acted(row, _first_field(rows, row), undo, is_new=True)


def _paste(
    document: JsonDict, name: str, sections: Sequence[Section], undo: Removed | None, text: str
) -> Acted:
    rows = part_at(list(top_parts(sections)), name)
    if not isinstance(rows, Rows) or not all(rows.pastes):
        return Acted(removed=undo)
    if not isinstance(look_up(document, name), list):
        put(document, name, [])
    lay_pasted(rows, look_up(document, name), text, most=MOST_ROWS)
    return Acted(name, f"add-{idname(name)}", undo)


def _first_field(owner: Rows | Extra, name: str) -> str:
    first = next(part for part in owner.parts if isinstance(part, Field))
    return f"f-{idname(name)}-{idname(first.path)}"


def _remove(rows: Rows, items: list[Any], owner: str, index: int) -> Acted:
    removed = Removed(f"{owner}.{index}", items.pop(index))
    if not items:
        return Acted(owner, f"add-{idname(owner)}", removed)
    # The row that follows takes the place; a panel is met at its head, not inside.
    next_row = f"{owner}.{min(index, len(items) - 1)}"
    button = "head" if rows.look == "panel" else "remove"
    return Acted(owner, f"{button}-{idname(next_row)}", removed)


def _up(rows: Rows, items: list[Any], owner: str, index: int) -> Acted:
    return _moved(items, owner, index, max(index - 1, 0))


def _down(rows: Rows, items: list[Any], owner: str, index: int) -> Acted:
    return _moved(items, owner, index, min(index + 1, len(items) - 1))


def _moved(items: list[Any], owner: str, index: int, to: int) -> Acted:
    items.insert(to, items.pop(index))
    button = "up" if to < index else "down"
    # At its end the list has no further move in that direction: its button is off.
    if to == 0:
        button = "down"
    elif to == len(items) - 1:
        button = "up"
    row = f"{owner}.{to}"
    return Acted(row, f"{button}-{idname(row)}")


_ON_ROWS: Mapping[str, Callable[[Rows, list[Any], str, int], Acted]] = {
    "remove": _remove,
    "up": _up,
    "down": _down,
}


def _restore(document: JsonDict, undo: Removed, sections: Sequence[Section]) -> Acted:
    part = part_at(list(top_parts(sections)), undo.name)
    if isinstance(part, Extra):
        put(document, undo.name, undo.row)
        return Acted(undo.name, _first_field(part, undo.name))
    rows, items = _rows_and_items(document, undo.owner, sections)
    if rows is None or len(items) >= MOST_ROWS:
        return Acted(removed=undo)
    number = undo.name.rpartition(".")[2]
    index = min(int(number) if number.isdecimal() else 0, len(items))
    items.insert(index, undo.row)
    row = f"{undo.owner}.{index}"
    return Acted(row, _first_field(rows, row))


def _change(document: JsonDict, name: str, field: Field, verb: str, undo: Removed | None) -> Acted:
    """Turn a choice or tick into a text field for an expression, or back; take what is offered."""
    holder = name[: -len(field.path)].rstrip(".")
    if holder and not isinstance(look_up(document, holder), dict):
        return Acted(removed=undo)
    if verb == "offer":
        offer = field.offer(look_up(document, name, field.empty)) if field.offer else None
        if offer is None:
            return Acted(removed=undo)
        put(document, name, offer.value)
    else:
        expression = f"#{{{proposed_variable(field)}}}"
        put(document, name, expression if verb == "bind" else _unbound(field))
    return Acted(name, f"f-{idname(name)}", undo)


def proposed_variable(field: Field) -> str:
    """A name for the variable that a field is bound to: `CpuArchitecture`."""
    words = re.findall(r"[a-z0-9]+", field.path.rpartition(".")[2])
    return "".join(word.capitalize() for word in words)


def _unbound(field: Field) -> Any:
    if field.empty != "" or field.kind != "choice":
        return False if field.empty == "" else field.empty
    return field.choices[0][0] if isinstance(field.choices, tuple) and field.choices else ""


def _rows_and_items(
    document: JsonDict, name: str, sections: Sequence[Section]
) -> tuple[Rows | None, list[Any]]:
    rows, items = part_at(list(top_parts(sections)), name), look_up(document, name)
    return (rows, items) if isinstance(rows, Rows) and isinstance(items, list) else (None, [])


def _read_removed(text: str) -> Removed | None:
    if not text:
        return None
    held = read_object(text)
    if not isinstance(held.get("name"), str) or not isinstance(held.get("row"), dict):
        raise DamagedFormError("A hidden part of the form is damaged.")
    return Removed(held["name"], held["row"])
