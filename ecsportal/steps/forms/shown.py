"""The form as the templates see it: every part with its name, value and problems."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ecsportal.steps.forms.documents import idname
from ecsportal.steps.forms.parts import Choices, Extra, Field, Group, Offer, Rows, Section


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
    becomes: str
    """What a bound value becomes somewhere: `Production: 896`; empty where nobody knows."""
    offer: Offer | None
    has_focus: bool
    look = "field"

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
class ShownGroup:
    """A foldable part with its summary and how much there is to fix in it."""

    group: Group
    id: str
    parts: tuple[ShownPart, ...]
    summary: str
    problem_count: int
    is_open: bool
    is_near: bool
    look = "group"


@dataclass(frozen=True)
class ShownExtra:
    """An object that may be absent; without it there are no parts."""

    extra: Extra
    name: str
    is_there: bool
    parts: tuple[ShownPart, ...]
    messages: tuple[str, ...]
    advice: str
    is_removed: bool
    """True where its removal can be taken back."""
    focus: str
    look = "extra"

    @cached_property
    def idname(self) -> str:
        """Its name as a part of HTML ids."""
        return idname(self.name)


@dataclass(frozen=True)
class ShownRow:
    """One row or panel. `messages` are problems inside it that no field shows.

    A panel that isn't `is_open` has no parts: its content travels in the hidden document, and its
    fields come when it is opened.
    """

    name: str
    number: int
    noun: str
    parts: tuple[ShownPart, ...]
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
    most: int

    @property
    def is_full(self) -> bool:
        """True where no row can be added."""
        return len(self.items) >= self.most

    @property
    def can_paste(self) -> bool:
        """True where many rows can be pasted at once."""
        return all(self.rows.pastes) and not self.is_full

    @property
    def look(self) -> str:
        """How its rows are shown."""
        return "panels" if self.rows.look == "panel" else "lines"

    @cached_property
    def idname(self) -> str:
        """The list's name as a part of HTML ids."""
        return idname(self.name)


ShownPart = ShownField | ShownGroup | ShownExtra | ShownRows


@dataclass(frozen=True)
class ShownSection:
    """A section with its summary and how much there is to fix in it."""

    section: Section
    parts: tuple[ShownPart, ...]
    summary: str
    problem_count: int
    is_open: bool
    is_near: bool
    is_filled: bool
    """False where everything in it is empty or as it is by default."""
    is_edited: bool
    """True where it differs from what is stored."""

    @property
    def count(self) -> int | None:
        """How many rows it has; None for a section without a list of its own."""
        rows = [part for part in self.parts if isinstance(part, ShownRows)]
        return sum(len(part.items) for part in rows) if rows else None
