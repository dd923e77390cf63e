"""`Format`: numbers and dates by .NET's format strings."""

from collections.abc import Callable, Sequence

from ecsportal.octostache.characters import to_lower
from ecsportal.octostache.filters.moments import format_moment, read_moment
from ecsportal.octostache.filters.number_formats import format_number
from ecsportal.octostache.limits import Budget
from ecsportal.octostache.nodes import Filter
from ecsportal.octostache.numerals import read_decimal, read_double, read_int


def _as_int(text: str, pattern: str) -> str | None:
    number = read_int(text)
    return None if number is None else format_number(number, pattern)


def _as_double(text: str, pattern: str) -> str | None:
    number = read_double(text)
    return None if number is None else format_number(number, pattern)


def _as_decimal(text: str, pattern: str) -> str | None:
    number = read_decimal(text)
    return None if number is None else format_number(number, pattern)


def _as_date(text: str, pattern: str) -> str | None:
    moment = read_moment(text)
    return None if moment is None else format_moment(moment.local(), pattern)


def _as_moment(text: str, pattern: str) -> str | None:
    moment = read_moment(text)
    return None if moment is None else format_moment(moment.with_offset(), pattern)


_TYPES: dict[str, Callable[[str, str], str | None]] = {
    "int": _as_int,
    "int32": _as_int,
    "double": _as_double,
    "decimal": _as_decimal,
    "date": _as_date,
    "datetime": _as_date,
    "datetimeoffset": _as_moment,
}
_WITH_TYPE = 2


def _format(text: str | None, arguments: Sequence[str], budget: Budget) -> str | None:
    if text is None or not arguments or len(arguments) > _WITH_TYPE:
        return None
    if len(arguments) == _WITH_TYPE:
        convert = _TYPES.get(to_lower(arguments[0]))
        return None if convert is None else convert(text, arguments[1])
    if read_decimal(text) is not None:
        return _as_decimal(text, arguments[0])
    return _as_moment(text, arguments[0])


FILTERS: dict[str, Filter] = {"Format": _format}
