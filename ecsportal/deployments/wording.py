"""How durations read in sentences (ux.md section 4: "1 min 5 s", never "0:65")."""

from __future__ import annotations

from datetime import timedelta


def duration_words(duration: timedelta) -> str:
    """`4 s`, `1 min 5 s`, `2 h 3 min`."""
    seconds = max(0, int(duration.total_seconds()))
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{rest} s"
