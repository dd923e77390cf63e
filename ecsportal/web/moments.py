"""Times and durations in words (ux.md section 4, "Time")."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_datetime

MINUTE, HOUR, DAY = 60, 3600, 86400


def moment_words(at: datetime, now: datetime) -> str:
    """Relative below a day ("6 min ago"), then "yesterday, 15:58", "17 Nov", "17 Nov 2025".

    A moment to come reads "in 6 min". `static/js/times.js` counts on by the same rules.
    """
    seconds = int((now - at).total_seconds())
    if abs(seconds) < DAY:
        amount = _one_unit(abs(seconds))
        return f"in {amount}" if seconds < 0 else f"{amount} ago"
    local, today = timezone.localtime(at), timezone.localtime(now)
    if local.date() == today.date() - timedelta(days=1):
        return f"yesterday, {local:%H:%M}"
    return day_words(at, now)


def day_words(at: datetime, now: datetime) -> str:
    """ "17 Nov", with the year where it isn't this one."""
    local, today = timezone.localtime(at), timezone.localtime(now)
    day = f"{local.day} {local:%b}"
    return day if local.year == today.year else f"{day} {local.year}"


def clock_words(at: datetime) -> str:
    """The clock of a log line, "14:33:52"."""
    return f"{timezone.localtime(at):%H:%M:%S}"


def planned_words(at: datetime, now: datetime) -> str:
    """When something is due: "today, 14:30", "tomorrow, 09:00", "27 Nov, 09:00"."""
    local = timezone.localtime(at)
    days = (local.date() - timezone.localtime(now).date()).days
    day = {0: "today", 1: "tomorrow"}.get(days, f"{local.day} {local:%b}")
    return f"{day}, {local:%H:%M}"


def exact_words(at: datetime) -> str:
    """ "2026-11-23 14:35:02 CET", for the title of a time."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S %Z}"


def duration_words(seconds: float) -> str:
    """The two largest units that say something: "7 s", "1 min 5 s", "2 h 10 min", "3 d 4 h"."""
    whole = max(0, int(seconds))
    units = [("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", 1)]
    for (large, size), (small, small_size) in zip(units, units[1:], strict=False):
        if whole >= size:
            rest = whole % size // small_size
            return f"{whole // size} {large} {rest} {small}" if rest else f"{whole // size} {large}"
    return f"{whole} s"


def duration_seconds(words: str) -> int:
    """What `duration_words` made words of, as far as they say: "1 min 5 s" is 65."""
    sizes = {"d": DAY, "h": HOUR, "min": MINUTE, "s": 1}
    parts = words.split()
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return sum(int(number) * sizes[unit] for number, unit in pairs)


def _one_unit(seconds: int) -> str:
    for name, size in (("h", HOUR), ("min", MINUTE)):
        if seconds >= size:
            return f"{seconds // size} {name}"
    return f"{seconds} s"


def moment_of(text: str | None) -> datetime | None:
    """A moment that is kept as text; None where it isn't one, or has no zone."""
    parsed = parse_datetime(text or "")
    return parsed if parsed and parsed.tzinfo else None
