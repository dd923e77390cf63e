"""Which lines of a task log a page shows: a window of it, whatever the log's length.

The newest lines at first; those around a line that a link names; and more of them, piece by piece,
as the reader asks. Everything goes by the lines' numbers: no offset is ever counted out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ecsportal.deployments.log_lines import ShownLine, lines_between
from ecsportal.deployments.models import Deployment

LINES_ON_PAGE = 2_000
"""Lines that the page begins with, and that each "earlier" or "later" brings."""
BEFORE_LINE = 500
"""Lines shown before one that a link names."""


@dataclass(frozen=True)
class LogWindow:
    """Lines in order, and how many there are before and after them."""

    lines: Sequence[ShownLine]
    last_seq: int

    @property
    def first(self) -> int:
        """The number of the first shown line; one past the end where none is."""
        return self.lines[0].seq if self.lines else self.last_seq + 1

    @property
    def last(self) -> int:
        """The number of the last shown line."""
        return self.lines[-1].seq if self.lines else self.last_seq

    @property
    def earlier(self) -> int:
        """Lines before the window."""
        return self.first - 1

    @property
    def later(self) -> int:
        """Lines after the window."""
        return self.last_seq - self.last


def newest(deployment: Deployment) -> LogWindow:
    """The end of the log."""
    return before(deployment, deployment.last_seq + 1)


def around(deployment: Deployment, seq: int) -> LogWindow:
    """The lines around one; the end of the log where that line isn't written yet."""
    if seq > deployment.last_seq - LINES_ON_PAGE + BEFORE_LINE:
        return newest(deployment)
    return after(deployment, max(0, seq - BEFORE_LINE - 1))


def before(deployment: Deployment, seq: int) -> LogWindow:
    """The lines just before a number."""
    last = min(seq - 1, deployment.last_seq)
    lines = lines_between(deployment.pk, last - LINES_ON_PAGE + 1, last)
    return LogWindow(lines, deployment.last_seq)


def after(deployment: Deployment, seq: int) -> LogWindow:
    """The lines just after a number."""
    lines = lines_between(deployment.pk, seq + 1, seq + LINES_ON_PAGE)
    return LogWindow(lines, deployment.last_seq)


def window_context(deployment: Deployment, line: int | None) -> dict[str, Any]:
    """The window by the nodes that its lines belong to: `(step, target, part)` to lines."""
    window = around(deployment, line) if line else newest(deployment)
    by_node: dict[tuple[str, str, str], list[ShownLine]] = defaultdict(list)
    for each in window.lines:
        by_node[each.step, each.target, each.part].append(each)
    # What the deployment itself says comes before its steps, and after them.
    own = by_node.pop(("", "", ""), [])
    first_of_steps = min((node[0].seq for node in by_node.values()), default=window.last + 1)
    return {
        "lines": by_node,
        "top_lines": [each for each in own if each.seq < first_of_steps],
        "end_lines": [each for each in own if each.seq >= first_of_steps],
        "window": window,
        "last_seq": deployment.last_seq,
    }
