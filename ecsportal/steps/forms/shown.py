"""The form as the templates see it: every part with its name, value and problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecsportal.steps.bound import is_bound
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.documents import look_up, problem_path
from ecsportal.steps.forms.parts import Choices, Field, Rows, Section


@dataclass(frozen=True)
class ShownField:
    """A field with what stands in it. `name` is its HTML name, `id` its HTML id."""

    field: Field
    name: str
    value: str
    is_bound: bool
    checked: bool
    choices: Choices
    messages: tuple[str, ...]
    is_field = True

    @property
    def id(self) -> str:
        """An id that links and labels can name."""
        return f"f-{self.name.replace('.', '-')}"

    @property
    def control(self) -> str:
        """Which widget shows it: a bound choice or flag becomes a text field."""
        return (
            "text" if self.is_bound and self.field.kind in ("choice", "flag") else self.field.kind
        )


@dataclass(frozen=True)
class ShownRow:
    """One row or panel."""

    name: str
    number: int
    parts: tuple[ShownField | ShownRows, ...]
    title: str
    summary: str
    is_first: bool
    is_last: bool
    problem_count: int


@dataclass(frozen=True)
class ShownRows:
    """A list with its rows, and the messages that concern the list itself."""

    rows: Rows
    name: str
    items: tuple[ShownRow, ...]
    messages: tuple[str, ...]
    is_field = False


@dataclass(frozen=True)
class ShownSection:
    """A section with its summary and how much there is to fix in it."""

    section: Section
    parts: tuple[ShownField | ShownRows, ...]
    summary: str
    problem_count: int
    is_open: bool


class Shower:
    """Turns sections and a document into what is shown; remembers which problems found a place."""

    def __init__(
        self, document: JsonDict, messages: Mapping[str, Sequence[str]], choices: Mapping[str, Any]
    ) -> None:
        self._document = document
        self._messages = messages
        self._choices = choices
        self.placed: dict[str, str] = {}
        """Problem path to the id of the field that shows it."""

    def section(self, section: Section) -> ShownSection:
        """The section, open where something in it has to be fixed."""
        parts = tuple(self._part(part, "") for part in section.parts)
        count = _count(parts)
        return ShownSection(
            section=section,
            parts=parts,
            summary=section.summary(self._document),
            problem_count=count,
            is_open=bool(count) or section.open_at_first,
        )

    def _part(self, part: Field | Rows, prefix: str) -> ShownField | ShownRows:
        name = f"{prefix}{part.path}"
        return self._field(part, name) if isinstance(part, Field) else self._rows(part, name)

    def _field(self, field: Field, name: str) -> ShownField:
        value = look_up(self._document, name, field.empty)
        choices = field.choices
        path = problem_path(name)
        shown = ShownField(
            field=field,
            name=name,
            value=_text(value),
            is_bound=is_bound(value) or (isinstance(value, list) and any(map(is_bound, value))),
            checked=value is True,
            choices=choices(self._document, self._choices) if callable(choices) else choices,
            messages=tuple(
                message
                for at, found in self._messages.items()
                # A list's items are one field here: "subnet_ids[1]" stands beside "subnet_ids".
                if at == path or (field.kind == "list" and at.startswith(f"{path}["))
                for message in found
            ),
        )
        for at in self._messages:
            if at == path or (field.kind == "list" and at.startswith(f"{path}[")):
                self.placed[at] = shown.id
        return shown

    def _rows(self, rows: Rows, name: str) -> ShownRows:
        items = look_up(self._document, name, [])
        items = items if isinstance(items, list) else []
        path = problem_path(name)
        if path in self._messages:
            self.placed[path] = f"f-{name.replace('.', '-')}"
        return ShownRows(
            rows=rows,
            name=name,
            items=tuple(self._row(rows, name, items, index) for index in range(len(items))),
            messages=tuple(self._messages.get(path, ())),
        )

    def _row(self, rows: Rows, name: str, items: list[Any], index: int) -> ShownRow:
        item = items[index] if isinstance(items[index], dict) else {}
        parts = tuple(self._part(part, f"{name}.{index}.") for part in rows.parts)
        return ShownRow(
            name=f"{name}.{index}",
            number=index + 1,
            parts=parts,
            title=rows.title(item) or f"{rows.noun.capitalize()} {index + 1}",
            summary=rows.summary(item),
            is_first=index == 0,
            is_last=index == len(items) - 1,
            problem_count=_count(parts),
        )


def _count(parts: Sequence[ShownField | ShownRows]) -> int:
    total = 0
    for part in parts:
        total += len(part.messages)
        if isinstance(part, ShownRows):
            total += sum(row.problem_count for row in part.items)
    return total


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return str(value)
