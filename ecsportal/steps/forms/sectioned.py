"""A step type's form over its sections."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.acts import NOTHING_DONE, Acted, proposed_variable
from ecsportal.steps.forms.changes import count_changes
from ecsportal.steps.forms.documents import look_up, problem_path, put
from ecsportal.steps.forms.parts import Field, Rows, Section, part_at, top_parts
from ecsportal.steps.forms.shower import Shower
from ecsportal.steps.forms.shown import (
    ShownExtra,
    ShownField,
    ShownGroup,
    ShownPart,
    ShownRow,
    ShownSection,
)
from ecsportal.steps.problems import PlacedProblem, Problem

Known = Mapping[str, Callable[[JsonDict], Iterable[str]]]
"""Names that fields complete from, by what a field's `known` says: the task's containers."""


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
        known: Known | None = None,
    ) -> None:
        self._document = document
        self._sections = sections
        self._choices = choices
        self._acted = acted
        self._known = known or {}
        self._problems: list[Problem] = []
        self._notes: list[Problem] = []
        self._stored: JsonDict | None = None
        self._becoming: tuple[str, Mapping[str, Any]] = ("", {})

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
        self._forget()

    def advise(self, notes: list[Problem]) -> None:
        """Show these notes where they belong; they stand in nobody's way."""
        self._notes = notes
        self._forget()

    def compare(self, stored: JsonDict) -> None:
        """Mark the sections that differ from the stored document, whose defaults are stated."""
        self._stored = stored
        self._forget()

    def foretell(self, where: str, inputs: Mapping[str, Any]) -> None:
        """Show what bound fields become there: `inputs` has the variables in their places."""
        self._becoming = (where, inputs)
        self._forget()

    def open(self, name: str) -> None:
        """Show the fields of the panel of that name, as if it had been opened."""
        self._acted = replace(self._acted, opened=self._acted.opened | {name})
        self._forget()

    @property
    def change_count(self) -> int:
        """How many values differ from what is stored; 0 where nothing was compared."""
        return 0 if self._stored is None else count_changes(self._stored, self._document)

    @property
    def base(self) -> SafeString:
        """The hidden document that the typed values are laid over, between single quotes.

        JSON is full of double ones: this takes half the room.
        """
        text = json.dumps(self._hidden(), separators=(",", ":"), ensure_ascii=False)
        return mark_safe(f"'{escape(text, quote=False).replace(chr(39), '&#39;')}'")

    def _hidden(self) -> JsonDict:
        """What the hidden document holds: everything, unless a form's fields always say it."""
        return self._document

    @property
    def removed(self) -> str:
        """The hidden field with the row that was removed last; empty for none."""
        return self._acted.removed.text if self._acted.removed else ""

    @cached_property
    def _shower(self) -> Shower:
        return Shower(
            self._sections,
            self._document,
            choices=self._choices,
            acted=self._acted,
            problems=self._problems,
            notes=self._notes,
            stored=self._stored,
            becoming=self._becoming,
        )

    @cached_property
    def sections(self) -> tuple[ShownSection, ...]:
        """The sections in order."""
        return tuple(self._shower.section(section) for section in self._sections)

    def panel(self, name: str) -> ShownRow | None:
        """The panel of that name with its fields; None where there is none."""
        owner, _, number = name.rpartition(".")
        rows = part_at(list(top_parts(self._sections)), owner)
        items = look_up(self._document, owner)
        is_there = number.isdecimal() and isinstance(items, list) and int(number) < len(items)
        if not isinstance(rows, Rows) or rows.look != "panel" or not is_there:
            return None
        return self._shower.panel(rows, name)

    @property
    def problems(self) -> list[PlacedProblem]:
        """All problems, for the list above the form."""
        placed = self._shower.places
        return [
            PlacedProblem(
                p.path, p.message, placed[p.path].id, placed[p.path].words, placed[p.path].inside
            )
            if p.path in placed
            else PlacedProblem(p.path, p.message, "", p.path)
            for p in self._problems
        ]

    @property
    def other_problems(self) -> list[PlacedProblem]:
        """Those that no field shows."""
        return [problem for problem in self.problems if not problem.field_id]

    def known_names(self) -> Iterator[tuple[str, list[str]]]:
        """What fields complete from: the list's name and its names."""
        for list_name, names in self._known.items():
            yield list_name, list(dict.fromkeys(name for name in names(self._document) if name))

    def sayings(self) -> Iterator[tuple[str, str]]:
        """HTML ids of texts that follow what is typed, with the text each has to have."""
        for shown in self.sections:
            yield f"sum-{shown.section.slug}", shown.summary
            yield from _sayings(shown.parts)

    def varied(self, name: str) -> JsonDict | None:
        """The document with another value in the field of that name; None where there is none.

        What changes in the outcome is what the field decides.
        """
        field = part_at(list(top_parts(self._sections)), name)
        value = look_up(self._document, name, _NOWHERE)
        if not isinstance(field, Field) or value is _NOWHERE:
            return None
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

    def _forget(self) -> None:
        for made in ("_shower", "sections"):
            self.__dict__.pop(made, None)


_NOWHERE: Any = object()


def _sayings(parts: Sequence[ShownPart]) -> Iterator[tuple[str, str]]:
    for part in parts:
        if isinstance(part, ShownField):
            yield f"{part.id}-n", part.advice
            yield f"{part.id}-is", part.becomes
            if part.says is not None:
                yield f"{part.id}-says", part.says
            if part.field.is_named_apart:
                yield f"{part.id}-says-too", part.says or ""
        elif isinstance(part, ShownGroup):
            yield f"sum-{part.id}", part.summary
            yield from _sayings(part.parts)
        elif isinstance(part, ShownExtra):
            yield f"f-{part.idname}-n", part.advice
            yield from _sayings(part.parts)
        else:
            yield f"f-{part.idname}-n", part.advice
            for row in part.items if part.look == "panels" else ():
                yield f"row-{row.idname}-n", row.advice
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
