"""Collecting broken rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ecsportal.steps.bound import is_bound
from ecsportal.steps.problems import Problem


class Findings:
    """The rules found broken so far, in the order of the document."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, path: str, code: str, message: str) -> None:
        """One broken rule at the field of that path."""
        self.problems.append(Problem(path, message, code))


def literal_number(value: int | str | None) -> int | None:
    """The number, or None where it is bound or not stated."""
    return value if isinstance(value, int) else None


def listed(words: Iterable[object], joiner: str = "or") -> str:
    """`a, b or c`."""
    names = [str(word) for word in words]
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {joiner} {names[-1]}"


def check_range(  # noqa: PLR0913 -- a range is told in one call
    findings: Findings,
    path: str,
    value: int | str | None,
    lowest: int,
    highest: int | None,
    unit: str = "",
) -> None:
    """A stated number lies within both ends; a bound one is taken on trust."""
    number = literal_number(value)
    if number is None or (number >= lowest and (highest is None or number <= highest)):
        return
    unit = f" {unit}" if unit else ""
    if highest is None:
        unit = unit.removesuffix("s") if lowest == 1 else unit
        findings.add(path, "range", f"Is {number}; the least is {lowest}{unit}.")
    else:
        findings.add(path, "range", f"Is {number}; {lowest} to {highest}{unit} fits.")


def check_count(
    findings: Findings, path: str, items: Sequence[object], most: int, what: str
) -> None:
    """A list is not longer than AWS takes."""
    if len(items) > most:
        findings.add(path, "too_many", f"Has {len(items)} {what}; AWS takes at most {most}.")


def duplicates(values: Iterable[str]) -> list[tuple[int, str]]:
    """Each literal value that stood before, with its index."""
    seen: set[str] = set()
    repeated = []
    for index, value in enumerate(values):
        if value in seen and value and not is_bound(value):
            repeated.append((index, value))
        seen.add(value)
    return repeated
