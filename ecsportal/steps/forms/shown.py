"""The form as the templates see it: every part with its name, value and problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ecsportal.steps.bound import is_bound
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.acts import Acted, Removed
from ecsportal.steps.forms.documents import idname, look_up, problem_path
from ecsportal.steps.forms.parts import Choices, Field, Rows, Section
from ecsportal.steps.forms.typed import is_typed_flag, text_of


@dataclass(frozen=True)
class ShownField:
    """A field with what stands in it. `name` is its HTML name, `id` its HTML id."""

    field: Field
    name: str
    value: str
    is_bound: bool
    checked: bool
    control: str
    """Which widget shows it: text, lines, number, choice, flag or list."""
    choices: Choices
    messages: tuple[str, ...]
    label: str
    """Its name where no label stands beside it: `Value of LOG_LEVEL`."""
    says: str | None
    """What it makes of the row, as the field's `shows` words it; None for most fields."""
    advice: str
    """What is allowed here but worth knowing."""
    has_focus: bool
    is_field = True

    @property
    def id(self) -> str:
        """An id that links and labels can name."""
        return f"f-{idname(self.name)}"

    @property
    def is_typed(self) -> bool:
        """True where text can be typed, be it for a choice or tick that is bound."""
        return self.control not in ("choice", "flag")

    @property
    def may_be_bound(self) -> bool:
        """True for what can't simply be typed over with an expression."""
        return self.field.kind in ("choice", "flag") and not self.field.suggest


@dataclass(frozen=True)
class ShownRow:
    """One row or panel. `messages` are problems inside it that no field shows."""

    name: str
    number: int
    noun: str
    parts: tuple[ShownField | ShownRows, ...]
    title: str
    summary: str
    is_first: bool
    is_last: bool
    is_open: bool
    is_near: bool
    """True where the pressed button acted: it has to be in sight."""
    messages: tuple[str, ...]
    advice: str
    """What is worth knowing about a panel and stands at none of its fields."""
    problem_count: int
    focus: str
    """The HTML id in this row that gets the focus; empty for none."""

    @cached_property
    def idname(self) -> str:
        """The row's name as a part of HTML ids."""
        return idname(self.name)


@dataclass(frozen=True)
class ShownRows:
    """A list with its rows, and the messages that concern the list itself."""

    rows: Rows
    name: str
    items: tuple[ShownRow, ...]
    messages: tuple[str, ...]
    advice: str
    removed: str
    """The name of the row that was taken out of it last; empty for none."""
    focus: str
    is_field = False

    @cached_property
    def idname(self) -> str:
        """The list's name as a part of HTML ids."""
        return idname(self.name)


@dataclass(frozen=True)
class ShownSection:
    """A section with its summary and how much there is to fix in it."""

    section: Section
    parts: tuple[ShownField | ShownRows, ...]
    summary: str
    problem_count: int
    is_open: bool
    is_near: bool

    @property
    def count(self) -> int | None:
        """How many rows it has; None for a section of fields."""
        rows = [part for part in self.parts if isinstance(part, ShownRows)]
        return sum(len(part.items) for part in rows) if len(rows) == len(self.parts) else None


@dataclass(frozen=True)
class Place:
    """Where a problem is shown: the HTML id, and the way there in words."""

    id: str
    words: str


