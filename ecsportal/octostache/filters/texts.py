"""Filters that change a text: case, length, ends, indentation, and simple questions."""

import re
from collections.abc import Callable, Sequence

from ecsportal.octostache import utf16
from ecsportal.octostache.characters import BLANKS, to_lower, to_upper
from ecsportal.octostache.limits import Budget
from ecsportal.octostache.nodes import Filter
from ecsportal.octostache.numerals import read_int

_INDENT = re.compile(r"(?:(\d{1,3})?/)?(\d{1,3})", re.ASCII)
_WIDEST_INDENT = 255


def without_arguments(change: Callable[[str], str]) -> Filter:
    """A filter that fails for an unresolved left side and for any argument."""

    def apply(text: str | None, arguments: Sequence[str], budget: Budget) -> str | None:
        return None if text is None or arguments else change(text)

    return apply


def _question(ask: Callable[[str, str], bool]) -> Filter:
    def apply(text: str | None, arguments: Sequence[str], budget: Budget) -> str | None:
        if text is None or len(arguments) != 1:
            return None
        return "true" if ask(text, arguments[0]) else "false"

    return apply


def _trim(text: str | None, arguments: Sequence[str], budget: Budget) -> str | None:
    if text is None:
        return None
    side = to_lower(arguments[0]) if arguments else ""
    if side == "start":
        return text.lstrip(BLANKS)
    if side == "end":
        return text.rstrip(BLANKS)
    return None if arguments else text.strip(BLANKS)


def _truncate(text: str | None, arguments: Sequence[str], budget: Budget) -> str | None:
    if text is None or not arguments:
        return None
    count = read_int(arguments[0])
    if count is None or count < 0:
        return None
    if count >= utf16.length(text):
        return text
    return utf16.cut(text, 0, count) + (arguments[1] if len(arguments) > 1 else "...")


def _substring(text: str | None, arguments: Sequence[str], budget: Budget) -> str | None:
    if text is None or len(arguments) not in (1, 2):
        return None
    numbers = [read_int(argument) for argument in arguments]
    start, count = (0, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])
    if start is None or count is None or start < 0 or count < 0:
        return None
    return None if start > utf16.length(text) else utf16.cut(text, start, start + count)


def _append(text: str | None, arguments: Sequence[str], budget: Budget) -> str | None:
    return (text or "") + "".join(arguments) if arguments else None


def _prepend(text: str | None, arguments: Sequence[str], budget: Budget) -> str | None:
    return "".join(arguments) + (text or "") if arguments else None


def _indents(arguments: Sequence[str]) -> tuple[str, str] | None:
    """The first and the following indent that the arguments ask for."""
    if len(arguments) > 1:
        return (arguments[0], arguments[1]) if len(arguments) == 2 else None  # noqa: PLR2004
    if not arguments:
        return " " * 4, " " * 4
    match = _INDENT.fullmatch(arguments[0])
    if match is None:
        return arguments[0], arguments[0]
    following = int(match.group(2))
    first = following if "/" not in arguments[0] else int(match.group(1) or 0)
    if max(first, following) > _WIDEST_INDENT:
        return arguments[0], arguments[0]
    return " " * first, " " * following


def _indent(text: str | None, arguments: Sequence[str], budget: Budget) -> str | None:
    indents = _indents(arguments)
    if text is None or indents is None:
        return None
    if not text:
        return ""
    first, following = indents
    budget.take_characters(len(first) + len(following) * text.count("\n"))
    return first + text.replace("\n", "\n" + following)


FILTERS: dict[str, Filter] = {
    "ToUpper": without_arguments(to_upper),
    "ToLower": without_arguments(to_lower),
    "Trim": _trim,
    "Truncate": _truncate,
    "Substring": _substring,
    "Append": _append,
    "Prepend": _prepend,
    "Indent": _indent,
    "Contains": _question(lambda text, part: part in text),
    "StartsWith": _question(str.startswith),
    "EndsWith": _question(str.endswith),
}
