"""`NowDate`, `NowDateUtc`, `AddHours`, `AddDays`."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from ecsportal.octostache.filters.moments import TICKS, Moment, format_moment, read_moment
from ecsportal.octostache.limits import Budget
from ecsportal.octostache.nodes import Filter
from ecsportal.octostache.numerals import read_double

_HOUR = 3600 * TICKS
_FURTHEST = 1e9  # hours or days; more leaves the calendar anyway


def _now(*, utc: bool) -> Moment:
    moment = datetime.now(UTC)  # noqa: TID251 -- the clock is what these filters are for
    clock = (moment if utc else moment.astimezone()).replace(tzinfo=UTC)
    since = clock - datetime(1, 1, 1, tzinfo=UTC)
    ticks = (since.days * 86_400 + since.seconds) * TICKS + since.microseconds * 10
    return Moment(ticks, 0 if utc else None, utc=utc)


def _now_filter(*, utc: bool) -> Filter:
    def apply(text: str | None, arguments: Sequence[str], budget: Budget) -> str | None:
        if text is not None or len(arguments) > 1:
            return None
        return format_moment(_now(utc=utc), arguments[0] if arguments else "o")

    return apply


def _adder(unit: int) -> Filter:
    """Adds so many units; the offset of the input is kept as it is."""

    def apply(text: str | None, arguments: Sequence[str], budget: Budget) -> str | None:
        moment = None if text is None else read_moment(text)
        count = read_double(arguments[0]) if len(arguments) == 1 else None
        if moment is None or count is None or not math.isfinite(count) or abs(count) > _FURTHEST:
            return None
        moved = moment.moved(round(count * unit))
        return None if moved is None else format_moment(moved, "o")

    return apply


FILTERS: dict[str, Filter] = {
    "NowDate": _now_filter(utc=False),
    "NowDateUtc": _now_filter(utc=True),
    "AddHours": _adder(_HOUR),
    "AddDays": _adder(24 * _HOUR),
}
