"""The parameters that a template declares, and which values they take.

Source: the Parameters section of the CloudFormation User Guide. What a template states in a shape
that CloudFormation would refuse is read as if it were not stated: CloudFormation itself tells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MOST_PARAMETERS = 200
MOST_BYTES = 4096
"""Of one value."""
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class Parameter:
    """One declared parameter. `default` is None where a value has to be given.

    The bounds are None, `allowed` and `pattern` empty where the template states none; `hint` is the
    template's own sentence about what fits.
    """

    name: str
    type: str = "String"
    default: str | None = None
    allowed: tuple[str, ...] = ()
    is_secret: bool = False
    description: str = ""
    pattern: str = ""
    hint: str = ""
    shortest: int | None = None
    longest: int | None = None
    least: float | None = None
    most: float | None = None

    @property
    def is_number(self) -> bool:
        return self.type == "Number"

    @property
    def is_list(self) -> bool:
        return self.type == "CommaDelimitedList" or self.type.startswith("List<")

    def wrong(self, value: str) -> str:
        """Why CloudFormation would refuse the value, or empty."""
        if len(value.encode()) > MOST_BYTES:
            return f"Is {len(value.encode())} bytes long; {MOST_BYTES} is the most."
        if self.allowed and any(each not in self.allowed for each in self._items(value)):
            return f"Takes {_listed(self.allowed)}."
        if self.is_number:
            return self._wrong_number(value)
        return self._wrong_text(value)

    def _items(self, value: str) -> list[str]:
        return [each.strip() for each in value.split(",")] if self.is_list else [value]

    def _wrong_number(self, value: str) -> str:
        if not _NUMBER.fullmatch(value.strip()):
            return "Takes a number."
        number = float(value)
        if self.least is not None and number < self.least:
            return self.hint or f"Is {value}; the least is {self.least:g}."
        if self.most is not None and number > self.most:
            return self.hint or f"Is {value}; the most is {self.most:g}."
        return ""

    def _wrong_text(self, value: str) -> str:
        if self.shortest is not None and len(value) < self.shortest:
            return self.hint or f"Is {len(value)} characters long; {self.shortest} is the least."
        if self.longest is not None and len(value) > self.longest:
            return self.hint or f"Is {len(value)} characters long; {self.longest} is the most."
        if self.type == "String" and self.pattern and self._differs(value):
            return self.hint or f"Doesn't match the template's pattern {self.pattern}."
        return ""

    def _differs(self, value: str) -> bool:
        """Patterns are Java's; one that this language or a second's time can't read isn't asked."""
        if len(self.pattern) > 200 or len(value) > 200 or _MAY_EXPLODE.search(self.pattern):
            return False
        try:
            return re.fullmatch(self.pattern, value) is None
        except re.error:
            return False


_MAY_EXPLODE = re.compile(r"[+*}]\)?[+*{]|\([^()]*[+*{][^()]*\)[+*{]|\\[1-9]")
"""Repetitions of repetitions can take for ever; CloudFormation checks them itself."""


def declared_parameters(template: Mapping[str, Any]) -> list[Parameter]:
    """The template's parameters, in its order."""
    section = template.get("Parameters")
    if not isinstance(section, Mapping):
        return []
    return [
        _parameter(str(name), stated)
        for name, stated in section.items()
        if isinstance(stated, Mapping)
    ]


def _parameter(name: str, stated: Mapping[str, Any]) -> Parameter:
    default, allowed = stated.get("Default"), stated.get("AllowedValues")
    return Parameter(
        name=name,
        type=str(stated.get("Type") or "String"),
        default=None if default is None else _text(default),
        allowed=tuple(map(_text, allowed)) if isinstance(allowed, list) else (),
        is_secret=_text(stated.get("NoEcho", False)) == "true",
        description=str(stated.get("Description") or ""),
        pattern=str(stated.get("AllowedPattern") or ""),
        hint=str(stated.get("ConstraintDescription") or ""),
        shortest=_whole(stated.get("MinLength")),
        longest=_whole(stated.get("MaxLength")),
        least=_number(stated.get("MinValue")),
        most=_number(stated.get("MaxValue")),
    )


def _text(value: Any) -> str:
    """A value as CloudFormation hands it on."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _number(value: Any) -> float | None:
    try:
        return None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def _whole(value: Any) -> int | None:
    number = _number(value)
    return None if number is None or number != number or abs(number) > 1e9 else int(number)


def _listed(words: tuple[str, ...]) -> str:
    shown = [word or "nothing" for word in words[:12]]
    if len(words) > len(shown):
        return f"{', '.join(shown)} or one of {len(words) - len(shown)} more"
    return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
