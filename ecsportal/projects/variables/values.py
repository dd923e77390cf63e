"""One value of a variable, as a revision keeps it and as resolution sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ecsportal.octostache.characters import fold as fold_letters
from ecsportal.octostache.characters import trim
from ecsportal.projects.variables.scopes import Scope


class Type(StrEnum):
    TEXT = "text"
    SENSITIVE = "sensitive"
    AWS_ACCOUNT = "aws_account"


class Control(StrEnum):
    """How a prompted value is asked for."""

    LINE = "line"
    LINES = "lines"
    CHOICE = "choice"
    CHECKBOX = "checkbox"


@dataclass(frozen=True)
class Prompt:
    """The value is asked for when deploying."""

    label: str = ""
    help: str = ""
    required: bool = True
    control: Control = Control.LINE
    choices: tuple[str, ...] = ()

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Prompt:
        """From a revision's object."""
        return cls(
            label=document["label"],
            help=document["help"],
            required=document["required"],
            control=Control(document["control"]),
            choices=tuple(document["choices"]),
        )


@dataclass(frozen=True, order=True)
class Source:
    """Where a value stands: `order` 0 is the owner itself, then a project's library sets in order.

    The project has no slug and no name here.
    """

    order: int = 0
    slug: str = ""
    name: str = ""

    @property
    def is_project(self) -> bool:
        """False for a value that a project has from a library set."""
        return self.order == 0

    @property
    def words(self) -> str:
        """How sentences name it."""
        return f'the library set "{self.name}"' if self.name else "the project"


PROJECT = Source()


@dataclass(frozen=True)
class VariableValue:
    """One value. A sensitive one has no `value` here: `secret` is the id of its SecretValue."""

    id: int
    name: str
    value: str | None
    type: Type = Type.TEXT
    scope: Scope = Scope()  # noqa: RUF009 -- frozen
    description: str = ""
    prompt: Prompt | None = None
    secret: int | None = None
    source: Source = PROJECT
    position: int = 0
    """Its place among the values of its source."""

    @property
    def is_sensitive(self) -> bool:
        """True where the value is a secret."""
        return self.type is Type.SENSITIVE

    @property
    def shown(self) -> str:
        """The value as sentences quote it; a secret never."""
        if self.is_sensitive:
            return "a sensitive value"
        text = (self.value or "").split("\n", 1)[0]
        return f'"{text}"' if len(text) <= _QUOTED else f'"{text[: _QUOTED - 1]}…"'

    @property
    def place(self) -> str:
        """`the project (Production, deploy-web)`, for sentences that name a value."""
        names = [name for rule in reversed(self.scope.rules) for name in rule.names]
        return f"{self.source.words} ({', '.join(names) or 'everywhere'})"


_QUOTED = 60


def fold(name: str) -> str:
    """The form under which names are compared (octopus-behaviours A1: any letter case, trimmed)."""
    return fold_letters(trim(name))


def values_of(
    entries: Sequence[Mapping[str, Any]], source: Source = PROJECT
) -> list[VariableValue]:
    """The entries of a revision, in order."""
    return [
        VariableValue(
            id=entry["id"],
            name=entry["name"],
            value=entry["value"],
            type=Type(entry["type"]),
            scope=Scope.of(entry["scope"]),
            description=entry["description"],
            prompt=Prompt.of(entry["prompt"]) if entry["prompt"] else None,
            secret=entry.get("secret"),
            source=source,
            position=position,
        )
        for position, entry in enumerate(entries)
    ]
