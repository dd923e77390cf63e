"""What was typed, back into the document: values first, then the pressed button."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecsportal.steps.bound import is_bound
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.acts import NOTHING_DONE, Acted, act
from ecsportal.steps.forms.documents import look_up, put, read_object
from ecsportal.steps.forms.parts import Extra, Field, Group, Part, Section, top_parts

BASE = "_base"
"""The hidden field with the document that the form was rendered from."""
ACTION = "_action"
"""The button that was pressed, `add:containers` or `remove:containers.0.ports.1`; none saves."""
REMOVED = "_removed"
"""The hidden field with the row that was removed last, for its undo."""
FOCUS = "_focus"
"""The name of the field that has the focus, as the live template is told it."""
OPEN = "_open:"
"""Starts the name of a hidden field in each panel whose fields were on the page."""
TICK = "_tick:"
"""Starts the name of a hidden field beside each tick: browsers don't send ticks that are off."""
PASTED = "_paste:"
"""Starts the name of the field for lines that become rows of a list."""
_WHOLE = re.compile(r"\s*[+-]?\d{1,18}\s*", re.ASCII)
_SEPARATORS = re.compile(r"[\s,]+")
_UNTYPEABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Typed:
    """The document as it was sent, and what the pressed button did to it."""

    document: JsonDict
    acted: Acted = NOTHING_DONE


def typed(post: Mapping[str, Any], sections: Sequence[Section]) -> Typed:
    """The form's base with every typed value in its place and the pressed button's act done.

    Raises DamagedFormError where a hidden field was damaged on its way.
    """
    document = read_object(post.get(BASE, ""))
    for name, field in list(fields_of(sections, document)):
        if name in post or (field.kind == "flag" and TICK + name in post):
            _lay(document, name, field, post.get(name))
    opened = frozenset(name.removeprefix(OPEN) for name in post if name.startswith(OPEN))
    action = str(post.get(ACTION, ""))
    pasted = str(post.get(PASTED + action.partition(":")[2], ""))
    removed = str(post.get(REMOVED, ""))
    acted = act(document, action, removed, sections, opened, _UNTYPEABLE.sub("", pasted))
    return Typed(document, acted)


def fields_of(sections: Sequence[Section], document: JsonDict) -> Iterator[tuple[str, Field]]:
    """Every field that the form has for this document, by its full name."""
    yield from _fields(list(top_parts(sections)), "", document)


def text_of(value: Any) -> str:
    """A value as text; the items of a list one a line."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return str(value)


def shown_text(field: Field, value: Any) -> str:
    """A value as its field shows it."""
    return field.writes(value) if field.writes else text_of(value)


def is_typed_flag(value: Any) -> bool:
    """True for a flag that is text (an expression, or what was typed for one): no tick shows it."""
    return isinstance(value, str)


def _fields(parts: Sequence[Part], prefix: str, document: JsonDict) -> Iterator[tuple[str, Field]]:
    for part in parts:
        if isinstance(part, Group):
            yield from _fields(part.parts, prefix, document)
            continue
        name = f"{prefix}{part.path}"
        if isinstance(part, Field):
            yield name, part
        elif isinstance(part, Extra):
            if isinstance(look_up(document, name), dict):
                yield from _fields(part.parts, f"{name}.", document)
        else:
            rows = look_up(document, name, [])
            for index in range(len(rows) if isinstance(rows, list) else 0):
                yield from _fields(part.parts, f"{name}.{index}.", document)


def _lay(document: JsonDict, name: str, field: Field, sent: Any) -> None:
    before = look_up(document, name, field.empty)
    if field.kind == "flag" and not is_typed_flag(before):
        put(document, name, sent is not None)
        return
    if sent is None:
        return  # a field that the page didn't have
    text = _UNTYPEABLE.sub("", _lines(str(sent)))
    # What stands there as it was rendered stays as it is, whatever its type.
    if text != _lines(shown_text(field, before)):
        put(document, name, _read(field, text))


def _lines(text: str) -> str:
    """Line ends as browsers send them are not what the document holds."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read(field: Field, text: str) -> Any:
    """A typed text as the document keeps it; text that doesn't fit is kept for its message."""
    if field.reads:
        return field.reads(text)
    stripped = text.strip()
    if field.kind == "list":
        return [item for line in text.split("\n") for item in _items(line.strip())]
    if field.kind == "items":
        return [line for line in text.split("\n") if line.strip()]
    if field.kind == "flag":
        word = stripped.lower()
        return word == "true" if word in ("", "true", "false") else stripped
    keeps_spaces = field.keeps_spaces or field.kind == "lines"
    if not stripped and not (text and keeps_spaces):
        return field.empty
    if field.kind == "number" and _WHOLE.fullmatch(text):
        return int(text)
    return text if keeps_spaces else stripped


def _items(line: str) -> list[str]:
    """The items in one line; a line with an expression is one, whatever the expression holds."""
    if is_bound(line):
        return [line]
    return [item for item in _SEPARATORS.split(line) if item]
