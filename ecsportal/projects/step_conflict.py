"""Two editors of one step: where what was saved meanwhile and what was typed differ.

Each difference takes one side. Where only one of the two changed what both had opened, that change
is proposed; where both did, the later editor's is, who sees the other beside it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ecsportal.projects.process_difference import shown
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.fields import path_of
from ecsportal.steps.forms.documents import look_up

THEIRS, YOURS = "theirs", "yours"
Way = tuple[int | str, ...]
_NOTHING: Any = object()
_EDITED = (
    "name", "target_tags", "start", "condition", "expression", "environments", "channels",
    "required", "disabled", "attempts", "window", "inputs",
)  # fmt: skip
"""What the editor shows of a step; the rest comes from the newest revision by itself."""


@dataclass(frozen=True)
class Difference:
    """One value that both have otherwise, and whose it will be."""

    way: Way
    theirs: Any
    yours: Any
    takes_theirs: bool

    @property
    def path(self) -> str:
        """`containers[0].memory`, within the inputs."""
        return path_of(self.way).removeprefix("inputs.")

    @property
    def name(self) -> str:
        """The HTML name of its choice."""
        return f"_take:{path_of(self.way)}"

    @property
    def theirs_in_words(self) -> str:
        """As histories quote it."""
        return _words(self.theirs)

    @property
    def yours_in_words(self) -> str:
        """As histories quote it."""
        return _words(self.yours)


def differences_between(
    opened: JsonDict | None, theirs: JsonDict, yours: JsonDict, *, chosen: Mapping[str, Any]
) -> list[Difference]:
    """Where two versions of a step differ, in the order of yours.

    `opened` is the version that both started from, None where nobody knows; `chosen` is what was
    posted, with a side under each difference's name.
    """
    found = []
    for way, their_value, your_value in _differing((), _edited(theirs), _edited(yours)):
        proposed = opened is not None and _at(opened, way) == your_value
        difference = Difference(way, their_value, your_value, takes_theirs=proposed)
        side = chosen.get(difference.name)
        if side in (THEIRS, YOURS):
            difference = Difference(way, their_value, your_value, takes_theirs=side == THEIRS)
        found.append(difference)
    return found


def merged(yours: JsonDict, differences: list[Difference]) -> JsonDict:
    """Your version of the step, with theirs wherever a difference takes it."""
    result = copy.deepcopy(yours)
    for difference in differences:
        if difference.takes_theirs:
            _set(result, difference.way, difference.theirs)
    return result


def _edited(step: JsonDict) -> JsonDict:
    return {key: step[key] for key in _EDITED if key in step}


def _differing(way: Way, theirs: Any, yours: Any) -> Iterator[tuple[Way, Any, Any]]:
    if theirs == yours:
        return
    if isinstance(theirs, dict) and isinstance(yours, dict):
        for key in [*yours, *(key for key in theirs if key not in yours)]:
            yield from _differing((*way, key), theirs.get(key, _NOTHING), yours.get(key, _NOTHING))
    elif _same_rows(theirs, yours):
        for index, pair in enumerate(zip(theirs, yours, strict=True)):
            yield from _differing((*way, index), *pair)
    else:
        yield way, theirs, yours


def _same_rows(theirs: Any, yours: Any) -> bool:
    """Rows are compared one by one only while both lists have as many, in the same order."""
    if not isinstance(theirs, list) or not isinstance(yours, list) or len(theirs) != len(yours):
        return False
    rows = [*theirs, *yours]
    if not all(isinstance(row, dict) for row in rows):
        return False
    return all(_name(one) == _name(other) for one, other in zip(theirs, yours, strict=True))


def _name(row: JsonDict) -> Any:
    return row.get("name", row.get("key"))


def _at(step: JsonDict, way: Way) -> Any:
    return look_up(step, ".".join(map(str, way)), _NOTHING)


def _set(document: Any, way: Way, value: Any) -> None:
    *before, last = way
    for part in before:
        document = document[part]
    if value is _NOTHING:
        del document[last]
    else:
        document[last] = copy.deepcopy(value)


def _words(value: Any) -> str:
    if value is _NOTHING:
        return "not there"
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        names = [str(_name(row) or row.get("port") or "unnamed") for row in value]
        return f"{shown(value)}: {', '.join(names)}"
    return shown(value)
