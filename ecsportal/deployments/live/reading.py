"""What the streams read from the database; runs in the stream's own small thread pool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.lookups import In
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from ecsportal.deployments.compiled import Compiled, Given
from ecsportal.deployments.log_lines import line_html, lines_between
from ecsportal.deployments.models import FINAL_STATES, Deployment, RunState, TargetRun
from ecsportal.deployments.progress_page import state_context

LINES_AT_ONCE = 500


@dataclass(frozen=True)
class RenderedLine:
    """A log line as it goes to the page."""

    seq: int
    html: SafeString


@dataclass(frozen=True)
class Update:
    """What is new about one deployment: lines in order, and where it stands after them.

    The state's HTML isn't in it: rendering it takes longer than all else, and lines don't wait.
    """

    deployment_id: int
    lines: Sequence[RenderedLine]
    ended: bool
    cursor: int
    change_number: int


@dataclass(frozen=True)
class CellChange:
    """A deployment that is new or has moved on; ids say who may be told."""

    deployment: int
    project: str
    environment: str
    project_id: int
    environment_id: int

    @property
    def events(self) -> tuple[str, ...]:
        """What the pages listen for; each asks for its own fragment, with its reader's rights."""
        return (
            "attention",
            f"cell-{self.project}-{self.environment}",
            f"grid-{self.project}",
            "tasks",
        )


@dataclass
class CellsSeen:
    """What the last look at all deployments saw: deployment id to its state and change number."""

    seen: dict[int, tuple[str, int]] = field(default_factory=dict)
    open: set[int] = field(default_factory=set)
    """Those of which a step's outcome was still looked for."""


def last_seq(deployment_id: int) -> int:
    """The number of the newest line."""
    return Deployment.objects.values_list("last_seq", flat=True).get(pk=deployment_id)


def lines_after(deployment_id: int, after: int) -> list[RenderedLine]:
    """The next lines after a number, at most LINES_AT_ONCE."""
    lines = lines_between(deployment_id, after + 1, after + LINES_AT_ONCE)
    zone = timezone.get_current_timezone()
    return [RenderedLine(line.seq, line_html(line, zone)) for line in lines]


def updates(known: dict[int, tuple[int, int]]) -> list[Update]:
    """What is new since `known`: deployment id to (cursor, change number); one query when idle."""
    found = []
    for deployment_id, newest, change_number, state in _STANDING.rows_of_many(known):
        cursor, change = known[deployment_id]
        if newest <= cursor and change_number == change:
            continue
        lines = lines_after(deployment_id, cursor) if newest > cursor else []
        cursor = lines[-1].seq if lines else cursor
        found.append(
            Update(
                deployment_id=deployment_id,
                lines=lines,
                ended=state in FINAL_STATES and cursor >= newest,
                cursor=cursor,
                change_number=change_number,
            )
        )
    return found


def _select_standing(*deployments: Given) -> QuerySet[Deployment, Any]:
    found = Deployment.objects.filter(In(F("pk"), deployments))
    return found.values_list("pk", "last_seq", "change_number", "state")


_STANDING: Compiled[Sequence[Any]] = Compiled(_select_standing)


def rendered_state(deployment_id: int) -> SafeString:
    """Head, process picture and resources as the page shows them."""
    return render_to_string("deployments/_state.html", state_context(deployment_id))


def changed_cells(known: CellsSeen) -> list[CellChange]:
    """Deployments that began, moved on or ended since the last look; remembers what it saw.

    Also those whose outcome was open, long after their end, and is known now.
    """
    moving = Q(due_at__isnull=False) | Q(finished_at__gt=timezone.now() - timedelta(seconds=30))
    rows = _cell_rows(moving)
    now = {row[0]: (row[1], row[2]) for row in rows}
    changed = [row for row in rows if known.seen.get(row[0]) != now[row[0]]]
    looked_for = TargetRun.objects.filter(unverified=True, state=RunState.SUCCEEDED)
    still_open = set(looked_for.values_list("step_run__deployment", flat=True))
    if settled := known.open - still_open - {row[0] for row in changed}:
        changed += _cell_rows(Q(pk__in=settled))
    known.seen, known.open = now, still_open
    return [CellChange(row[0], *row[3:]) for row in changed]


def _cell_rows(wanted: Q) -> list[Any]:
    rows = Deployment.objects.filter(wanted).values_list(
        "pk",
        "state",
        "change_number",
        "project__slug",
        "environment__slug",
        "project_id",
        "environment_id",
    )
    return list(rows)
