"""A step type's form over its sections."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.parts import Section
from ecsportal.steps.forms.shown import Shower, ShownSection
from ecsportal.steps.problems import Problem


@dataclass(frozen=True)
class PlacedProblem:
    """A problem with the id of the field that shows it; empty where no field does."""

    path: str
    message: str
    field_id: str


class SectionedForm:
    """The form of one document; keeps what was typed, right or wrong."""

    template_name = "steps/_form.html"

    def __init__(
        self, document: JsonDict, *, sections: Sequence[Section], choices: Mapping[str, Any]
    ) -> None:
        self._document = document
        self._sections = sections
        self._choices = choices
        self._problems: list[Problem] = []

    def inputs(self) -> JsonDict:
        """The document as far as it was typed."""
        return self._document

    def place(self, problems: list[Problem]) -> None:
        """Show these problems beside their fields. Call it before rendering."""
        self._problems = problems

    @property
    def base(self) -> str:
        """The hidden document that the typed values are laid over."""
        return json.dumps(self._document, separators=(",", ":"))

    @cached_property
    def _shown(self) -> tuple[tuple[ShownSection, ...], dict[str, str]]:
        messages: dict[str, list[str]] = {}
        for problem in self._problems:
            messages.setdefault(problem.path, []).append(problem.message)
        shower = Shower(self._document, messages, self._choices)
        return tuple(shower.section(section) for section in self._sections), shower.placed

    @property
    def sections(self) -> tuple[ShownSection, ...]:
        """The sections in order."""
        return self._shown[0]

    @property
    def problems(self) -> list[PlacedProblem]:
        """All problems, for the list above the form."""
        placed = self._shown[1]
        return [PlacedProblem(p.path, p.message, placed.get(p.path, "")) for p in self._problems]

    @property
    def other_problems(self) -> list[PlacedProblem]:
        """Those that no field shows."""
        return [problem for problem in self.problems if not problem.field_id]
