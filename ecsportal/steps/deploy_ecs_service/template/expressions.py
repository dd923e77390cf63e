"""Values in the template that may still be expressions."""

from __future__ import annotations

import re

from ecsportal.steps.bound import is_bound
from ecsportal.steps.contract import JsonDict

_TOKEN = re.compile(r"#\{(?:[^{}]|#\{[^{}]*\})*\}")
_BLOCK = re.compile(r"#\{\s*(?:if|unless|each|else|elseif|/if|/unless|/each)\b")


def switch(flag: bool | str, on: str = "ENABLED", off: str = "DISABLED") -> str:
    """`on` or `off`; a bound flag becomes an expression that yields one of the two words.

    An exported template must deploy unchanged, and the variable says True or False, which the
    properties that use this do not understand.
    """
    if isinstance(flag, bool):
        return on if flag else off

    def words(literal: str) -> str:
        literal = re.sub(r"\btrue\b", on, literal, flags=re.IGNORECASE)
        return re.sub(r"\bfalse\b", off, literal, flags=re.IGNORECASE)

    parts, end = [], 0
    for token in _TOKEN.finditer(flag):
        parts.append(words(flag[end : token.start()]))
        text = token[0]
        block = _BLOCK.match(text)
        parts.append(text if block else f"#{{if {text[2:-1].strip()}}}{on}#{{else}}{off}#{{/if}}")
        end = token.end()
    return "".join([*parts, words(flag[end:])])


def split_at_commas(text: str) -> list[str]:
    """The trimmed parts of a comma separated text; a comma inside an expression splits nothing."""
    if not is_bound(text):
        return [part.strip() for part in text.split(",")]
    parts, start = [], 0
    inside = [match.span() for match in _TOKEN.finditer(text)]
    for comma in (match.start() for match in re.finditer(",", text)):
        if not any(begin <= comma < end for begin, end in inside):
            parts.append(text[start:comma].strip())
            start = comma + 1
    return [*parts, text[start:].strip()]


def ref(name: str) -> JsonDict:
    """A reference to a parameter or resource."""
    return {"Ref": name}
