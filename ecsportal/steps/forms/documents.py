"""Reading and writing single values of a JSON document by dotted names.

A name is a path as HTML forms carry it: `containers.0.ports.1.port`. Problems say the same as
`containers[0].ports[1].port`.
"""

from __future__ import annotations

from typing import Any

from ecsportal.steps.fields import path_of


def parts_of(name: str) -> tuple[int | str, ...]:
    """`("containers", 0, "name")` from `containers.0.name`."""
    return tuple(int(part) if part.isdecimal() else part for part in name.split("."))


def problem_path(name: str) -> str:
    """The path by which problems name the same place."""
    return path_of(parts_of(name))


def look_up(document: Any, name: str, default: Any = None) -> Any:
    """The value at that name, or the default where any part of the way is missing."""
    place = document
    for part in parts_of(name):
        if isinstance(part, int) and isinstance(place, list) and part < len(place):
            place = place[part]
        elif isinstance(part, str) and isinstance(place, dict) and part in place:
            place = place[part]
        else:
            return default
    return place


def put(document: Any, name: str, value: Any) -> None:
    """Set the value at that name; objects on the way are made, lists are not lengthened."""
    *way, last = parts_of(name)
    place = document
    for part in way:
        if isinstance(part, int):
            place = place[part]
        else:
            if not isinstance(place.get(part), (dict, list)):
                place[part] = {}
            place = place[part]
    place[last] = value
