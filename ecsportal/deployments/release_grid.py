"""The release grid: a row per release, a column per environment, and in each cell what it may do.

Without lifecycles any release may go to any environment: newer than what runs there it "may come
next", older and deployed before it may be rolled back to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.core.paginator import Page, Paginator
from django.db.models import Exists, Max, OuterRef, QuerySet, prefetch_related_objects

from ecsportal.deployments import sentences
from ecsportal.deployments.cell_facts import expected_durations
from ecsportal.deployments.cells import Cell, load_cells
from ecsportal.deployments.models import ACTIVE_STATES, Deployment, State, StepRun
from ecsportal.deployments.proven import with_outcome
from ecsportal.infrastructure.models import Environment
from ecsportal.people.models import User
from ecsportal.projects.models import Project
from ecsportal.releases.models import Release

RECENT, DEPLOYED, ALL = "", "deployed", "all"
RECENT_ROWS = 8
ROWS_A_PAGE = 20


_MOVING_LOOKS = ("running", "queued", "waiting")
_FAILED_LOOKS = ("failed", "past_bad", "gone")


@dataclass(frozen=True)
class GridCell:
    """A release in an environment. `look` is one of: runs, running, waiting, queued, failed,
    gone, past, past_bad, next, none."""

    environment: Environment
    look: str
    deployment: Deployment | None = None
    word: str = ""
    sentence: str = ""
    note: str = ""
    verb: str = ""
    """Deploy, Redeploy, Roll back, Retry, or empty where nothing may be done."""
    allowed: bool = True
    main: bool = False
    """The one filled button of the grid."""
    progress: int | None = None
    elapsed: timedelta | None = None


@dataclass(frozen=True)
class GridImage:
    """An image of a release, shortened to the name that tells it from the others."""

    name: str
    tag: str
    changed: bool


@dataclass(frozen=True)
class GridRow:
    """A release and its cells."""

    release: Release
    images: Sequence[GridImage]
    cells: Sequence[GridCell]

    @property
    def shown_images(self) -> Sequence[GridImage]:
        """The changed ones first, as many as fit."""
        return self.images[:3]

    @property
    def more_images(self) -> int:
        return max(0, len(self.images) - 3)

    @property
    def first_line(self) -> str:
        """The first line of the notes."""
        return next((line for line in self.release.notes.splitlines() if line.strip()), "")


@dataclass(frozen=True)
class ReleaseGrid:
    """The whole grid, one page of it."""

    columns: Sequence[Cell]
    rows: Sequence[GridRow]
    page: Page[Release]
    all_count: int
    forbidden: Sequence[Environment] = field(default_factory=list)
    """Where the reader may look but not deploy."""


def build_grid(
    user: User,
    project: Project,
    *,
    now: datetime,
    show: str = RECENT,
    channel: str = "",
    page: str | int | None = 1,
) -> ReleaseGrid:
    """The grid of a project; `show` is recent, deployed or all, `channel` a slug or empty."""
    columns = load_cells(user, now=now, project=project)
    releases = _releases(project, show, channel)
    size = RECENT_ROWS if show == RECENT else ROWS_A_PAGE
    chosen = Paginator(releases, size).get_page(page)
    rows = list(chosen)
    # One more than is shown: the last row is compared with the release before it.
    below = list(releases[chosen.end_index() : chosen.end_index() + 1])
    prefetch_related_objects([*rows, *below], "images")
    newest = _newest_deployments(project, rows)
    moving = {(d.project_id, d.environment_id) for d in newest.values() if d.state in ACTIVE_STATES}
    expected = expected_durations(moving).get
    built = []
    olders: list[Release | None] = [*rows[1:], *below, None]
    for row, older in zip(rows, olders, strict=False):
        cells = [
            _grid_cell(
                row,
                column,
                newest.get((row.pk, column.environment.pk)),
                expected((project.pk, column.environment.pk)),
                now,
            )
            for column in columns
        ]
        built.append(GridRow(row, _images(row, older), cells))
    return ReleaseGrid(
        columns=columns,
        rows=_with_main_button(built) if chosen.number == 1 else built,
        page=chosen,
        all_count=project.releases.count(),
        forbidden=[c.environment for c in columns if not c.may_deploy],
    )


def _releases(project: Project, show: str, channel: str) -> QuerySet[Release]:
    releases = project.releases.select_related("channel", "created_by").order_by("-pk")
    if channel:
        releases = releases.filter(channel__slug=channel)
    if show == DEPLOYED:
        releases = releases.filter(Exists(Deployment.objects.filter(release=OuterRef("pk"))))
    return releases


def _newest_deployments(
    project: Project, releases: Sequence[Release]
) -> dict[tuple[int, int], Deployment]:
    """The newest deployment of each release to each environment, with its steps."""
    ids = (
        project.deployments.filter(release__in=releases)
        .order_by()
        .values("release_id", "environment_id")
        .annotate(newest=Max("pk"))
        .values_list("newest", flat=True)
    )
    found = (
        with_outcome(Deployment.objects.filter(pk__in=list(ids)))
        .select_related("superseded_by__release")
        .prefetch_related("steps")
    )
    return {(d.release_id, d.environment_id): d for d in found}


def _grid_cell(
    release: Release,
    column: Cell,
    deployment: Deployment | None,
    expected: timedelta | None,
    now: datetime,
) -> GridCell:
    cell = GridCell(column.environment, "none", deployment, allowed=column.may_deploy)
    serving = column.serving
    runs_here = serving is not None and serving.release_id == release.pk
    newer_runs = serving is not None and serving.release_id > release.pk
    if deployment is None:
        if newer_runs:
            return cell
        nothing = "" if column.is_unproven else "Nothing runs here yet"
        replaces = f"Replaces {serving.release.version}" if serving else nothing
        return replace(cell, look="next", note=replaces, verb="Deploy")
    if not deployment.is_final:
        return _unfinished(cell, deployment, column, expected, now)
    if deployment.state == State.SUCCEEDED and runs_here:
        return replace(
            cell,
            look="runs",
            word=_runs_word(deployment, column),
            note=sentences.tasks_words(column.services) if _is_served(column) else "",
            verb="Roll back" if _newer_came_to_nothing(column) else "Redeploy",
        )
    return _ended(cell, deployment, column, runs_here=runs_here, newer_runs=newer_runs)


def _unfinished(
    cell: GridCell,
    deployment: Deployment,
    column: Cell,
    expected: timedelta | None,
    now: datetime,
) -> GridCell:
    if deployment.state == State.QUEUED:
        newest = column.newest is not None and column.newest.pk == deployment.pk
        return replace(
            cell, look="queued", word="Queued", note=column.queue_words if newest else ""
        )
    if deployment.state == State.WAITING:
        return replace(
            cell, look="waiting", word="Waiting", sentence=sentences.asked_in_short(deployment)
        )
    elapsed = now - deployment.started_at if deployment.started_at else None
    progress = min(100, int(100 * elapsed / expected)) if elapsed and expected else None
    is_newest = column.newest is not None and column.newest.pk == deployment.pk
    held_up = is_newest and column.held_up
    return replace(
        cell,
        look="running",
        word=sentences.word(deployment),
        note=sentences.doing(list(deployment.steps.all()), held_up=held_up),
        progress=progress,
        elapsed=elapsed,
    )


def _ended(
    cell: GridCell, deployment: Deployment, column: Cell, *, runs_here: bool, newer_runs: bool
) -> GridCell:
    """A deployment that ended and isn't what runs now, or failed."""
    steps = list(deployment.steps.all())
    is_newest = column.newest is not None and column.newest.pk == deployment.pk
    verb = "Roll back" if newer_runs else "Deploy"
    failed = deployment.state in (State.FAILED, State.TIMED_OUT) or deployment.late_error
    if failed and is_newest:
        return replace(
            cell,
            look="failed",
            word=_failed_word(deployment, steps),
            sentence=sentences.cause(deployment),
            note=sentences.still_serving(deployment, column.serving),
            verb="Redeploy" if runs_here else "Retry",
        )
    if deployment.state == State.SUCCEEDED and is_newest and column.gone:
        return replace(cell, look="gone", word="Gone", sentence=sentences.GONE, verb="Redeploy")
    if deployment.state == State.SUCCEEDED:
        unproven = is_newest and column.is_unproven
        word = sentences.word(deployment)
        return replace(cell, look="past", word=word, verb="Redeploy" if unproven else verb)
    # Nobody goes back to what never worked there; its own page still offers to deploy it.
    verb = "Redeploy" if runs_here else "" if newer_runs else verb
    return replace(
        cell,
        look="past_bad",
        word=str(deployment.get_state_display()),
        note=sentences.cancelled_by(deployment),
        verb=verb,
    )


