"""What is wrong with a step's inputs: where, in which words, and whether saving is possible."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Problem:
    """One broken shape or rule.

    `path` names the field as the API does (`containers[1].ports[0].port`), `kind` says whether the
    document could not be read at that place (`shape`) or only breaks a rule of AWS (`rule`), and
    `code` is stable (`missing`, `type`, `unknown_field`, `range`, `duplicate`, ...).
    """

    path: str
    message: str
    code: str
    kind: Literal["shape", "rule"] = "rule"


@dataclass(frozen=True)
class PlacedProblem:
    """A problem with the place of a form that shows it: `field_id` is empty where none does.

    `where` are the words for the place: `Containers · web · Port`, or the path; `inside` are the
    HTML ids of the foldable things around it, outermost first.
    """

    path: str
    message: str
    field_id: str
    where: str
    inside: tuple[str, ...] = ()


class StepInputsError(ValueError):
    """Inputs that cannot be read at all: every place and its message."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{p.path}: {p.message}" for p in self.problems))
