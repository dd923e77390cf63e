"""What a form consists of: fields, rows of fields, optional objects, groups, and sections."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ecsportal.steps.bound import is_bound
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.documents import look_up

Choices = tuple[tuple[str, str], ...]
Kind = Literal["text", "lines", "number", "choice", "flag", "list", "items"]
Condition = Callable[[JsonDict], bool]


@dataclass(frozen=True)
class Offer:
    """A better value for what stands in a field, and the words of the button that takes it."""

    words: str
    value: Any


@dataclass(frozen=True)
class Field:
    """One scalar (or a list of short texts) of the document.

    `path` is relative to the row or document that holds it (`image.repository`). `note` says in
    plain words what it is for; `aws` is the address of the AWS page that explains it. `choices` are
    (value, label) pairs, or a function of the document and the form's choices that gives them.
    `empty` is what the document holds where nothing was typed. `refresh` asks for the form anew
    when the field changes, since other fields or choices depend on it. `suggest` names a list of
    suggestions to complete from that the browser asks for (`repositories`, or a pick list from AWS
    such as `subnets`; `log-options` are secrets or log groups as the row says), `known` one that
    the document itself fills (the form says how).
    `keeps_spaces` is for values in which a space at the end counts.
    `shows` makes a text under the field from the row that holds it: what others call this row, or
    what becomes of the value. `when` is asked with that row: the field is shown only where it holds
    (or has a problem); its value stays either way.

    Kinds: a `list` is typed with spaces, commas or line ends between its items, `items` are one a
    line; `lines` is one text of several lines, `height` high at first. `reads` and `writes` are for
    values that are typed otherwise than they are kept. `is_named_apart` puts the field into a small
    dialog whose opener shows the `shows` text. `file_types` (as an `accept` attribute) offers to
    fill the field from a file.
    """

    path: str
    label: str
    kind: Kind = "text"
    note: str = ""
    aws: str = ""
    width: str = "p-c4"
    unit: str = ""
    placeholder: str = ""
    mono: bool = False
    choices: Choices | Callable[[JsonDict, Mapping[str, Any]], Choices] = ()
    empty: Any = ""
    refresh: bool = False
    suggest: str = ""
    known: str = ""
    keeps_spaces: bool = False
    shows: Callable[[JsonDict], str] | None = None
    when: Condition | None = None
    height: int = 3
    reads: Callable[[str], Any] | None = None
    writes: Callable[[Any], str] | None = None
    offer: Callable[[Any], Offer | None] | None = None
    is_named_apart: bool = False
    file_types: str = ""

    @property
    def is_list(self) -> bool:
        """True where the document holds a list that is typed as one text."""
        return self.kind in ("list", "items")


@dataclass(frozen=True)
class Group:
    """A foldable part of a panel or section; its parts' paths are those of its holder's."""

    slug: str
    title: str
    parts: tuple[Part, ...]
    summary: Callable[[JsonDict], str] = lambda row: ""
    note: str = ""
    when: Condition | None = None


@dataclass(frozen=True)
class Extra:
    """An object of the document that may be absent (null): added and removed by a button.

    The paths of its parts are relative to it.
    """

    path: str
    label: str
    noun: str
    parts: tuple[Part, ...]
    new: JsonDict
    note: str = ""
    aws: str = ""
    when: Condition | None = None


@dataclass(frozen=True)
class Rows:
    """A list of the document: each item is a row of fields, or a panel with parts of its own."""

    path: str
    label: str
    noun: str
    """What one row is: `port`, `container`; names its buttons."""
    parts: tuple[Part, ...]
    new: JsonDict
    """What a new row holds."""
    note: str = ""
    aws: str = ""
    look: Literal["line", "panel"] = "line"
    title: Callable[[JsonDict], str] = lambda row: ""
    """A row's own name; empty where it has none."""
    summary: Callable[[JsonDict], str] = lambda row: ""
    """What stands beside a panel's name."""
    when: Condition | None = None
    pastes: tuple[str, str] = ("", "")
    """The keys of name and value, where many rows can be pasted as `NAME=value` lines."""

    def title_of(self, row: Any, index: int) -> str:
        """The row's name, or `port 2`; a panel's stands at its head: `Container 2`."""
        named = self.title(row) if isinstance(row, dict) else ""
        noun = self.noun[:1].upper() + self.noun[1:] if self.look == "panel" else self.noun
        return named or f"{noun} {index + 1}"


Part = Field | Group | Extra | Rows


@dataclass(frozen=True)
class Section:
    """A foldable part of the form; `summary` is the line that tells its content when folded."""

    slug: str
    title: str
    parts: tuple[Part, ...]
    summary: Callable[[JsonDict], str]
    note: str = ""
    open_at_first: bool = field(default=False)


def top_parts(sections: Sequence[Section]) -> Iterator[Part]:
    """The parts of all sections, in order."""
    for section in sections:
        yield from section.parts


def part_at(parts: Sequence[Part], name: str) -> Field | Extra | Rows | None:
    """The description of the part that a full name (`containers.0.ports`) means."""
    for part in parts:
        found: Field | Extra | Rows | None = None
        if isinstance(part, Group):
            found = part_at(part.parts, name)
        elif name == part.path:
            found = part
        elif isinstance(part, Extra) and name.startswith(f"{part.path}."):
            found = part_at(part.parts, name[len(part.path) + 1 :])
        elif isinstance(part, Rows) and name.startswith(f"{part.path}."):
            number, dot, inner = name[len(part.path) + 1 :].partition(".")
            found = part_at(part.parts, inner) if dot and number.isdecimal() else None
        if found is not None:
            return found
    return None


def is_one_of(path: str, *values: Any) -> Condition:
    """For `when`: another value of the row is one of these, or waits for a variable."""

    def holds(row: JsonDict) -> bool:
        value = look_up(row, path)
        return value in values or is_bound(value)

    return holds


def is_filled(path: str) -> Condition:
    """For `when`: the row has something there, like a value that only imports bring."""
    return lambda row: look_up(row, path) not in (None, "", [], {})


def has(path: str) -> Condition:
    """For `when`: the row knows that key; older versions of a step lack some."""
    return lambda row: look_up(row, path) is not None


def all_of(*conditions: Condition) -> Condition:
    """For `when`: every one of these holds."""
    return lambda row: all(condition(row) for condition in conditions)
