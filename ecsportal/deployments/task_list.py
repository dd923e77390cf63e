"""The task list: what runs and waits on top, then what ran, by day; each with its sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import django_filters
from django.core.paginator import Page
from django.db.models import Case, Prefetch, Q, QuerySet, Value, When
from django.utils import timezone

from ecsportal.deployments import queue, sentences
from ecsportal.deployments.cell_facts import held_up_among
from ecsportal.deployments.models import (
    ACTIVE_STATES,
    FINAL_STATES,
    Deployment,
    InboxMessage,
    State,
)
from ecsportal.deployments.proven import with_outcome
from ecsportal.infrastructure.models import Environment
from ecsportal.people.models import User
from ecsportal.people.permissions import (
    Permission,
    may,
    visible_environments,
    visible_pairs,
    visible_projects,
)
from ecsportal.projects.models import Project

STATE_CHOICES = {
    "running": (State.EXECUTING, State.CANCELLING),
    "waiting": (State.QUEUED, State.WAITING),
    "failed": (State.FAILED, State.TIMED_OUT),
    "succeeded": (State.SUCCEEDED,),
    "cancelled": (State.CANCELLED,),
}
LONGEST_SEARCH = 100
"""Characters; each word of it is looked for in five columns."""


class TaskFilter(django_filters.FilterSet):  # type: ignore[misc]  # it has no types
    """The filters in the address: text, state, project, environment."""

    q = django_filters.CharFilter(method="search", max_length=LONGEST_SEARCH)
    state = django_filters.ChoiceFilter(
        choices=[(name, name.capitalize()) for name in STATE_CHOICES], method="in_states"
    )
    project = django_filters.ModelChoiceFilter(
        queryset=lambda request: Project.objects.filter(visible_projects(request.user)),
        to_field_name="slug",
        empty_label="Any project",
    )
    environment = django_filters.ModelChoiceFilter(
        queryset=lambda request: Environment.objects.filter(visible_environments(request.user)),
        to_field_name="slug",
        empty_label="Any environment",
    )

    class Meta:
        model = Deployment
        fields: tuple[str, ...] = ()

    def search(self, rows: QuerySet[Deployment], name: str, text: str) -> QuerySet[Deployment]:
        """Every word must be part of a project, version, environment or person; or the number."""
        for word in text.split():
            matches = (
                Q(project__name__icontains=word)
                | Q(release__version__icontains=word)
                | Q(environment__name__icontains=word)
                | Q(created_by__username__icontains=word)
                | Q(created_by__display_name__icontains=word)
            )
            number = word.removeprefix("#")
            if number.isdecimal() and len(number) < 18:
                matches |= Q(pk=int(number))
            rows = rows.filter(matches)
        return rows

    def in_states(self, rows: QuerySet[Deployment], name: str, value: str) -> QuerySet[Deployment]:
        """The states behind one word of the filter."""
        return rows.filter(state__in=STATE_CHOICES[value])

    def nothing_matches(self) -> str:
        """`No failed task matches "prod" of Web shop in Staging.`"""
        if "q" in self.form.errors:
            return f"A search has at most {LONGEST_SEARCH} characters."
        if not self.form.is_valid():
            return "The filter asks for something that doesn't exist."
        asked = self.form.cleaned_data
        state, text = asked["state"], asked["q"].strip()
        project, environment = asked["project"], asked["environment"]
        return "".join(
            [
                f"No {state} task" if state else "No task",
                f' matches "{text}"' if text else " is there",
                f" of {project}" if project else "",
                f" in {environment}." if environment else ".",
            ]
        )


@dataclass(frozen=True)
class TaskRow:
    """A deployment in the list."""

    deployment: Deployment
    sentence: str
    ahead: Deployment | None
    may_cancel: bool
    may_answer: bool


@dataclass(frozen=True)
class TaskGroup:
    """Rows under one heading."""

    title: str
    rows: Sequence[TaskRow]


def tasks_for(user: User, project: Project | None = None) -> QuerySet[Deployment]:
    """The deployments that the user may see: unfinished first, each part newest first."""
    rows = Deployment.objects.filter(visible_pairs(user, "project_id", "environment_id"))
    if project is not None:
        rows = rows.filter(project=project)
    return (
        with_outcome(rows)
        .annotate(
            ended=Case(When(state__in=FINAL_STATES, then=Value(1)), default=Value(0)),
        )
        .select_related("project", "release", "environment", "created_by", "superseded_by__release")
        .prefetch_related(
            "steps",
            Prefetch(
                "inbox",
                InboxMessage.objects.filter(kind=InboxMessage.Kind.CANCEL).select_related(
                    "created_by"
                ),
            ),
        )
        .order_by("ended", "-pk")
    )


def grouped(user: User, page: Page[Deployment]) -> list[TaskGroup]:
    """A page's rows under "Running and waiting", "Today", "Yesterday" and dates."""
    ahead = queue.nearest_ahead([d for d in page if d.state == State.QUEUED])
    held_up = held_up_among([d.pk for d in page if d.state == State.EXECUTING])
    groups: dict[str, list[TaskRow]] = {}
    for deployment in page:
        groups.setdefault(_heading(deployment), []).append(
            _row(user, deployment, ahead.get(deployment.pk), held_up=deployment.pk in held_up)
        )
    return [TaskGroup(title, rows) for title, rows in groups.items()]


def counts_for(rows: QuerySet[Deployment]) -> dict[str, int]:
    """How many run and how many wait, for the filter's buttons."""
    states = list(
        rows.filter(state__in=[State.QUEUED, *ACTIVE_STATES])
        .order_by()
        .values_list("state", flat=True)
    )
    return {
        name: sum(state in STATE_CHOICES[name] for state in states)
        for name in ("running", "waiting")
    }


def _row(user: User, deployment: Deployment, ahead: Deployment | None, *, held_up: bool) -> TaskRow:
    where: dict[str, Any] = {
        "project_id": deployment.project_id,
        "environment_id": deployment.environment_id,
    }
    return TaskRow(
        deployment=deployment,
        sentence=_sentence(deployment, held_up=held_up),
        ahead=ahead,
        may_cancel=not deployment.is_final
        and deployment.state != State.CANCELLING
        and may(user, Permission.TASK_CANCEL, **where),
        may_answer=deployment.state == State.WAITING
        and may(user, Permission.INTERRUPTION_SUBMIT, **where),
    )


def _sentence(deployment: Deployment, *, held_up: bool) -> str:
    steps = list(deployment.steps.all())
    if deployment.state == State.QUEUED:
        return sentences.waits_until(deployment) or "Starts next"
    if deployment.state == State.WAITING:
        return sentences.asked(deployment)
    if deployment.state in ACTIVE_STATES:
        return sentences.doing(steps, held_up=held_up)
    if deployment.state == State.SUCCEEDED and not deployment.late_error:
        return sentences.result(deployment, steps)
    if deployment.state == State.CANCELLED:
        asked = next((m.created_by for m in deployment.inbox.all() if m.created_by), None)
        return sentences.cancelled_by(deployment, asked)
    return sentences.cause(deployment)


def _heading(deployment: Deployment) -> str:
    if not deployment.is_final:
        return "Running and waiting"
    day = timezone.localtime(deployment.created_at).date()
    return day_heading(day, timezone.localdate())


def day_heading(day: date, today: date) -> str:
    """ "Today", "Yesterday", "Friday, 20 November", with the year where it isn't this one."""
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    text = f"{day:%A}, {day.day} {day:%B}"
    return text if day.year == today.year else f"{text} {day.year}"
