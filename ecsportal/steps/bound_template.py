"""Reading a template that still holds `#{...}`: where expressions stand is plain text meanwhile.

Unquoted, `#{Name}` would begin a comment in YAML and break JSON. Each expression is replaced by as
many characters of Unicode's private area before parsing, so that lines and columns of errors stay
right, and is put back into the values afterwards.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ecsportal.cloudformation.documents import parse
from ecsportal.steps.contract import JsonDict

_MISSES = 200
"""Unclosed expressions until the rest is left as it is: each costs a look ahead."""
_FIRST, _LAST = 0xE000, 0xF8FF
_RUN = re.compile(r"([\ue000-\uf8ff])\1*")
_BLOCK = re.compile(r"#\{\s*/?\s*(?:if|unless|each|calc)\b")
_IMAGE = re.compile(r"#\{\s*Octopus\.Action\.Package\[([^\]{}#]+)\]\.Image\s*\}", re.IGNORECASE)


@dataclass(frozen=True)
class Masked:
    """Text without expressions, and what stands for what."""

    text: str
    expressions: dict[str, str] = field(default_factory=dict)


def has_blocks(text: str) -> bool:
    """True for `#{if ...}` and `#{each ...}`: what the template is shows only when evaluated."""
    return _BLOCK.search(text) is not None


def image_references(text: str) -> list[str]:
    """References of the images that the text uses, in order, each once."""
    found = (match[1].strip() for match in _IMAGE.finditer(text))
    return list(dict.fromkeys(found))


def with_images(text: str, images: dict[str, str]) -> str:
    """The text with image expressions replaced where the image is known."""
    known = {reference.lower(): image for reference, image in images.items()}
    return _IMAGE.sub(lambda match: known.get(match[1].strip().lower(), match[0]), text)


def parse_bound(text: str) -> JsonDict:
    """The template, expressions as the text they are. Raises DocumentError as `parse` does."""
    masked = mask(text)
    template: JsonDict = _restored(parse(masked.text), masked.expressions)
    return template


def mask(text: str) -> Masked:
    """The text with each expression replaced; what can't be replaced stays as it is."""
    free = (chr(code) for code in range(_FIRST, _LAST + 1) if chr(code) not in text)
    by_expression: dict[str, str] = {}
    parts: list[str] = []
    done = at = misses = 0
    while misses < _MISSES and (start := text.find("#{", at)) >= 0:
        end = _end_of(text, start)
        if end < 0:
            at, misses = start + 2, misses + 1
            continue
        expression = text[start:end]
        letter = by_expression.get(expression) or next(free, "")
        if not letter:
            break
        by_expression[expression] = letter
        parts += [text[done:start], letter * len(expression)]
        done = at = end
    parts.append(text[done:])
    return Masked("".join(parts), {letter: each for each, letter in by_expression.items()})


def _end_of(text: str, start: int) -> int:
    """Behind the brace that closes the expression, or -1 where its line has none."""
    depth = 0
    for at in range(start + 1, min(len(text), start + 4000)):
        if text[at] == "{":
            depth += 1
        elif text[at] == "}":
            depth -= 1
            if depth == 0:
                return at + 1
        elif text[at] == "\n":
            return -1
    return -1


def _restored(value: Any, expressions: dict[str, str]) -> Any:
    if isinstance(value, str):
        return _put_back(value, expressions)
    if isinstance(value, list):
        return [_restored(each, expressions) for each in value]
    if isinstance(value, dict):
        return {
            _restored(key, expressions): _restored(inner, expressions)
            for key, inner in value.items()
        }
    return value


def _put_back(text: str, expressions: dict[str, str]) -> str:
    def one(match: re.Match[str]) -> str:
        expression = expressions.get(match[1])
        return expression * (len(match[0]) // len(expression)) if expression else match[0]

    return _RUN.sub(one, text) if expressions else text