def _runs_word(deployment: Deployment, column: Cell) -> str:
    if column.is_unproven or column.is_mixed:
        return "Last good"
    return sentences.WITH_WARNINGS if deployment.warnings else "Runs here"


def _failed_word(deployment: Deployment, steps: list[StepRun]) -> str:
    if deployment.state == State.FAILED and not deployment.late_error:
        return sentences.failed_at(steps)
    return sentences.word(deployment)


def _is_served(column: Cell) -> bool:
    """True where the counts of tasks are those of the deployment that runs."""
    newest = column.newest
    return newest is not None and newest.state == State.SUCCEEDED and not column.is_unproven


def _newer_came_to_nothing(column: Cell) -> bool:
    """True where a newer release was tried after the last good one, and failed or isn't proven."""
    newest, serving = column.newest, column.serving
    return (
        (column.kind == "failed" or column.is_unproven)
        and newest is not None
        and serving is not None
        and newest.release_id > serving.release_id
    )


def _images(release: Release, older: Release | None) -> list[GridImage]:
    """The release's images, those that differ from the older release's first."""
    before: Mapping[tuple[str, str], str] = (
        {(i.step, i.reference): i.tag for i in older.images.all()} if older else {}
    )
    images = [
        GridImage(
            i.reference.rpartition("/")[2],
            i.tag,
            older is not None and before.get((i.step, i.reference)) != i.tag,
        )
        for i in release.images.all()
    ]
    return sorted(images, key=lambda image: not image.changed)


def _with_main_button(rows: list[GridRow]) -> list[GridRow]:
    """The newest release that may come next gets the filled button, in its first environment.

    None while that release is on its way to an earlier environment; one that failed or is gone
    there is passed over.
    """
    for number, row in enumerate(rows):
        for at, cell in enumerate(row.cells):
            if cell.look in _MOVING_LOOKS:
                return rows
            if cell.look in _FAILED_LOOKS:
                break
            if cell.look == "next" and cell.allowed:
                cells = [*row.cells[:at], replace(cell, main=True), *row.cells[at + 1 :]]
                return [*rows[:number], replace(row, cells=cells), *rows[number + 1 :]]
    return rows
