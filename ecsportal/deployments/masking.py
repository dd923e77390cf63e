"""Secrets reach neither the task log nor the page: they are replaced before anything is stored."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "********"
SHORTEST = 4
"""Shorter values are not masked: they would blacken ordinary words (octopus-behaviours A1)."""
_FEW_STARTS = 100
_SHORTEST_CORE = 5
_FEW_FORMS = 300
_TEXT_END = "\0"
_ESCAPED_OCTET = re.compile("%[0-9A-F]{2}")

_MAPPINGS = (dict, Mapping)
"""A dict is known at once, other mappings only after a slow question."""

Span = tuple[int, int]


class Masker:
    """Replaces secrets in text, also where they were encoded (URL, base64, JSON, HTML) or wrapped.

    Thousands of secrets cost no more than a look at every place of the text: they are found by
    their first characters.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._by_start: dict[str, list[str]] = {}
        for form in {form for secret in secrets for form in _forms(secret)}:
            self._by_start.setdefault(form[:SHORTEST], []).append(form)
        for forms in self._by_start.values():
            forms.sort(key=len, reverse=True)

    def __bool__(self) -> bool:
        """False where there is nothing to mask."""
        return bool(self._by_start)

    def mask(self, text: str) -> str:
        """The text without any secret."""
        return _replaced(text, self._spans(text))

    def mask_lines(self, lines: Sequence[str], *, before: str = "") -> list[str]:
        """The lines without any secret, also without those that go on from one line to the next.

        `before` is the line that was stored last: what goes on from it is masked.
        """
        if not self:
            return list(lines)
        spans = [self._spans(line) for line in lines]
        for number, span in self._wrapped([before, *lines]):
            if number:
                spans[number - 1].append(span)
        return [_replaced(line, found) for line, found in zip(lines, spans, strict=True)]

    def may_go_on(self, lines: Sequence[str]) -> bool:
        """False where no secret can have begun in an earlier line and go on with these."""
        text = "".join(line.strip() for line in lines)
        forms = [form for each in self._by_start.values() for form in each]
        if len(forms) > _FEW_FORMS:
            return True
        return any(_ends_with(form, text) for form in forms)

    def mask_json(self, value: Any) -> Any:
        """The same JSON value without any secret in its texts; keys are ours and stay.

        Most hold none: one look over all texts at once tells, and the value is given back itself.
        """
        if not self or not self._spans(_TEXT_END.join(_texts(value))):
            return value
        return self._masked_json(value)

    def _masked_json(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, Mapping):
            return {key: self._masked_json(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._masked_json(inner) for inner in value]
        return value

    def _spans(self, text: str) -> list[Span]:
        """Where secrets stand, in order; the longest at each place."""
        spans = []
        for place in self._starts(text):
            for form in self._by_start[text[place : place + SHORTEST]]:
                if text.startswith(form, place):
                    spans.append((place, place + len(form)))
                    break
        return spans

    def _starts(self, text: str) -> Iterable[int]:
        starts = self._by_start
        if len(starts) <= _FEW_STARTS:
            found = [start for start in starts if start in text]
            return sorted(place for start in found for place in _places(text, start))
        last = len(text) - SHORTEST + 1
        return [n for n in range(last) if text[n : n + SHORTEST] in starts]

    def _wrapped(self, lines: Sequence[str]) -> Iterator[tuple[int, Span]]:
        """Parts of secrets that stand in several lines: the line's number and the place in it.

        A line's indentation is taken for the wrapper's.
        """
        parts = [line.strip() for line in lines]
        ends = []
        length = 0
        for part in parts:
            length += len(part)
            ends.append(length)
        number = 0
        for start, end in self._spans("".join(parts)):
            while ends[number] <= start:
                number += 1
            if end <= ends[number]:
                continue
            line = number
            while line < len(parts) and (ends[line - 1] if line else 0) < end:
                first = ends[line] - len(parts[line])
                indent = len(lines[line]) - len(lines[line].lstrip())
                if parts[line]:
                    yield (
                        line,
                        (indent + max(start - first, 0), indent + min(end, ends[line]) - first),
                    )
                line += 1


NOTHING_SECRET = Masker([])
"""For lines that are our own words alone."""


def _texts(value: Any) -> Iterator[str]:
    """All texts in a JSON value, in no order: every look at a target goes through here."""
    unread = [value]
    while unread:
        each = unread.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, _MAPPINGS):
            unread.extend(each.values())
        elif isinstance(each, list | tuple):
            unread.extend(each)


def _ends_with(form: str, text: str) -> bool:
    """True where the text begins with an end of the form, or is a part of its rest."""
    cut = form.find(text[:1], 1)
    while cut >= 0:
        if form.startswith(text[: len(form) - cut], cut):
            return True
        cut = form.find(text[:1], cut + 1)
    return False


def _places(text: str, start: str) -> Iterator[int]:
    place = text.find(start)
    while place >= 0:
        yield place
        place = text.find(start, place + 1)


def _replaced(text: str, spans: Sequence[Span]) -> str:
    """The text with one mask for each run of overlapping spans."""
    if not spans:
        return text
    parts = []
    done = 0
    start, end = -1, -1
    for first, last in sorted(spans):
        if first < end:
            end = max(end, last)
            continue
        if end >= 0:
            parts += [text[done:start], MASK]
            done = end
        start, end = first, last
    return "".join([*parts, text[done:start], MASK, text[end:]])


def _forms(secret: str) -> Iterator[str]:
    lines = secret.splitlines()
    wholes = {secret, secret.strip(), *lines, *(line.strip() for line in lines)}
    wholes.add("".join(line.strip() for line in lines))
    for whole in wholes:
        if len(whole) >= SHORTEST:
            yield from (form for form in _encoded(whole) if len(form) >= SHORTEST)


def _encoded(text: str) -> Iterator[str]:
    octets = text.encode("utf-8", "surrogatepass")
    yield text
    for url in (quote(octets, safe=""), quote(octets), quote_plus(octets)):
        yield url
        yield _ESCAPED_OCTET.sub(lambda found: found[0].lower(), url)
    for escaped in (json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]):
        yield escaped
        yield escaped.replace("/", "\\/")
        yield json.dumps(escaped)[1:-1]  # a document within a document
    yield html.escape(text)
    yield text.replace("'", "''")
    yield repr(text)[1:-1]
    yield from _in_base64(octets)


def _in_base64(octets: bytes) -> Iterator[str]:
    """By itself, and as the middle of something longer: each of the three ways it can fall."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(octets).decode()
        for shift, unsure in enumerate((0, 2, 3)):
            core = encode(bytes(shift) + octets).decode()[unsure : (shift + len(octets)) * 8 // 6]
            if len(core) >= _SHORTEST_CORE:
                yield core
