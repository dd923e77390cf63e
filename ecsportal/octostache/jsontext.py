"""JSON inside variables: read leniently, written compactly (SPEC section 7)."""

import json
import math
import re
from datetime import datetime
from typing import Any

from ecsportal.octostache.characters import BLANKS
from ecsportal.octostache.errors import CollectionError
from ecsportal.octostache.lenientjson import Whole, read_lenient
from ecsportal.octostache.numerals import read_int, write_double

_DATE = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7})\d*)?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r"}
_ESCAPES |= {"\t": "\\t"}
_ESCAPED = re.compile('["\\\\\0-\x1f\x85\u2028\u2029]')
_DECODER = json.JSONDecoder(strict=False, parse_int=Whole)
_SHORTEST_DATE, _LONGEST_DATE = 19, 40


def read(text: str) -> dict[str, Any] | list[Any] | None:
    """The object or array that the whole text is, else None (scalars are no containers)."""
    start = text.lstrip(BLANKS)[:1]
    if start not in ("{", "[", "/"):
        return None
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        value = read_lenient(text)
    return value if isinstance(value, (dict, list)) else None


def member(container: dict[str, Any] | list[Any], step: str) -> str | None:
    """The text of a member: empty where it is missing or null, None where `step` can't be one."""
    if isinstance(container, dict):
        return as_text(container.get(step))
    index = read_int(step)
    if index is None:
        return None
    if index < 0:
        raise CollectionError(f"The index {index} is negative; JSON arrays count from 0.")
    return as_text(container[index]) if index < len(container) else ""


def as_text(value: Any) -> str:
    """A JSON value as the text it stands for."""
    if isinstance(value, Whole):
        return str(value)
    if isinstance(value, str):
        return _date_text(value) or value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, float):
        return write_double(value)
    return write(value)


def _date_text(text: str) -> str | None:
    """`02/03/2031 04:05:06` for a text that Json.NET takes for a date, else None."""
    if not (_SHORTEST_DATE <= len(text) <= _LONGEST_DATE and text[10] == "T"):
        return None
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        moment = datetime.fromisoformat(match.group(1) + (match.group(3) or ""))
    except ValueError:
        return None
    if match.group(3) not in (None, "Z"):
        moment = moment.astimezone()  # an offset is turned into local time
    return f"{moment:%m/%d/}{moment.year:04d}{moment: %H:%M:%S}"


def _iso_date(text: str) -> str:
    """A date as it stands within written JSON: no zeros at the end of its seconds."""
    match = _DATE.fullmatch(text) if len(text) >= _SHORTEST_DATE else None
    if match is None or match.group(2) is None or _date_text(text) is None:
        return text
    seconds, fraction, zone = match.groups()
    digits = fraction.rstrip("0")
    return seconds + (f".{digits}" if digits else "") + (zone or "")


def _quote(text: str) -> str:
    def escape(match: re.Match[str]) -> str:
        found = match.group()
        return _ESCAPES.get(found) or f"\\u{ord(found):04x}"

    return '"' + _ESCAPED.sub(escape, text) + '"'


def _scalar(value: Any) -> str:
    if isinstance(value, Whole):
        return str(value)
    if isinstance(value, str):
        return _quote(_iso_date(value))
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = write_double(value)
    if not math.isfinite(value):
        return f'"{text}"'
    return text if any(mark in text for mark in ".E") else text + ".0"


def write(value: Any) -> str:
    """Compact JSON; non-ASCII letters stay. Nested to any depth."""
    done: list[str] = []
    todo: list[tuple[bool, Any]] = [(False, value)]  # (already JSON text, value)
    while todo:
        ready, item = todo.pop()
        if ready:
            done.append(item)
        elif isinstance(item, dict):
            done.append("{")
            todo.append((True, "}"))
            for number, (name, inner) in enumerate(reversed(list(item.items()))):
                if number:
                    todo.append((True, ","))
                todo += [(False, inner), (True, _quote(name) + ":")]
        elif isinstance(item, list):
            done.append("[")
            todo.append((True, "]"))
            for number, inner in enumerate(reversed(item)):
                if number:
                    todo.append((True, ","))
                todo.append((False, inner))
        else:
            done.append(_scalar(item))
    return "".join(done)
