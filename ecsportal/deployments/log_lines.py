"""A task log's lines: read by their numbers, and as HTML.

The HTML is the same in the page, in the stream and in the fallback's fragment. It is built by hand
and not by a template, from rows that are no models: a page has thousands of lines.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NamedTuple

from django.db.models import F, QuerySet
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThanOrEqual
from django.utils import timezone
from django.utils.safestring import SafeString

from ecsportal.deployments.compiled import Compiled, Given
from ecsportal.deployments.models import Level, LogLine
from ecsportal.web.moments import duration_seconds

_STILL = re.compile(r"(.+?), (\d+ (?:d|h|min|s)(?: \d+ (?:d|h|min|s))*)(: .+)?")


class ShownLine(NamedTuple):
    """What is shown of a `LogLine`."""

    seq: int
    at: datetime
    level: str
    step: str
    target: str
    part: str
    text: str


def lines_between(deployment_id: int, first: int, last: int) -> list[ShownLine]:
    """The lines with these numbers and those between them, in order.

    Numbers have no gaps, so a range of them is as many lines. A limit would do as well, but while
    PostgreSQL has no statistics of the table it reads and sorts a whole log to cut a piece off it.
    """
    return [ShownLine(*row) for row in _BETWEEN.rows(deployment_id, first, last)]


def _select_between(deployment: Given, first: Given, last: Given) -> QuerySet[LogLine, Any]:
    lines = LogLine.objects.filter(
        Exact(F("deployment"), deployment),
        GreaterThanOrEqual(F("seq"), first),
        LessThanOrEqual(F("seq"), last),
    )
    return lines.order_by("seq").values_list(*ShownLine._fields)


_BETWEEN: Compiled[Sequence[Any]] = Compiled(_select_between)


def lines_html(lines: Iterable[ShownLine]) -> SafeString:
    """An `<li>` for each, with its clock in the active zone."""
    zone = timezone.get_current_timezone()
    return SafeString("".join(line_html(line, zone) for line in lines))


def line_html(line: ShownLine, zone: tzinfo) -> SafeString:
    """One `<li>` with its clock in this zone; the page's script sets those of streamed ones."""
    level = Level.ERROR if line.level == Level.FATAL else line.level
    at = line.at.astimezone(UTC).isoformat(timespec="milliseconds")
    clock = line.at.astimezone(zone).time().isoformat("seconds")
    node = f"{line.step}/{line.target}/{line.part}" if line.part else f"{line.step}/{line.target}"
    still, text = "", html.escape(line.text)
    if line.level == Level.WAIT and (found := _STILL.fullmatch(line.text)):
        still, text = " p-line--still", _still(line, found[1], found[2], found[3] or "")
    # Slugs, numbers and times are ours, the text is escaped.
    return SafeString(
        f'<li class="p-line p-line--{level}{still}" id="L{line.seq}" data-node="{node}">'
        f'<a href="#L{line.seq}" tabindex="-1" aria-label="Line {line.seq}">{line.seq}</a>'
        f'<time datetime="{at}" data-clock>{clock}</time><span>{text}</span></li>'
    )


def _still(line: ShownLine, what: str, lasted: str, why: str) -> str:
    """A repeat like "Still UPDATE_IN_PROGRESS, 2 min": it counts up while it is the newest."""
    since = line.at - timedelta(seconds=duration_seconds(lasted))
    return (
        f'{html.escape(what)}, <span data-still="{since.astimezone(UTC).isoformat()}">'
        f"{lasted}</span>{html.escape(why)}"
    )
