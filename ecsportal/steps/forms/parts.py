"""What a form consists of: fields, rows of fields, and sections."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ecsportal.steps.contract import JsonDict

Choices = tuple[tuple[str, str], ...]
Kind = Literal["text", "lines", "number", "choice", "flag", "list"]


@dataclass(frozen=True)
class Field:
    """One scalar (or a list of short texts) of the document; `lines` is text of several lines.

    `path` is relative to the row or document that holds it (`image.repository`). `note` says in
    plain words what it is for; `aws` is the address of the AWS page that explains it. `choices` are
    (value, label) pairs, or a function of the document and the form's choices that gives them.
    `empty` is what the document holds where nothing was typed. `refresh` asks for the form anew
    when the field changes, since other fields' choices depend on it. `suggest` names a list of
    suggestions to complete from. `keeps_spaces` is for values in which a space at the end counts.
    `shows` makes a text under the field from the row that holds it: what others call this row.
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
    keeps_spaces: bool = False
    shows: Callable[[JsonDict], str] | None = None


@dataclass(frozen=True)
class Rows:
    """A list of the document: each item is a row of fields, or a panel with parts of its own."""

    path: str
    label: str
    noun: str
    """What one row is: `port`, `container`; names its buttons."""
    parts: tuple[Field | Rows, ...]
    new: JsonDict
    """What a new row holds."""
    note: str = ""
    aws: str = ""
    look: Literal["line", "panel"] = "line"
    title: Callable[[JsonDict], str] = lambda row: ""
    """A row's own name; empty where it has none."""
    summary: Callable[[JsonDict], str] = lambda row: ""
    """What stands beside a panel's name."""

    def title_of(self, row: Any, index: int) -> str:
        """The row's name, or `port 2`; a panel's stands at its head: `Container 2`."""
        named = self.title(row) if isinstance(row, dict) else ""
        noun = self.noun.capitalize() if self.look == "panel" else self.noun
        return named or f"{noun} {index + 1}"


@dataclass(frozen=True)
class Section:
    """A foldable part of the form; `summary` is the line that tells its content when folded."""

    slug: str
    title: str
    parts: tuple[Field | Rows, ...]
    summary: Callable[[JsonDict], str]
    note: str = ""
    open_at_first: bool = field(default=False)


def top_parts(sections: Sequence[Section]) -> Iterator[Field | Rows]:
    """The parts of all sections, in order."""
    for section in sections:
        yield from section.parts