class Shower:
    """Turns sections and a document into what is shown; remembers which problems found a place."""

    def __init__(
        self,
        document: JsonDict,
        messages: Mapping[str, Sequence[str]],
        choices: Mapping[str, Any],
        acted: Acted,
        advice: Mapping[str, str],
    ) -> None:
        self._document = document
        self._messages = messages
        self._advice = dict(advice)
        self._choices = choices
        self._acted = acted
        self.placed: dict[str, Place] = {}
        """Problem path to the place that shows it."""

    def section(self, section: Section) -> ShownSection:
        """The section, open where something in it has to be fixed or was acted on."""
        parts = tuple(self._part(part, "", (section.title,), None) for part in section.parts)
        count = _count(parts)
        is_near = any(self._is_near(part.path) for part in section.parts)
        return ShownSection(
            section=section,
            parts=parts,
            summary=section.summary(self._document),
            problem_count=count,
            is_open=bool(count) or section.open_at_first or is_near,
            is_near=is_near,
        )

    def _is_near(self, name: str) -> bool:
        near = self._acted.near
        return near == name or near.startswith(f"{name}.")

    def _part(
        self, part: Field | Rows, prefix: str, way: tuple[str, ...], row: tuple[Any, str] | None
    ) -> ShownField | ShownRows:
        name = f"{prefix}{part.path}"
        if isinstance(part, Field):
            return self._field(part, name, way, row)
        return self._rows(part, name, way)

    def _field(
        self, field: Field, name: str, way: tuple[str, ...], row: tuple[Any, str] | None
    ) -> ShownField:
        holder, title = row or (self._document, "")
        value = look_up(self._document, name, field.empty)
        text = text_of(value)
        shown = ShownField(
            field=field,
            name=name,
            value=text,
            is_bound=is_bound(text),
            checked=value is True,
            control=_control(field, value, text),
            choices=self._choices_of(field, text),
            messages=tuple(self._messages_at(field, problem_path(name))),
            label=f"{field.label} of {title}" if title else field.label,
            advice=self._advised(problem_path(name)),
            says=field.shows(holder) if field.shows else None,
            has_focus=self._acted.focus == f"f-{idname(name)}",
        )
        if shown.messages:
            for path in self._paths_at(field, problem_path(name)):
                self.placed[path] = Place(shown.id, " · ".join([*way, field.label]))
        return shown

    def _advised(self, path: str) -> str:
        return self._advice.pop(path, "") if self._advice else ""

    def _rest_of_advice(self, path: str) -> str:
        """The advice inside a panel that none of its parts has taken."""
        inside = [at for at in self._advice if at.startswith(f"{path}.")]
        return " ".join(self._advice.pop(at) for at in inside)

    def _choices_of(self, field: Field, text: str) -> Choices:
        if field.kind != "choice":
            return ()
        choices = field.choices
        offered = choices(self._document, self._choices) if callable(choices) else choices
        # What is stored stays choosable, so that nothing changes by merely opening the form.
        if any(value == text for value, _ in offered):
            return offered
        return (*offered, (text, f"{text} (not offered)")) if text else (("", "Choose…"), *offered)

    def _paths_at(self, field: Field, path: str) -> Iterator[str]:
        if path in self._messages:
            yield path
        if field.kind == "list" and self._messages:
            # A list's items are one field here: "subnet_ids[1]" stands beside "subnet_ids".
            yield from (at for at in self._messages if at.startswith(f"{path}["))

    def _messages_at(self, field: Field, path: str) -> Iterator[str]:
        for at in self._paths_at(field, path):
            yield from self._messages[at]

    def _rows(self, rows: Rows, name: str, way: tuple[str, ...]) -> ShownRows:
        items = look_up(self._document, name, [])
        items = items if isinstance(items, list) else []
        path = problem_path(name)
        if path in self._messages:
            self.placed[path] = Place(f"f-{idname(name)}", " · ".join(way))
        undo, add = self._acted.removed, f"add-{idname(name)}"
        return ShownRows(
            rows=rows,
            name=name,
            items=tuple(self._row(rows, name, items, index, way) for index in range(len(items))),
            messages=tuple(self._messages.get(path, ())),
            advice=self._advised(path),
            removed=_title_of_removed(rows, undo) if undo and undo.owner == name else "",
            focus=add if self._acted.focus == add else "",
        )

    def _row(
        self, rows: Rows, owner: str, items: list[Any], index: int, way: tuple[str, ...]
    ) -> ShownRow:
        name, title = f"{owner}.{index}", rows.title_of(items[index], index)
        item = items[index] if isinstance(items[index], dict) else {}
        inner = (*way, title)
        known = set(self.placed)
        parts = tuple(self._part(part, f"{name}.", inner, (item, title)) for part in rows.parts)
        messages = self._left_over(rows, name, inner) if self._messages else ()
        count = sum(len(self._messages[path]) for path in set(self.placed) - known)
        is_near = self._is_near(name)
        focus = self._acted.focus
        return ShownRow(
            name=name,
            number=index + 1,
            noun=rows.noun,
            parts=parts,
            title=title,
            summary=rows.summary(item),
            is_first=index == 0,
            is_last=index == len(items) - 1,
            is_open=bool(count) or is_near or len(items) == 1,
            is_near=is_near,
            messages=messages,
            advice=self._rest_of_advice(problem_path(name)) if rows.look == "panel" else "",
            problem_count=count,
            focus=focus if focus.endswith(f"-{idname(name)}") else "",
        )

    def _left_over(self, rows: Rows, name: str, way: tuple[str, ...]) -> tuple[str, ...]:
        """Problems inside a panel that none of its fields shows, each with its path."""
        path = problem_path(name)
        if rows.look != "panel":
            return ()
        found = []
        for at, messages in self._messages.items():
            if at not in self.placed and (at == path or at.startswith(f"{path}.")):
                within = at.removeprefix(path).removeprefix(".")
                found += [f"{within}: {each}" if within else each for each in messages]
                self.placed[at] = Place(f"head-{idname(name)}", " · ".join([*way, within]))
        return tuple(found)


def _title_of_removed(rows: Rows, undo: Removed) -> str:
    number = undo.name.rpartition(".")[2]
    return rows.title_of(undo.row, int(number) if number.isdecimal() else 0)


def _control(field: Field, value: Any, text: str) -> str:
    """A bound choice or flag becomes a text field; one line can't hold text of several."""
    if field.kind == "list" or (field.kind == "flag" and not is_typed_flag(value)):
        return field.kind
    if field.kind == "choice" and not is_bound(text):
        return "choice"
    if field.kind == "lines" or "\n" in text or "\r" in text:
        return "lines"
    return "number" if field.kind == "number" else "text"


def _count(parts: Sequence[ShownField | ShownRows]) -> int:
    total = 0
    for part in parts:
        total += len(part.messages)
        if isinstance(part, ShownRows):
            total += sum(row.problem_count for row in part.items)
    return total
