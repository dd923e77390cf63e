"""Reading values as Octopus Deploy keeps them: text, lists and objects as JSON text.

Everything that is read is ticked off; what is left over, and what cannot be read, is reported with
the property it stands in, so that nothing gets lost silently.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from ecsportal.steps.bound import is_bound

Read = TypeVar("Read")
_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")


class Report:
    """What could not be carried over, and what was changed on the way: one line each."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, path: str, message: str) -> None:
        """One line about the property at `path`."""
        self.lines.append(f"{path}: {message}")


class Source:
    """One JSON object, read key by key."""

    def __init__(self, values: Mapping[str, Any], path: str, report: Report) -> None:
        self._values, self._path, self.report = values, path, report
        self._read: set[str] = set()

    def path(self, key: str) -> str:
        """Where the key stands, as reports name it."""
        return f"{self._path}.{key}" if self._path else key

    def has(self, key: str) -> bool:
        """True if the key is there, whatever it holds."""
        return key in self._values

    def take(self, key: str) -> Any:
        """The value as it is, None if there is none."""
        self._read.add(key)
        return self._values.get(key)

    def text(self, key: str, default: str = "") -> str:
        """A text; numbers and booleans are written out, null and absent give the default."""
        value = self.take(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return "True" if value else "False"
        if isinstance(value, str | int | float):
            return _written(value)
        self._unreadable(key, "text")
        return default

    def number(self, key: str, default: int | None = None) -> int | str | None:
        """A whole number or an expression; empty text counts as absent."""
        text = self.text(key).strip()
        if not text:
            return default
        if is_bound(text):
            return text
        if _NUMBER.fullmatch(text):
            return int(text)
        self._unreadable(key, "a whole number")
        return default

    def flag(self, key: str, default: bool = False, *, exactly: bool = False) -> bool | str:
        """True or false in any letter case, or an expression; `exactly` takes only `True` as true.

        What is neither counts as false, as the reference reads it.
        """
        text = self.text(key)
        if is_bound(text):
            return text
        if exactly:
            return text == "True"
        word = text.strip().lower()
        if word not in ("", "true", "false"):
            self._unreadable(key, "True or False")
        return word == "true" if word else default

    def word(self, key: str, words: Mapping[str, str], default: str) -> str:
        """One of these words in any letter case, as we call it.

        An expression is taken where it can only yield words that we spell alike.
        """
        text = self.text(key).strip()
        if not text:
            return default
        if is_bound(text) and all(theirs.lower() == ours.lower() for theirs, ours in words.items()):
            return text
        known = {word.lower(): ours for word, ours in words.items()}
        if text.lower() in known:
            return known[text.lower()]
        self._unreadable(key, " or ".join(words))
        return default

    def object(self, key: str) -> Source:
        """The object under the key; an empty one where there is none."""
        value = self._parsed(key)
        if value is not None and not isinstance(value, dict):
            self._unreadable(key, "an object")
            value = None
        return Source(value or {}, self.path(key), self.report)

    def texts(self, key: str) -> list[str]:
        """A list of texts."""
        items = self._list(key)
        kept = [_written(item) for item in items if isinstance(item, str | int | float)]
        if len(kept) != len(items):
            self._unreadable(key, "a list of texts")
        return kept

    def objects(self, key: str) -> list[Source]:
        """A list of objects."""
        sources = []
        for index, item in enumerate(self._list(key)):
            path = f"{self.path(key)}[{index}]"
            if isinstance(item, dict):
                sources.append(Source(item, path, self.report))
            else:
                self.report.add(path, "Is not carried over: it has to be an object.")
        return sources

    def close(self) -> None:
        """Report every key that nobody asked for."""
        for key in self._values:
            if key not in self._read:
                self.report.add(self.path(key), "Is not carried over: this step has no such input.")

    def _list(self, key: str) -> list[Any]:
        value = self._parsed(key)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        self._unreadable(key, "a list")
        return []

    def _parsed(self, key: str) -> Any:
        """The value, read from JSON text where it is text."""
        value = self.take(key)
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value  # told as unreadable by whoever wanted a list or an object

    def _unreadable(self, key: str, what: str) -> None:
        value = self._values.get(key)
        shown = json.dumps(value, ensure_ascii=False)
        shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
        self.report.add(self.path(key), f"Is not carried over: {shown} is not {what}.")


def _written(value: str | float) -> str:
    """As text; JSON knows one kind of number, so 64.0 is the whole number 64."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def closed(source: Source, read: Read) -> Read:
    """What was read of the source, which then reports the rest."""
    source.close()
    return read
