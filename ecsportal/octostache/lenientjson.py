"""JSON as Json.NET reads it: bare names, single quotes, comments, trailing commas. Any depth."""

import math
import re
from typing import Any

from ecsportal.octostache.characters import BLANK


class Whole(str):
    """An integer, kept as it was written."""

    __slots__ = ()


_SKIP = re.compile(rf"(?:{BLANK}++|//[^\r\n]*+|/\*.*?\*/)*+", re.DOTALL)
_STRING = re.compile(r'"((?:[^"\\]++|\\.)*+)"|\'((?:[^\'\\]++|\\.)*+)\'', re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)", re.ASCII)
_BARE_NAME = re.compile(r"[^\W]+[\w$]*|[$_][\w$]*")
_WORDS: dict[str, Any] = {
    "true": True, "false": False, "null": None, "undefined": None,
    "NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf,
}  # fmt: skip
_WORD = re.compile(r"-?[A-Za-z]+")
_SIMPLE = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_QUOTABLE = "\\/\"'"


class _Unreadable(Exception):
    """The text is no JSON even so; never leaves this module."""


_MISSING = object()


def read_lenient(text: str) -> Any:
    """The value of the whole text; None where it is none (as for `null`)."""
    try:
        return _Source(text).document()
    except _Unreadable:
        return None


class _Source:
    """A text read from left to right; containers under construction are kept on a list."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def document(self) -> Any:
        value = self.value()
        if self.peek():
            raise _Unreadable
        return value

    def peek(self) -> str:
        """The next character that is no blank and no comment; empty at the end."""
        match = _SKIP.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
        return self.text[self.at : self.at + 1]

    def value(self) -> Any:
        """One value with all that is inside it."""
        open_ones: list[tuple[Any, str]] = []  # container, name its next value belongs to
        while True:
            value = self._start(open_ones)
            while value is not _MISSING:
                if not open_ones:
                    return value
                container, name = open_ones[-1]
                if isinstance(container, dict):
                    container[name] = value
                else:
                    container.append(value)
                value = self._after(open_ones)

    def _start(self, open_ones: list[tuple[Any, str]]) -> Any:
        """A scalar, a finished empty container, or _MISSING after opening one."""
        character = self.peek()
        if character not in ("{", "["):
            return self._scalar(character)
        self.at += 1
        container: Any = {} if character == "{" else []
        if self.peek() == ("}" if character == "{" else "]"):
            self.at += 1
            return container
        open_ones.append((container, self._name() if character == "{" else ""))
        return _MISSING

    def _after(self, open_ones: list[tuple[Any, str]]) -> Any:
        """What follows a member: a finished container, or _MISSING if another member does."""
        container, _ = open_ones[-1]
        close = "}" if isinstance(container, dict) else "]"
        character = self.peek()
        if character == ",":
            self.at += 1
            if self.peek() != close:
                name = self._name() if close == "}" else ""
                open_ones[-1] = container, name
                return _MISSING
            character = close
        if character != close:
            raise _Unreadable
        self.at += 1
        open_ones.pop()
        return container

    def _name(self) -> str:
        character = self.peek()
        if character in ('"', "'") and character:
            name = self._string()
        else:
            match = _BARE_NAME.match(self.text, self.at)
            if match is None:
                raise _Unreadable
            self.at = match.end()
            name = match.group()
        if self.peek() != ":":
            raise _Unreadable
        self.at += 1
        return name

    def _string(self) -> str:
        match = _STRING.match(self.text, self.at)
        if match is None:
            raise _Unreadable
        self.at = match.end()
        inner = match.group(1) if match.group(1) is not None else match.group(2)
        text = _ESCAPE.sub(_unescape, inner)
        if _SURROGATE.search(text):  # halves that were escaped one by one
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
        return text

    def _scalar(self, character: str) -> Any:
        if character and character in "\"'":
            return self._string()
        match = _NUMBER.match(self.text, self.at)
        if match is None:
            match = _WORD.match(self.text, self.at)
            if match is None or match.group() not in _WORDS:
                raise _Unreadable
            self.at = match.end()
            return _WORDS[match.group()]
        self.at = match.end()
        number = match.group()
        if re.fullmatch(r"[+-]?0[xX].*", number):
            return Whole(int(number, 16)) if len(number) < _LONGEST_HEX else Whole("0")
        if any(mark in number for mark in ".eE"):
            return float(number)
        return Whole(number)


_LONGEST_HEX = 20


def _unescape(match: re.Match[str]) -> str:
    found = match.group(1)
    if len(found) > 1:
        return chr(int(found[1:], 16))
    if found in _SIMPLE:
        return _SIMPLE[found]
    if found in _QUOTABLE:
        return found
    raise _Unreadable
