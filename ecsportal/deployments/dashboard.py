"""What the dashboard shows: what needs a person, and every project in every environment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.urls import reverse

from ecsportal.deployments import sentences
from ecsportal.deployments.cells import Cell, load_cells
from ecsportal.deployments.models import ACTIVE_STATES, Deployment, State
from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.people.models import User
from ecsportal.people.permissions import (
    Permission,
    may,
    visible_environments,
    visible_pairs,
    visible_projects,
)
from ecsportal.projects.models import Project
from ecsportal.releases.models import Release

MOST_IN_STRIP = 6
_RANKS = {"failed": 0, "waiting": 1, "drift": 2, "warning": 3}


@dataclass(frozen=True)
class AttentionItem:
    """One row of the needs-attention strip."""

    kind: str
    word: str
    where: str
    sentence: str
    note: str
    """What still serves, or who started it."""
    at: datetime | None
    url: str
    action: str
    project_id: int | None = None


@dataclass(frozen=True)
class MatrixRow:
    """A project and its cells, one per column; None where the reader may not look."""

    project: Project
    cells: Sequence[Cell | None]

    @property
    def troubled(self) -> bool:
        """True if a cell failed or waits: such projects come first on a phone."""
        return any(cell and cell.kind in ("failed", "waiting") for cell in self.cells)


@dataclass(frozen=True)
class Dashboard:
    """The whole page, filtered; counts are of what is there before the filter."""

    environments: Sequence[Environment]
    rows: Sequence[MatrixRow]
    attention: Sequence[AttentionItem]
    last_deployment_at: datetime | None
    counts: dict[str, int]
    all_count: int
    mine_count: int
    attention_count: int

    @property
    def shown_attention(self) -> Sequence[AttentionItem]:
        """The rows of the strip."""
        return self.attention[:MOST_IN_STRIP]

    @property
    def more_attention(self) -> int:
        """How many more there are."""
        return max(0, len(self.attention) - MOST_IN_STRIP)


def build_dashboard(user: User, *, now: datetime, search: str = "", show: str = "") -> Dashboard:
    """Everything on the page; `show` is `mine`, `attention` or empty for all."""
    cells = load_cells(user, now=now)
    attention = [*_cell_items(cells), *_overtaken_items(user, cells), *_target_items(user)]
    attention.sort(key=lambda i: i.at.timestamp() if i.at else 0.0, reverse=True)
    attention.sort(key=lambda i: _RANKS[i.kind])
    rows = _rows(user, cells)
    troubled = {item.project_id for item in attention}
    mine = _project_ids_of(user)
    wanted = mine if show == "mine" else troubled if show == "attention" else None
    text = search.strip().lower()
    shown = [
        row
        for row in rows.values()
        if (wanted is None or row.project.pk in wanted)
        and (text in row.project.name.lower() or text in row.project.slug)
    ]
    return Dashboard(
        environments=_columns(cells),
        rows=shown,
        attention=attention,
        last_deployment_at=max((c.at for c in cells if c.at), default=None),
        counts=_counts(user),
        all_count=len(rows),
        mine_count=len(mine & set(rows)),
        attention_count=len(troubled & set(rows)),
    )


def one_cell(
    user: User, project: Project, environment: Environment, *, now: datetime
) -> Cell | None:
    """One cell, or None where the reader may not look."""
    return next(iter(load_cells(user, now=now, project=project, environment=environment)), None)


def _rows(user: User, cells: Sequence[Cell]) -> dict[int, MatrixRow]:
    columns = _columns(cells)
    by_pair = {(cell.project.pk, cell.environment.pk): cell for cell in cells}
    projects = {cell.project.pk: cell.project for cell in cells}
    if not columns:
        # Projects without any environment are listed all the same.
        projects = {p.pk: p for p in Project.objects.filter(visible_projects(user))}
    return {
        pk: MatrixRow(project, [by_pair.get((pk, column.pk)) for column in columns])
        for pk, project in projects.items()
    }


def _columns(cells: Sequence[Cell]) -> list[Environment]:
    environments = {cell.environment.pk: cell.environment for cell in cells}
    return sorted(environments.values(), key=lambda e: (e.order, e.name))


def _cell_items(cells: Sequence[Cell]) -> list[AttentionItem]:
    items = []
    for cell in cells:
        if cell.newest is None or cell.kind not in ("failed", "waiting", "drift"):
            continue
        if cell.kind == "drift":
            items.append(_gone_item(cell, cell.newest))
        elif cell.kind == "waiting":
            items.append(
                _waiting_item(cell.newest, _where(cell.project, cell.newest, cell.environment))
            )
        else:
            items.append(_failed_item(cell, cell.newest))
    return items


def _failed_item(cell: Cell, newest: Deployment) -> AttentionItem:
    return AttentionItem(
        kind="failed",
        word=cell.word,
        where=_where(cell.project, newest, cell.environment),
        sentence=cell.cause,
        note=sentences.still_serving(newest, cell.serving),
        at=cell.at,
        url=reverse("deployments:detail", args=[newest.pk]),
        action="See the cause",
        project_id=newest.project_id,
    )


def _waiting_item(deployment: Deployment, where: str) -> AttentionItem:
    by = f"Started by {deployment.created_by}." if deployment.created_by else ""
    return AttentionItem(
        kind="waiting",
        word=sentences.word(deployment),
        where=where,
        sentence=sentences.asked(deployment),
        note=by,
        at=deployment.started_at or deployment.created_at,
        url=reverse("deployments:detail", args=[deployment.pk]),
        action="Review",
        project_id=deployment.project_id,
    )


def _overtaken_items(user: User, cells: Sequence[Cell]) -> list[AttentionItem]:
    """Questions of deployments that aren't their cell's newest: a newer one is queued behind."""
    shown = [cell.newest.pk for cell in cells if cell.newest]
    waiting = (
        Deployment.objects.filter(
            visible_pairs(user, "project_id", "environment_id"), state=State.WAITING
        )
        .exclude(pk__in=shown)
        .select_related("project", "environment", "release", "created_by")
    )
    return [_waiting_item(each, _where(each.project, each, each.environment)) for each in waiting]


def _where(project: Project, deployment: Deployment, environment: Environment) -> str:
    return f"{project.name} {deployment.release.version} → {environment.name}"


def _gone_item(cell: Cell, newest: Deployment) -> AttentionItem:
    return AttentionItem(
        kind="drift",
        word=cell.word,
        where=_where(cell.project, newest, cell.environment),
        sentence=sentences.GONE,
        note="",
        at=cell.at,
        url=reverse(
            "deployments:deploy",
            args=[cell.project.slug, newest.release.version, cell.environment.slug],
        ),
        action="Redeploy…",
        project_id=cell.project.pk,
    )


def _target_items(user: User) -> list[AttentionItem]:
    """Targets that can't be reached; all of them for those who see every environment."""
    if not may(user, Permission.MACHINE_VIEW):
        return []
    targets = (
        DeploymentTarget.objects.filter(
            visible_environments(user, "environments__pk"),
            health=DeploymentTarget.Health.UNHEALTHY,
            disabled=False,
        )
        .distinct()
        .order_by("name")
    )
    return [
        AttentionItem(
            kind="failed",
            word="Unreachable",
            where=target.name,
            sentence=target.health_message or f"Cluster {target.cluster} can’t be used.",
            note="",
            at=target.health_checked_at,
            url=reverse("infrastructure:targets"),
            action="Open",
        )
        for target in targets
    ]


def _project_ids_of(user: User) -> set[int]:
    """The projects that the user has made a release of or deployed."""
    return set(
        Deployment.objects.filter(created_by=user)
        .order_by()
        .values_list("project_id", flat=True)
        .union(Release.objects.filter(created_by=user).order_by().values_list("project_id"))
    )


def _counts(user: User) -> dict[str, int]:
    """How many deployments run, wait in the queue, wait for a person."""
    rows = (
        Deployment.objects.filter(
            visible_pairs(user, "project_id", "environment_id"),
            state__in=[State.QUEUED, *ACTIVE_STATES],
        )
        .order_by()
        .values_list("state")
        .annotate(Count("pk"))
    )
    by_state = dict(rows)
    return {
        "running": by_state.get(State.EXECUTING, 0) + by_state.get(State.CANCELLING, 0),
        "queued": by_state.get(State.QUEUED, 0),
        "waiting": by_state.get(State.WAITING, 0),
    }
