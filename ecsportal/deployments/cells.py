"""Where each project stands in each environment: the newest deployment, and what serves.

The number of queries is the same for one cell and for all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, Subquery, prefetch_related_objects

from ecsportal.deployments import queue, sentences
from ecsportal.deployments.cell_facts import (
    Pair,
    expected_durations,
    gone_pairs,
    held_up_among,
    services_of,
)
from ecsportal.deployments.models import ACTIVE_STATES, Deployment, State, StepRun
from ecsportal.deployments.proven import PROVEN, with_outcome
from ecsportal.deployments.sentences import ServiceFacts
from ecsportal.infrastructure.models import Environment
from ecsportal.people.models import User
from ecsportal.people.permissions import Permission, may, visible_environments, visible_projects
from ecsportal.projects.models import Project
from ecsportal.releases.models import Release

WORTH_SAYING = timedelta(seconds=30)


@dataclass(frozen=True)
class Cell:
    """A project in an environment."""

    project: Project
    environment: Environment
    newest: Deployment | None
    serving: Deployment | None
    """The last good deployment: one whose release was seen to run."""
    steps: Sequence[StepRun]
    """Of the newest."""
    services: Sequence[ServiceFacts]
    """As the newest saw them, or the serving one where the newest hasn't begun."""
    ahead: Deployment | None
    """What a queued one waits for."""
    expected: timedelta | None
    now: datetime
    may_deploy: bool = False
    offer: str = ""
    """The project's newest version: what an empty cell offers to deploy."""
    held_up: bool = False
    """The newest waits for somebody else's operation on a stack of it."""
    are_seen: bool = False
    """The services are as the newest saw them, not an older one."""
    gone: bool = False
    """What was deployed isn't there any more: its stacks were deleted behind the portal's back."""

    @property
    def kind(self) -> str:
        """The kind of status; empty where nothing was deployed."""
        if self.newest is None:
            return ""
        if self.newest.late_error and not self.gone:
            return "failed"
        if self.newest.state == State.SUCCEEDED:
            if self.gone:
                return "drift"
            if sentences.late_word(self.newest):
                return sentences.late_kind(self.newest)
            return "warning" if self.newest.warnings else "ok"
        return {
            State.EXECUTING: "running",
            State.CANCELLING: "running",
            State.FAILED: "failed",
            State.TIMED_OUT: "failed",
        }.get(State(self.newest.state), str(self.newest.state))

    @property
    def word(self) -> str:
        """The status in a word or two."""
        if self.newest is None:
            return ""
        if self.newest.state == State.SUCCEEDED and self.gone:
            return "Gone"
        return sentences.word(self.newest)

    @property
    def moving(self) -> bool:
        """Running, or waiting for a person in the middle of it."""
        return self.newest is not None and self.newest.state in ACTIVE_STATES

    @property
    def is_unproven(self) -> bool:
        """The newest came to its end, and nobody has seen it run: what runs now isn't known."""
        newest = self.newest
        if newest is None or newest.state != State.SUCCEEDED or newest.late_error or self.gone:
            return False
        return newest != self.serving

    @property
    def is_mixed(self) -> bool:
        """The newest didn't succeed, and left tasks of another release than the last good one."""
        newest, serving = self.newest, self.serving
        if newest is None or serving is None or not self.are_seen or self.moving:
            return False
        if newest.state == State.SUCCEEDED and not newest.late_error:
            return False
        return sentences.serve_another(self.services, serving.release.version)

    @property
    def at(self) -> datetime | None:
        """The moment its age counts from."""
        if self.newest is None:
            return None
        return self.newest.finished_at or self.newest.started_at or self.newest.created_at

    @property
    def cause(self) -> str:
        """Why it failed, or what it asks; else empty."""
        if self.newest and self.newest.state == State.WAITING:
            return sentences.asked_in_short(self.newest)
        return sentences.cause(self.newest) if self.newest and self.kind == "failed" else ""

    @property
    def line(self) -> str:
        """The second line: what it does, what it waits for, what still serves."""
        newest, serving = self.newest, self.serving
        if newest is None:
            return ""
        tasks = sentences.tasks_words(self.services)
        if newest.state in (State.EXECUTING, State.CANCELLING):
            return sentences.doing(self.steps, self.services, held_up=self.held_up)
        if newest.state == State.SUCCEEDED and self.gone:
            return sentences.GONE
        if newest.state == State.SUCCEEDED and not newest.late_error:
            said = sentences.result(newest, self.steps)
            if newest.late_verdict:
                return said
            return self._unproven_line if self.is_unproven else tasks or said
        if newest.state in (State.QUEUED, State.WAITING):
            said = sentences.DECISION if newest.state == State.WAITING else self.queue_words
            return f"{said} · {serves}" if (serves := self._serves) else said
        return sentences.still_serving(newest, serving)

    @property
    def _serves(self) -> str:
        """What serves while the newest waits: as far as it was seen, else what succeeded last."""
        seen = sentences.served(self.services) if self.are_seen else ""
        last = f"{self.serving.release.version} was the last to succeed" if self.serving else ""
        return seen or last

    @property
    def _unproven_line(self) -> str:
        """Why the newest isn't taken for what runs, and what was: its tasks may be another's."""
        set_aside = self.newest is not None and self.newest.warnings
        said = sentences.SET_ASIDE if set_aside else sentences.ACCEPTED
        good = self.serving
        return f"{said} · {good.release.version} was the last to succeed" if good else said

    @property
    def queue_words(self) -> str:
        """What a queued deployment waits for."""
        if self.newest is None or self.newest.state != State.QUEUED:
            return ""
        if self.ahead:
            return f"Behind {self.ahead.release.version}, deployment {self.ahead.pk}"
        return sentences.waits_until(self.newest) or "Starts next"

    @property
    def elapsed(self) -> timedelta | None:
        """How long the running one has taken."""
        if self.newest is None or self.newest.started_at is None or not self.moving:
            return None
        return self.now - self.newest.started_at

    @property
    def longer_than_usual(self) -> timedelta | None:
        """By how much the running one is past the expected time, once that is worth saying."""
        if self.elapsed is None or not self.expected or self.kind != "running":
            return None
        over = self.elapsed - self.expected
        return over if over >= WORTH_SAYING else None

    @property
    def progress(self) -> int | None:
        """Per cent of the expected time; None where it isn't known."""
        if self.elapsed is None or not self.expected or self.kind != "running":
            return None
        return min(100, int(100 * self.elapsed / self.expected))


