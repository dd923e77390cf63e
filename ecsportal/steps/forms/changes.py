"""What of a document is filled in, and what differs from the one that is stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.documents import look_up
from ecsportal.steps.forms.parts import Extra, Group, Part, Rows


def is_filled_in(parts: Sequence[Part], prefix: str, document: JsonDict) -> bool:
    """True where a part holds more than it does when nothing was typed."""
    return any(_is_filled(part, prefix, document) for part in parts)


def is_changed(parts: Sequence[Part], before: JsonDict, after: JsonDict) -> bool:
    """True where one of these parts of the document differs; their paths are the document's."""
    return any(
        is_changed(part.parts, before, after)
        if isinstance(part, Group)
        else look_up(before, part.path) != look_up(after, part.path)
        for part in parts
    )


def count_changes(before: Any, after: Any) -> int:
    """How many values differ; a list of another length is one."""
    if before == after:
        return 0
    if isinstance(before, dict) and isinstance(after, dict):
        return sum(count_changes(before.get(key), after.get(key)) for key in {**before, **after})
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return sum(count_changes(*pair) for pair in zip(before, after, strict=True))
    return 1


def _is_filled(part: Part, prefix: str, document: JsonDict) -> bool:
    if isinstance(part, Group):
        return is_filled_in(part.parts, prefix, document)
    name = f"{prefix}{part.path}"
    if isinstance(part, Extra):
        return isinstance(look_up(document, name), dict)
    if isinstance(part, Rows):
        return bool(look_up(document, name))
    value = look_up(document, name, part.empty)
    nothing: tuple[Any, ...] = (None, "", [], part.empty)
    return value not in nothing and not (value is False and part.kind == "flag")
