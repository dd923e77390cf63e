"""A step type's form over its sections."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.acts import NOTHING_DONE, Acted, proposed_variable
from ecsportal.steps.forms.documents import look_up, problem_path, put
from ecsportal.steps.forms.parts import Section
from ecsportal.steps.forms.shown import Shower, ShownField, ShownRows, ShownSection
from ecsportal.steps.forms.typed import fields_of
from ecsportal.steps.problems import PlacedProblem, Problem


class SectionedForm:
    """The form of one document; keeps what was typed, right or wrong."""

    template_name = "steps/_form.html"

    def __init__(
        self,
        document: JsonDict,
        *,
        sections: Sequence[Section],
        choices: Mapping[str, Any],
        acted: Acted = NOTHING_DONE,
    ) -> None:
        self._document = document
        self._sections = sections
        self._choices = choices
        self._acted = acted
        self._problems: list[Problem] = []

    def inputs(self) -> JsonDict:
        """The document as far as it was typed."""
        return self._document

    def place(self, problems: list[Problem]) -> None:
        """Show these problems beside their fields; a row added just now is given time."""
        fresh = f"{problem_path(self._acted.near)}." if self._acted.is_new else "\n"
        self._problems = [
            _worded(problem, self._document)
            for problem in problems
            if not problem.path.startswith(fresh)
        ]
        self.__dict__.pop("_shown", None)

    @property
    def base(self) -> str:
        """The hidden document that the typed values are laid over."""
        return json.dumps(self._document, separators=(",", ":"))

    @property
    def removed(self) -> str:
        """The hidden field with the row that was removed last; empty for none."""
        return self._acted.removed.text if self._acted.removed else ""

    @cached_property
    def _shown(self) -> tuple[tuple[ShownSection, ...], Shower]:
        messages: dict[str, list[str]] = {}
        for problem in self._problems:
            messages.setdefault(problem.path, []).append(problem.message)
        shower = Shower(self._document, messages, self._choices, self._acted)
        return tuple(shower.section(section) for section in self._sections), shower

    @property
    def sections(self) -> tuple[ShownSection, ...]:
        """The sections in order."""
        return self._shown[0]

    @property
    def problems(self) -> list[PlacedProblem]:
        """All problems, for the list above the form."""
        placed = self._shown[1].placed
        return [
            PlacedProblem(p.path, p.message, placed[p.path].id, placed[p.path].words)
            if p.path in placed
            else PlacedProblem(p.path, p.message, "", p.path)
            for p in self._problems
        ]

    @property
    def other_problems(self) -> list[PlacedProblem]:
        """Those that no field shows."""
        return [problem for problem in self.problems if not problem.field_id]

    def sayings(self) -> Iterator[tuple[str, str]]:
        """HTML ids of texts that follow what is typed, with the text each has to have."""
        for shown in self.sections:
            yield f"sum-{shown.section.slug}", shown.summary
            yield from _sayings(shown.parts)

    def varied(self, name: str) -> JsonDict | None:
        """The document with another value in the field of that name; None where there is none.

        What changes in the outcome is what the field decides.
        """
        field = next((f for at, f in fields_of(self._sections, self._document) if at == name), None)
        if field is None:
            return None
        value = look_up(self._document, name, field.empty)
        varied = copy.deepcopy(self._document)
        if isinstance(value, bool):
            put(varied, name, not value)
        elif isinstance(value, list):
            put(varied, name, [f"{item}#{{x}}" for item in value])
        elif value in (None, ""):
            return None
        else:
            put(varied, name, f"{value}#{{{proposed_variable(field)}}}")
        return varied


def _sayings(parts: Sequence[ShownField | ShownRows]) -> Iterator[tuple[str, str]]:
    for part in parts:
        if isinstance(part, ShownField):
            if part.says is not None:
                yield f"{part.id}-says", part.says
        elif part.rows.look == "panel":
            for row in part.items:
                yield f"title-{row.idname}", row.title
                yield f"sum-{row.idname}", row.summary
                yield from _sayings(row.parts)


def _worded(problem: Problem, document: JsonDict) -> Problem:
    """A field that is still empty isn't of the wrong type; it has to be filled in."""
    if problem.code != "type" or problem.kind != "shape":
        return problem
    name = problem.path.replace("[", ".").replace("]", "")
    if look_up(document, name) != "":
        return problem
    return Problem(problem.path, "Fill this in.", problem.code, problem.kind)
