"""What a form consists of: fields, rows of fields, and sections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ecsportal.steps.contract import JsonDict

Choices = tuple[tuple[str, str], ...]
Kind = Literal["text", "number", "choice", "flag", "list"]


@dataclass(frozen=True)
class Field:
    """One scalar (or a list of short texts) of the document.

    `path` is relative to the row or document that holds it (`image.repository`). `note` says in
    plain words what it is for; `aws` is the address of the AWS page that explains it. `choices` are
    (value, label) pairs, or a function of the document and the form's choices that gives them.
    `empty` is what the document holds where nothing was typed. `refresh` asks for the form anew when
    the field changes, since other fields' choices depend on it. `suggest` names a list of
    suggestions to complete from.
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
    """A panel's name."""
    summary: Callable[[JsonDict], str] = lambda row: ""
    """What stands beside a panel's name."""


@dataclass(frozen=True)
class Section:
    """A foldable part of the form; `summary` is the line that tells its content when folded."""

    slug: str
    title: str
    parts: tuple[Field | Rows, ...]
    summary: Callable[[JsonDict], str]
    note: str = ""
    open_at_first: bool = field(default=False)
