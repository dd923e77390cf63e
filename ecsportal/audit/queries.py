"""The audit trail as its page and its CSV show it: filtered, newest first, by cursor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from django.db.models import Q, QuerySet
from django.utils import timezone

from ecsportal.audit.models import AuditEvent
from ecsportal.audit.wording import Change, changes_of, what_happened

PAGE_SIZE = 100


@dataclass(frozen=True)
class Filters:
    """What the reader asked for; empty means anything. Days are days of the reader's zone."""

    text: str = ""
    who: str = ""
    what: str = ""
    """An action (`project.created`), or the noun before its dot."""
    project: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Entry:
    """One event as the page shows it."""

    event: AuditEvent
    sentence: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Page:
    """A stretch of the trail by day; `older` is the cursor of what follows, None at the end."""

    days: list[tuple[date, list[Entry]]]
    older: int | None


def filtered_events(filters: Filters) -> QuerySet[AuditEvent]:
    """The events that match, newest first."""
    events = AuditEvent.objects.order_by("-pk")
    if filters.text:
        events = events.filter(
            Q(subject__icontains=filters.text)
            | Q(username__icontains=filters.text)
            | Q(action__icontains=filters.text)
        )
    if filters.who:
        events = events.filter(username=filters.who)
    if filters.what:
        is_action = "." in filters.what
        events = events.filter(
            **{"action": filters.what} if is_action else {"action__startswith": f"{filters.what}."}
        )
    if filters.project:
        events = events.filter(project_slug=filters.project)
    if filters.since:
        events = events.filter(at__gte=_start_of(filters.since))
    if filters.until:
        events = events.filter(at__lt=_start_of(filters.until + timedelta(days=1)))
    return events


def page_of_events(filters: Filters, before: int | None = None) -> Page:
    """The newest matching events, or those before the cursor."""
    events = filtered_events(filters)
    if before is not None:
        events = events.filter(pk__lt=before)
    rows = list(events[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    return Page(
        days=[(day, list(entries)) for day, entries in _by_day(shown)],
        older=shown[-1].pk if len(rows) > len(shown) else None,
    )


def known_actions() -> list[str]:
    """Every action that the trail holds, by name."""
    return list(AuditEvent.objects.order_by("action").values_list("action", flat=True).distinct())


def known_users() -> list[str]:
    """Everybody who did something, by name."""
    names = AuditEvent.objects.order_by("username").values_list("username", flat=True)
    return list(names.distinct())


def known_projects() -> list[str]:
    """The slugs of all projects that the trail tells of, those that are gone included."""
    slugs = AuditEvent.objects.exclude(project_slug="").order_by("project_slug")
    return list(slugs.values_list("project_slug", flat=True).distinct())


def _by_day(events: Iterable[AuditEvent]) -> Iterator[tuple[date, Iterator[Entry]]]:
    for day, group in groupby(events, key=lambda event: timezone.localdate(event.at)):
        yield day, (_entry(event) for event in group)


def _entry(event: AuditEvent) -> Entry:
    return Entry(event, what_happened(event.action), changes_of(event.before, event.after))


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
