"""Versions of a step type, and taking a step's inputs from one to the next.

A stored step names its major version and stays at it until somebody upgrades it. Minor versions
only add what may be left out, so a step is always read by the newest minor of its major. A
migration says beforehand which values it may change; what it did is compared with that, and a
migration that did more is refused with nothing saved. So a mistake in one can't reset a field,
double a reference or turn a bound value into a literal without anybody noticing.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from ecsportal.steps.bound import is_bound
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.fields import path_of
from ecsportal.steps.step_type import StepType

MISSING: Any = object()
"""Stands for a value that isn't there."""
_Way = tuple[int | str, ...]
_PART = re.compile(r"\[(\*|\d+)\]|([^.\[\]]+)")


@dataclass(frozen=True)
class Version:
    """One major version; `summary` says what it brought.

    `migrate` turns inputs of the version before into this one's, in which only the values at
    `may_change` may differ: paths such as `containers[*].firelens`, each with all that lies under
    it.
    """

    major: int
    summary: str
    minor: int = 0
    may_change: tuple[str, ...] = ()
    migrate: Callable[[JsonDict], JsonDict] | None = None

    @property
    def label(self) -> str:
        """`2.0`."""
        return f"{self.major}.{self.minor}"


@runtime_checkable
class HasVersions(Protocol):
    """A step type that declares its versions, oldest first; one that doesn't has only one."""

    versions: Sequence[Version]


@dataclass(frozen=True)
class InputChange:
    """One value that an upgrade changes; MISSING stands for none."""

    path: str
    before: Any
    after: Any


class MigrationError(Exception):
    """A migration did what it may not do; `found` names each thing with its place."""

    def __init__(self, step_type: StepType, to: int, found: Sequence[str]) -> None:
        self.found = tuple(found)
        super().__init__(
            f"The migration of {step_type.name} to version {to} does what it doesn't declare, so "
            f"nothing was changed. {' '.join(self.found[:3])}"
        )


def versions_of(step_type: StepType) -> tuple[Version, ...]:
    """The versions that the step type declares, oldest first."""
    if isinstance(step_type, HasVersions):
        return tuple(step_type.versions)
    return (Version(step_type.version, "The first version."),)


def migrated(step_type: StepType, inputs: JsonDict, version: int, to: int) -> JsonDict:
    """The inputs as version `to` has them, by one checked migration after the other.

    Raises MigrationError for a migration that changes what it doesn't declare, LookupError where
    one is missing.
    """
    by_major = {each.major: each for each in versions_of(step_type)}
    document = copy.deepcopy(inputs)
    for major in range(version + 1, to + 1):
        declared = by_major.get(major)
        if declared is None or declared.migrate is None:
            raise LookupError(f"{step_type.name} has no migration to version {major}.")
        document = _step_up(step_type, declared, document)
    return document


def changes_between(before: Any, after: Any) -> list[InputChange]:
    """Every value that differs, in the order of the later document; what is gone comes last."""
    return [
        InputChange(path_of(way), was, now) for way, was, now in _differences((), before, after)
    ]


def _step_up(step_type: StepType, declared: Version, before: JsonDict) -> JsonDict:
    assert declared.migrate is not None  # looked up by the caller
    try:
        after = declared.migrate(copy.deepcopy(before))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        found = [f"It ended with {type(error).__name__}: {error}."]
        raise MigrationError(step_type, declared.major, found) from error
    found = [
        *_undeclared(declared, before, after),
        *_unbound(before, after),
        *_broken(step_type, declared.major, before, after),
    ]
    if found:
        raise MigrationError(step_type, declared.major, found)
    return after


def _undeclared(declared: Version, before: JsonDict, after: JsonDict) -> Iterator[str]:
    """Values that changed outside the paths that the migration declares."""
    allowed = [_pattern(path) for path in declared.may_change]
    for way, was, now in _differences((), before, after):
        if not any(_lies_within(way, pattern) for pattern in allowed):
            verb = "removes" if now is MISSING else "adds" if was is MISSING else "changes"
            yield f"It {verb} {path_of(way)}."


def _unbound(before: JsonDict, after: JsonDict) -> Iterator[str]:
    """Expressions that are gone: a migration may move one, not put a literal in its place."""
    kept = Counter(text for _, text in _bound_texts((), after))
    for way, text in _bound_texts((), before):
        kept[text] -= 1
        if kept[text] < 0:
            yield f"It drops the expression {text} of {path_of(way)}."


def _broken(step_type: StepType, to: int, before: JsonDict, after: JsonDict) -> Iterator[str]:
    """Shapes that the version doesn't take, and names and references doubled on the way."""
    known = {(p.path, p.code) for p in step_type.check(before, to - 1)}
    for problem in step_type.check(after, to):
        is_grave = problem.kind == "shape" or problem.code == "duplicate"
        if is_grave and (problem.path, problem.code) not in known:
            yield f"It leaves {problem.path} broken: {problem.message}"


def _differences(way: _Way, before: Any, after: Any) -> Iterator[tuple[_Way, Any, Any]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*after, *(key for key in before if key not in after)]:
            inner = before.get(key, MISSING), after.get(key, MISSING)
            yield from _differences((*way, key), *inner)
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            pair = [each[index] if index < len(each) else MISSING for each in (before, after)]
            yield from _differences((*way, index), *pair)
    elif type(before) is not type(after) or before != after:
        yield way, before, after


def _bound_texts(way: _Way, value: Any) -> Iterator[tuple[_Way, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _bound_texts((*way, key), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _bound_texts((*way, index), inner)
    elif is_bound(value):
        yield way, value


def _pattern(path: str) -> _Way:
    """`("containers", "*", "firelens")` from `containers[*].firelens`."""
    return tuple(
        int(index) if index.isdigit() else index or name for index, name in _PART.findall(path)
    )


def _lies_within(way: _Way, pattern: _Way) -> bool:
    if len(way) < len(pattern):
        return False
    return all(
        (isinstance(part, int) if wanted == "*" else part == wanted)
        for part, wanted in zip(way, pattern, strict=False)
    )
