"""A task log's line as HTML: the same in the page, in the stream and in the fallback's fragment.

Built by hand and not by a template: a page has thousands of them (4 µs each instead of 700).
"""

from __future__ import annotations

import re
from datetime import UTC, timedelta

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from ecsportal.deployments.models import Level, LogLine
from ecsportal.web.moments import clock_words, duration_seconds

_STILL = re.compile(r"(.+?), (\d+ (?:d|h|min|s)(?: \d+ (?:d|h|min|s))*)(: .+)?")


def node_of(line: LogLine) -> str:
    """The node of the tree that a line belongs to: `step/target`, with a part behind it."""
    return f"{line.step}/{line.target}" + (f"/{line.part}" if line.part else "")


def line_html(line: LogLine) -> SafeString:
    """One `<li>`. Its clock is in the active zone; the page's script sets streamed ones."""
    level = Level.ERROR if line.level == Level.FATAL else line.level
    at = line.at.astimezone(UTC).isoformat(timespec="milliseconds")
    still, text = "", escape(line.text)
    if line.level == Level.WAIT and (found := _STILL.fullmatch(line.text)):
        still, text = " p-line--still", _still(line, found[1], found[2], found[3] or "")
    return mark_safe(  # noqa: S308 -- slugs, numbers and times are ours, the text is escaped
        f'<li class="p-line p-line--{level}{still}" id="L{line.seq}" '
        f'data-node="{node_of(line)}">'
        f'<a href="#L{line.seq}" tabindex="-1" aria-label="Line {line.seq}">{line.seq}</a>'
        f'<time datetime="{at}" data-clock>{clock_words(line.at)}</time>'
        f"<span>{text}</span></li>"
    )


def _still(line: LogLine, what: str, lasted: str, why: str) -> SafeString:
    """A repeat like "Still UPDATE_IN_PROGRESS, 2 min": it counts up while it is the newest."""
    since = line.at - timedelta(seconds=duration_seconds(lasted))
    return SafeString(
        f'{escape(what)}, <span data-still="{since.astimezone(UTC).isoformat()}">{lasted}</span>'
        f"{escape(why)}"
    )
