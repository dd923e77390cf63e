"""What was typed, back into the document: values first, then the pressed button."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ecsportal.steps.bound import is_bound
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.documents import look_up, put
from ecsportal.steps.forms.parts import Field, Rows, Section

BASE = "_base"
"""The hidden field with the document that the form was rendered from."""
ACTION = "_action"
"""The button that was pressed, `add:containers` or `remove:containers.0.ports.1`; none saves."""
MOST_ROWS = 500
_WHOLE = re.compile(r"\s*[+-]?\d{1,18}\s*", re.ASCII)
_SEPARATORS = re.compile(r"[\s,]+")


def typed_document(post: Mapping[str, Any], sections: Sequence[Section]) -> JsonDict:
    """The document as the form was sent: its base with every typed value in its place.

    Raises ValueError where the hidden base is not a JSON object (a damaged form).
    """
    document = json.loads(post.get(BASE, ""))
    if not isinstance(document, dict):
        raise ValueError("The form's hidden document is no object.")
    for name, field in fields_of(sections, document):
        put(document, name, _read(field, post.get(name)))
    act(document, str(post.get(ACTION, "")), sections)
    return document


def fields_of(sections: Sequence[Section], document: JsonDict) -> Iterator[tuple[str, Field]]:
    """Every field that the form shows for this document, by its full name."""
    for section in sections:
        yield from _fields(section.parts, "", document)


def act(document: JsonDict, action: str, sections: Sequence[Section]) -> None:
    """Add, remove or move a row; anything else changes nothing."""
    verb, _, name = action.partition(":")
    if verb == "add":
        _add(document, name, sections)
    elif verb in ("remove", "up", "down"):
        owner, _, index = name.rpartition(".")
        rows = look_up(document, owner)
        if isinstance(rows, list) and index.isdecimal() and int(index) < len(rows):
            _change(rows, int(index), verb)


def _fields(
    parts: Sequence[Field | Rows], prefix: str, document: JsonDict
) -> Iterator[tuple[str, Field]]:
    for part in parts:
        name = f"{prefix}{part.path}"
        if isinstance(part, Field):
            yield name, part
        else:
            for index in range(len(_rows_at(document, name))):
                yield from _fields(part.parts, f"{name}.{index}.", document)


def _rows_at(document: JsonDict, name: str) -> list[Any]:
    rows = look_up(document, name, [])
    return rows if isinstance(rows, list) else []


def _read(field: Field, text: Any) -> Any:
    """A posted text as the document keeps it; text that doesn't fit is kept for its message."""
    if field.kind == "flag":
        return text if is_bound(text) else text is not None
    text = "" if text is None else str(text)
    if field.kind == "list":
        return [part for part in _SEPARATORS.split(text) if part]
    if not text.strip():
        return field.empty
    if field.kind == "number" and _WHOLE.fullmatch(text):
        return int(text)
    return text.replace("\r\n", "\n")


def _add(document: JsonDict, name: str, sections: Sequence[Section]) -> None:
    rows = _find_rows([part for section in sections for part in section.parts], name)
    if rows is None:
        return
    if not isinstance(look_up(document, name), list):
        put(document, name, [])
    items = look_up(document, name)
    if len(items) < MOST_ROWS:
        items.append(copy.deepcopy(rows.new))


def _find_rows(parts: Sequence[Field | Rows], name: str) -> Rows | None:
    """The description of the rows that a full name (`containers.0.ports`) means."""
    for part in parts:
        if isinstance(part, Field):
            continue
        if name == part.path:
            return part
        within = re.fullmatch(rf"{re.escape(part.path)}\.\d+\.(.+)", name)
        if within:
            return _find_rows(part.parts, within[1])
    return None


def _change(rows: list[Any], index: int, verb: str) -> None:
    if verb == "remove":
        del rows[index]
        return
    other = index - 1 if verb == "up" else index + 1
    if 0 <= other < len(rows):
        rows[index], rows[other] = rows[other], rows[index]
