"""Reading and writing single values of a JSON document by dotted names.

A name is a path as HTML forms carry it: `containers.0.ports.1.port`. Problems say the same as
`containers[0].ports[1].port`.
"""

from __future__ import annotations

import json
import math
from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.fields import path_of

MOST_DEPTH = 40


class DamagedFormError(ValueError):
    """A hidden part of the form is not what the portal wrote there."""


def parts_of(name: str) -> tuple[int | str, ...]:
    """`("containers", 0, "name")` from `containers.0.name`."""
    return tuple(int(part) if part.isdecimal() else part for part in name.split("."))


def problem_path(name: str) -> str:
    """The path by which problems name the same place."""
    return path_of(parts_of(name))


def idname(name: str) -> str:
    """The name as a part of an HTML id."""
    return name.replace(".", "-")


_MISSING = object()


def look_up(document: Any, name: str, default: Any = None) -> Any:
    """The value at that name, or the default where any part of the way is missing."""
    place = document
    for part in parts_of(name):
        place = _within(place, part)
        if place is _MISSING:
            return default
    return place


def _within(place: Any, part: int | str) -> Any:
    if isinstance(part, str):
        return place.get(part, _MISSING) if isinstance(place, dict) else _MISSING
    return place[part] if isinstance(place, list) and part < len(place) else _MISSING


def put(document: JsonDict, name: str, value: Any) -> None:
    """Set the value at that name; objects on the way are made, lists are not lengthened.

    Raises DamagedFormError where something else stands in the way.
    """
    *way, last = parts_of(name)
    place: Any = document
    for part in way:
        if isinstance(place, dict) and not isinstance(place.get(part), (dict, list)):
            place[part] = {}
        place = _within(place, part)
    if not isinstance(place, dict) or not isinstance(last, str):
        raise DamagedFormError(f"There is no {name} in the document.")
    place[last] = value


def read_object(text: str) -> JsonDict:
    """The JSON object in a hidden field.

    Raises DamagedFormError for anything that can't be stored again: other JSON, numbers that are
    none, text that no database takes.
    """
    try:
        document = json.loads(text)
        _refuse_unstorable(document, 0)
    except (ValueError, RecursionError) as error:
        raise DamagedFormError("A hidden part of the form is damaged.") from error
    if not isinstance(document, dict):
        raise DamagedFormError("A hidden part of the form is no object.")
    return document


def _refuse_unstorable(value: Any, depth: int) -> None:
    if depth > MOST_DEPTH:
        raise ValueError("too deep")
    if isinstance(value, str):
        value.encode()  # a lone surrogate is no text
        if "\0" in value:
            raise ValueError("a NUL character")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("no number")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _refuse_unstorable(key, depth + 1)
            _refuse_unstorable(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _refuse_unstorable(inner, depth + 1)