def load_cells(
    user: User,
    *,
    now: datetime,
    project: Project | None = None,
    environment: Environment | None = None,
) -> list[Cell]:
    """The cells that the user may see, by project and environment; one row or cell on request."""
    environments = list(
        Environment.objects.filter(visible_environments(user), **_only("pk", environment))
    )
    projects = _projects_with_newest(user, environments, project)
    ids = {pk for row in projects for e in environments for pk in _newest_of(row, e) if pk}
    known = _Known.of(ids)
    return [
        known.cell(user, row, e, now)
        for row in projects
        for e in environments
        if may(user, Permission.DEPLOYMENT_VIEW, project_id=row.pk, environment_id=e.pk)
    ]


@dataclass(frozen=True)
class _Known:
    """What all cells are made of, by a deployment's id or by project and environment."""

    deployments: Mapping[int, Deployment]
    services: Mapping[int, Sequence[ServiceFacts]]
    ahead: Mapping[int, Deployment]
    held_up: Collection[int]
    expected: Mapping[Pair, timedelta]
    gone: Collection[Pair]

    @classmethod
    def of(cls, ids: Collection[int]) -> _Known:
        """Read all of it about these deployments, with the same number of queries for any."""
        rows = with_outcome(Deployment.objects.filter(pk__in=ids))
        found = rows.select_related("release", "created_by").in_bulk()
        each = list(found.values())
        prefetch_related_objects(each, "steps")
        return cls(
            deployments=found,
            services=services_of(ids),
            ahead=queue.nearest_ahead([d for d in each if d.state == State.QUEUED]),
            held_up=held_up_among([d.pk for d in each if d.state == State.EXECUTING]),
            expected=expected_durations(
                {(d.project_id, d.environment_id) for d in each if d.state in ACTIVE_STATES}
            ),
            gone=gone_pairs(),
        )

    def cell(self, user: User, project: Project, environment: Environment, now: datetime) -> Cell:
        """The project in the environment."""
        pair = project.pk, environment.pk
        newest_id, good_id = _newest_of(project, environment)
        newest, good = (self.deployments.get(pk or 0) for pk in (newest_id, good_id))
        seen = self.services.get(newest_id or 0, ())
        return Cell(
            project=project,
            environment=environment,
            newest=newest,
            serving=None if pair in self.gone else good,
            steps=list(newest.steps.all()) if newest else [],
            services=seen or self.services.get(good_id or 0, ()),
            ahead=self.ahead.get(newest_id or 0),
            expected=self.expected.get(pair),
            now=now,
            may_deploy=may(
                user,
                Permission.DEPLOYMENT_CREATE,
                project_id=project.pk,
                environment_id=environment.pk,
            ),
            offer=getattr(project, "newest_version", None) or "",
            held_up=newest_id in self.held_up,
            are_seen=bool(seen),
            gone=pair in self.gone,
        )


def _projects_with_newest(
    user: User, environments: Sequence[Environment], project: Project | None
) -> list[Project]:
    """The visible projects; each knows the ids of its newest and last good deployments.

    A correlated look per column walks the index (project, environment, -id); grouping would read
    every deployment there ever was.
    """
    releases = Release.objects.filter(project=OuterRef("pk")).order_by("-pk")
    columns = {"newest_version": Subquery(releases.values("version")[:1])}
    for e in environments:
        of_cell = Deployment.objects.filter(project=OuterRef("pk"), environment=e).order_by("-pk")
        columns[f"newest_{e.pk}"] = Subquery(of_cell.values("pk")[:1])
        columns[f"good_{e.pk}"] = Subquery(of_cell.filter(PROVEN).values("pk")[:1])
    rows = Project.objects.filter(visible_projects(user), **_only("pk", project))
    return list(rows.annotate(**columns).order_by("name"))


def _newest_of(project: Project, environment: Environment) -> tuple[int | None, int | None]:
    return (
        getattr(project, f"newest_{environment.pk}"),
        getattr(project, f"good_{environment.pk}"),
    )


def _only(field: str, row: Project | Environment | None) -> dict[str, Any]:
    return {field: row.pk} if row is not None else {}
