"""Parts of version numbers, read as Octopus reads them."""

import re
from collections.abc import Callable, Sequence

from ecsportal.octostache.characters import BLANK, is_blank
from ecsportal.octostache.errors import FilterError
from ecsportal.octostache.limits import Budget
from ecsportal.octostache.nodes import Filter

_NUMBER = rf"{BLANK}*+(\d++){BLANK}*+"
_VERSION = re.compile(
    rf"(?:[vV]?{_NUMBER}(?:\.{_NUMBER})?(?:\.{_NUMBER})?(?:\.{_NUMBER})?)?"
    r"[.\-_\\]?"
    r"(?P<pre>(?P<prefix>[A-Za-z0-9]*)(?:[.\-_\\](?P<counter>[A-Za-z0-9.\-_\\]*))?)"
    r"(?:\+(?P<metadata>[A-Za-z0-9.\-_\\+]*))?",
    re.ASCII,
)
_LARGEST = 2**31 - 1
_MOST_DIGITS = 10


def _read(text: str) -> re.Match[str]:
    match = None if is_blank(text) else _VERSION.fullmatch(text)
    if match is None or any(
        len(digits) > _MOST_DIGITS or int(digits or 0) > _LARGEST
        for digits in ((number or "").lstrip("0") for number in match.groups()[:4])
    ):
        raise FilterError(f"{text[:80]!r} is no version number.")
    return match


def _part(pick: Callable[[re.Match[str]], str]) -> Filter:
    def apply(text: str | None, arguments: Sequence[str], budget: Budget) -> str | None:
        return None if text is None else pick(_read(text))

    return apply


def _number(group: int) -> Filter:
    return _part(lambda match: (match.group(group) or "0").lstrip("0") or "0")


def _text(group: str) -> Filter:
    return _part(lambda match: match.group(group) or "")


FILTERS: dict[str, Filter] = {
    "VersionMajor": _number(1),
    "VersionMinor": _number(2),
    "VersionPatch": _number(3),
    "VersionRevision": _number(4),
    "VersionPreRelease": _text("pre"),
    "VersionPreReleasePrefix": _text("prefix"),
    "VersionPreReleaseCounter": _text("counter"),
    "VersionMetadata": _text("metadata"),
}
