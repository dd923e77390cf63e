"""Makes what is shown of sections and a document, with every problem in its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ecsportal.steps.bound import is_bound
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.acts import MOST_ROWS, Acted, Removed
from ecsportal.steps.forms.changes import is_changed, is_filled_in
from ecsportal.steps.forms.documents import idname, look_up
from ecsportal.steps.forms.parts import Choices, Extra, Field, Group, Part, Rows, Section
from ecsportal.steps.forms.places import Place, find_place, group_id
from ecsportal.steps.forms.shown import (
    ShownExtra,
    ShownField,
    ShownGroup,
    ShownPart,
    ShownRow,
    ShownRows,
    ShownSection,
)
from ecsportal.steps.forms.typed import is_typed_flag, shown_text
from ecsportal.steps.problems import Problem

MOST_SHOWN = 120
"""Characters of what a bound field becomes."""
MOST_OPENED = 2
"""Panels that open by themselves because something in them has to be fixed."""


class Shower:
    """Turns sections and a document into what is shown; knows the place of each problem."""

    def __init__(
        self,
        sections: Sequence[Section],
        document: JsonDict,
        *,
        choices: Mapping[str, Any],
        acted: Acted,
        problems: Sequence[Problem] = (),
        notes: Sequence[Problem] = (),
        stored: JsonDict | None = None,
        becoming: tuple[str, Mapping[str, Any]] = ("", {}),
    ) -> None:
        self._becoming = becoming
        self._document = document
        self._choices = choices
        self._acted = acted
        self._stored = stored
        self.places: dict[str, Place] = {}
        """Problem path to the place that shows it."""
        self._messages: dict[str, list[str]] = {}
        self._counts: Counter[str] = Counter()
        self._advice: dict[str, list[str]] = {}
        for problem in problems:
            self._place(sections, problem)
        for note in notes:
            place = find_place(sections, document, note.path)
            if place:
                self._advice.setdefault(place.name, []).append(note.message)
        self._opens = self._panels_to_open()

    def _place(self, sections: Sequence[Section], problem: Problem) -> None:
        place = self.places.get(problem.path) or find_place(sections, self._document, problem.path)
        if place is None:
            return
        self.places[problem.path] = place
        told = f"{place.within}: {problem.message}" if place.within else problem.message
        self._messages.setdefault(place.name, []).append(told)
        self._counts.update(place.inside)

    def _panels_to_open(self) -> frozenset[str]:
        """The first panels with something to fix."""
        wrong = [each for each in self._counts if each.startswith("row-")]
        return frozenset(wrong[:MOST_OPENED])

    def section(self, section: Section) -> ShownSection:
        """The section, open where something in it has to be fixed or was acted on."""
        count = self._counts[section.slug]
        is_near = any(self._has_near(part, "") for part in section.parts)
        stored = self._stored
        return ShownSection(
            section=section,
            parts=tuple(self._parts(section.parts, "", None)),
            summary=section.summary(self._document),
            problem_count=count,
            is_open=bool(count) or is_near,
            is_near=is_near,
            is_filled=is_filled_in(section.parts, "", self._document),
            is_edited=stored is not None and is_changed(section.parts, stored, self._document),
        )

    def panel(self, rows: Rows, name: str) -> ShownRow:
        """One panel with its fields, whether it would be open or not."""
        owner, _, number = name.rpartition(".")
        items = look_up(self._document, owner, [])
        return self._row(rows, owner, items, int(number), is_wanted=True)

    def _parts(
        self, parts: Sequence[Part], prefix: str, row: tuple[Any, str] | None
    ) -> Iterator[ShownPart]:
        """`row` is the row that holds the parts, and its title; None for the document itself."""
        holder = row[0] if row else self._document
        for part in parts:
            if isinstance(part, Field):
                messages = self._messages.get(f"{prefix}{part.path}", ())
                if part.when is None or part.when(holder) or messages:
                    yield self._field(part, f"{prefix}{part.path}", tuple(messages), row)
            elif part.when is not None and not part.when(holder):
                continue
            elif isinstance(part, Group):
                yield self._group(part, prefix, row)
            elif isinstance(part, Extra):
                yield self._extra(part, f"{prefix}{part.path}")
            else:
                yield self._rows(part, f"{prefix}{part.path}")

    def _has_near(self, part: Part, prefix: str) -> bool:
        if isinstance(part, Group):
            return any(self._has_near(inner, prefix) for inner in part.parts)
        return self._is_near(f"{prefix}{part.path}")

    def _is_near(self, name: str) -> bool:
        near = self._acted.near
        return near == name or near.startswith(f"{name}.")

    def _group(self, group: Group, prefix: str, row: tuple[Any, str] | None) -> ShownGroup:
        id = group_id(prefix.rstrip("."), group)
        is_near = any(self._has_near(part, prefix) for part in group.parts)
        return ShownGroup(
            group=group,
            id=id,
            parts=tuple(self._parts(group.parts, prefix, row)),
            summary=group.summary(row[0] if row else self._document),
            problem_count=self._counts[id],
            is_open=bool(self._counts[id]) or is_near,
            is_near=is_near,
        )

    def _extra(self, extra: Extra, name: str) -> ShownExtra:
        value, undo = look_up(self._document, name), self._acted.removed
        is_there = isinstance(value, dict)
        parts = self._parts(extra.parts, f"{name}.", (value, "")) if is_there else ()
        focus = self._acted.focus
        return ShownExtra(
            extra=extra,
            name=name,
            is_there=is_there,
            parts=tuple(parts),
            messages=tuple(self._messages.get(name, ())),
            advice=self._advised(name),
            is_removed=undo is not None and undo.name == name and not is_there,
            focus=focus if focus.endswith(f"-{idname(name)}") else "",
        )

    def _field(
        self, field: Field, name: str, messages: tuple[str, ...], row: tuple[Any, str] | None
    ) -> ShownField:
        holder, title = row or (self._document, "")
        value = look_up(self._document, name, field.empty)
        text = shown_text(field, value)
        return ShownField(
            field=field,
            name=name,
            value=text,
            is_bound=is_bound(text),
            checked=value is True,
            control=_control(field, value, text),
            choices=self._choices_of(field, text),
            messages=messages,
            label=f"{field.label} of {title}" if title else field.label,
            advice=self._advised(name),
            says=field.shows(holder) if field.shows else None,
            becomes=self._becomes(field, name) if is_bound(text) else "",
            offer=field.offer(value) if field.offer else None,
            has_focus=self._acted.focus == f"f-{idname(name)}",
        )

    def _becomes(self, field: Field, name: str) -> str:
        """`Production: 896`; nothing while it is not known."""
        where, inputs = self._becoming
        text = shown_text(field, look_up(inputs, name)).strip()
        if not text or is_bound(text):
            return ""
        line = text.splitlines()[0]
        return f"{where}: {line[:MOST_SHOWN]}{'…' if len(text) > MOST_SHOWN else ''}"

    def _advised(self, name: str) -> str:
        return " ".join(self._advice.get(name, ())) if self._advice else ""

    def _choices_of(self, field: Field, text: str) -> Choices:
        if field.kind != "choice":
            return ()
        choices = field.choices
        offered = choices(self._document, self._choices) if callable(choices) else choices
        # What is stored stays choosable, so that nothing changes by merely opening the form.
        if any(value == text for value, _ in offered):
            return offered
        return (*offered, (text, f"{text} (not offered)")) if text else (("", "Choose…"), *offered)

    def _rows(self, rows: Rows, name: str) -> ShownRows:
        items = look_up(self._document, name, [])
        items = items if isinstance(items, list) else []
        undo, add = self._acted.removed, f"add-{idname(name)}"
        return ShownRows(
            rows=rows,
            name=name,
            items=tuple(self._row(rows, name, items, index) for index in range(len(items))),
            messages=tuple(self._messages.get(name, ())),
            advice=self._advised(name),
            removed=_title_of_removed(rows, undo) if undo and undo.owner == name else "",
            focus=add if self._acted.focus == add else "",
            most=MOST_ROWS,
        )

    def _row(
        self, rows: Rows, owner: str, items: list[Any], index: int, *, is_wanted: bool = False
    ) -> ShownRow:
        name, title = f"{owner}.{index}", rows.title_of(items[index], index)
        item = items[index] if isinstance(items[index], dict) else {}
        row_id, is_near, focus = f"row-{idname(name)}", self._is_near(name), self._acted.focus
        is_open = (
            rows.look == "line"
            or is_wanted
            or is_near
            or len(items) == 1
            or name in self._acted.opened
            or row_id in self._opens
        )
        return ShownRow(
            name=name,
            number=index + 1,
            noun=rows.noun,
            parts=tuple(self._parts(rows.parts, f"{name}.", (item, title))) if is_open else (),
            title=title,
            summary=rows.summary(item),
            is_first=index == 0,
            is_last=index == len(items) - 1,
            is_open=is_open,
            is_near=is_near,
            messages=tuple(self._messages.get(name, ())),
            advice=self._advised(name) if rows.look == "panel" else "",
            problem_count=self._counts[row_id],
            focus=focus if focus.endswith(f"-{idname(name)}") else "",
        )


def _title_of_removed(rows: Rows, undo: Removed) -> str:
    number = undo.name.rpartition(".")[2]
    return rows.title_of(undo.row, int(number) if number.isdecimal() else 0)


def _control(field: Field, value: Any, text: str) -> str:
    """A bound choice or flag becomes a text field; one line can't hold text of several."""
    if field.is_list and not field.writes:
        return "list"
    if field.kind == "flag" and not is_typed_flag(value):
        return "flag"
    if field.kind == "choice" and not is_bound(text):
        return "choice"
    if field.kind == "lines" or "\n" in text or "\r" in text:
        return "lines"
    return "number" if field.kind == "number" else "text"
