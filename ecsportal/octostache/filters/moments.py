"""Dates with times, counted in ticks of 100 ns as .NET does, read and written by its rules."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

TICKS = 10_000_000
"""Ticks of a second."""

_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,](?P<fraction>\d+))?)?"
    r"(?:\s*(?P<half>AM|PM))?"
)
_ZONE = r"(?:\s*(?P<zone>Z|GMT|UTC|[+-]\d{1,2}:?\d{2}|[+-]\d{1,2}))?"
_MONTH = r"(?P<name>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_DAY_NAME = r"(?:(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)[a-z]*,?\s+)?"
_PATTERNS = [
    re.compile(rf"\s*{_DAY_NAME}{date}(?:(?:T|\s+|,\s*){_TIME}{_ZONE})?\s*", re.ASCII | re.I)
    for date in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        r"(?P<month>\d{1,2})[/\-.](?P<day>\d{1,2})[/\-.](?P<year>\d{4})",
        rf"(?P<day>\d{{1,2}})[\s-]+{_MONTH}[\s-]+(?P<year>\d{{4}})",
        rf"{_MONTH}\s+(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}})",
    )
]
_LONGEST = 100
_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
_MAX_OFFSET = 14 * 60
_NOON = 12


class Moment(NamedTuple):
    """Ticks since the year 1 on the clock that showed it; `offset` in minutes, None if unknown.

    `utc` tells that it was marked as UTC (`Z`), not merely by an offset of zero.
    """

    ticks: int
    offset: int | None = None
    utc: bool = False

    @property
    def clock(self) -> datetime:
        """To the second, without any zone's meaning."""
        return _EPOCH + timedelta(seconds=self.ticks // TICKS)

    @property
    def fraction(self) -> str:
        """Seven digits of the second."""
        return f"{self.ticks % TICKS:07d}"

    def moved(self, ticks: int) -> "Moment | None":
        """So much later on the same clock, or None outside of the years 1 to 9999."""
        moved = self._replace(ticks=self.ticks + ticks)
        return moved if 0 <= moved.ticks < _END else None

    def local(self) -> "Moment":
        """On this machine's clock: what has an offset is converted, the rest taken as it is."""
        if self.offset is None:
            return self
        zone = timezone(timedelta(minutes=self.offset))
        try:
            here = self.clock.replace(tzinfo=zone).astimezone()
        except (OverflowError, ValueError, OSError):
            return self
        seconds = int((here.replace(tzinfo=UTC) - _EPOCH).total_seconds())
        return Moment(seconds * TICKS + self.ticks % TICKS, None)

    def with_offset(self) -> "Moment":
        """With this machine's offset where there is none."""
        return self if self.offset is not None else self._replace(offset=self.local_offset())

    def local_offset(self) -> int:
        """Minutes that this machine's clock is ahead of UTC at that time."""
        try:
            delta = self.clock.replace(tzinfo=None).astimezone().utcoffset()
        except (OverflowError, ValueError, OSError):
            return 0
        return int(delta.total_seconds() // 60) if delta is not None else 0


_END = int((datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH).days + 1) * 86_400 * TICKS


def read_moment(text: str) -> Moment | None:
    """A date, maybe with a time and an offset, in ISO form or as the invariant culture has it."""
    if len(text) > _LONGEST:
        return None
    for pattern in _PATTERNS:
        match = pattern.fullmatch(text)
        if match is not None:
            return _moment(match.groupdict())
    return None


def _moment(parts: dict[str, str | None]) -> Moment | None:
    hour = int(parts["hour"] or 0)
    half = (parts["half"] or "").upper()
    if half:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half == "PM" else 0)
    name = (parts.get("name") or "").title()
    month = int(parts.get("month") or 0)
    if name:
        month = next(number for number, full in enumerate(_MONTHS, 1) if full.startswith(name))
    try:
        clock = datetime(
            int(parts["year"] or 0), month, int(parts["day"] or 0),
            hour, int(parts["minute"] or 0), int(parts["second"] or 0), tzinfo=UTC,
        )  # fmt: skip
    except ValueError:
        return None
    fraction = (parts["fraction"] or "")[:8].ljust(8, "0")
    ticks = int((clock - _EPOCH).total_seconds()) * TICKS + (int(fraction) + 5) // 10
    return _with_zone(ticks, (parts["zone"] or "").upper())


def _with_zone(ticks: int, zone: str) -> Moment | None:
    if not zone:
        return Moment(ticks)
    if zone in ("Z", "GMT", "UTC"):
        return Moment(ticks, 0, utc=True)
    digits = zone[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")  # noqa: PLR2004
    offset = int(hours) * 60 + int(minutes)
    if offset > _MAX_OFFSET or int(minutes) >= 60:  # noqa: PLR2004 -- minutes of an hour
        return None
    return Moment(ticks, -offset if zone[0] == "-" else offset)


_STANDARD = {
    "d": "MM/dd/yyyy", "D": "dddd, dd MMMM yyyy", "t": "HH:mm", "T": "HH:mm:ss",
    "f": "dddd, dd MMMM yyyy HH:mm", "F": "dddd, dd MMMM yyyy HH:mm:ss",
    "g": "MM/dd/yyyy HH:mm", "G": "MM/dd/yyyy HH:mm:ss", "m": "MMMM dd", "M": "MMMM dd",
    "y": "yyyy MMMM", "Y": "yyyy MMMM", "s": "yyyy'-'MM'-'dd'T'HH':'mm':'ss",
    "r": "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'", "R": "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'",
    "u": "yyyy'-'MM'-'dd HH':'mm':'ss'Z'",
    "o": "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffK",
    "O": "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffK",
}  # fmt: skip
_IN_UTC = "rRu"
_PIECE = re.compile(
    r"'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|\\(?P<escaped>.)|%(?P<alone>[dfFghHKmMstyz:/])"
    r"|(?P<letters>(?P<letter>[dfFghHKmMstyz])(?P=letter)*)|(?P<broken>['\"\\%])|(?P<other>.)",
    re.DOTALL,
)


def format_moment(moment: Moment, text: str) -> str | None:
    """The moment as the format string says; None where that is no format for dates."""
    if not text:
        text = "G" if moment.offset is None else "MM/dd/yyyy HH:mm:ss zzz"
    if len(text) == 1:
        standard = _STANDARD.get(text)
        if standard is None:
            return None
        if text in _IN_UTC and moment.offset:
            shifted = moment.moved(-moment.offset * 60 * TICKS)
            moment = moment if shifted is None else shifted
        return format_moment(moment, standard)
    output: list[str] = []
    for found in _PIECE.finditer(text):
        if found["broken"]:
            return None
        letters = found["alone"] or found["letters"]
        if not letters:
            names = ("single", "double", "escaped", "other")
            output.append(next(found[name] for name in names if found[name] is not None))
            continue
        shown = _piece(moment, letters, output)
        if shown is None:
            return None
        output.append(shown)
    return "".join(output)


def _piece(moment: Moment, letters: str, before: list[str]) -> str | None:
    letter, count = letters[0], len(letters)
    if letter in "dMy":
        return _date_piece(moment.clock, letter, count)
    if letter in "hHmst":
        return _time_piece(moment.clock, letter, count)
    if letter in "fF":
        if count > len(moment.fraction):
            return None
        digits = moment.fraction[:count]
        if letter == "f":
            return digits
        digits = digits.rstrip("0")
        if not digits and before and before[-1] == ".":
            before.pop()
        return digits
    if letter in "zK":
        return _zone_piece(moment, letter, count)
    return "A.D." if letter == "g" else letter


def _date_piece(clock: datetime, letter: str, count: int) -> str:
    if letter == "y":
        if count <= 2:  # noqa: PLR2004 -- `y` and `yy` leave out the century
            return f"{clock.year % 100:0{count}d}"
        return f"{clock.year:0{count}d}"
    number = clock.day if letter == "d" else clock.month
    if count <= 2:  # noqa: PLR2004 -- numbers; more letters ask for names
        return f"{number:0{count}d}"
    name = _DAYS[clock.isoweekday() % 7] if letter == "d" else _MONTHS[clock.month - 1]
    return name[:3] if count == 3 else name  # noqa: PLR2004 -- three letters, the short name


def _time_piece(clock: datetime, letter: str, count: int) -> str:
    width = min(count, 2)
    if letter == "t":
        return ("AM" if clock.hour < _NOON else "PM")[:width]
    numbers = {
        "H": clock.hour,
        "h": clock.hour % _NOON or _NOON,
        "m": clock.minute,
        "s": clock.second,
    }
    return f"{numbers[letter]:0{width}d}"


def _zone_piece(moment: Moment, letter: str, count: int) -> str:
    if letter == "K":
        if moment.utc:
            return "Z"
        if moment.offset is None:
            return ""
        count = 3
    offset = moment.local_offset() if moment.offset is None else moment.offset
    sign = "-" if offset < 0 else "+"
    hours, minutes = divmod(abs(offset), 60)
    if count <= 2:  # noqa: PLR2004 -- hours alone
        return f"{sign}{hours:0{count}d}"
    return f"{sign}{hours:02d}:{minutes:02d}"
