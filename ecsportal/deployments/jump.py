"""The jump field: pages, projects, releases, deployments, targets by a few typed words.

"web 1.4.2" finds a release, "web prod" a cell, "#90" a deployment. Only what the reader may see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from ecsportal.deployments import sentences
from ecsportal.deployments.models import Deployment
from ecsportal.deployments.queries import visible_deployments
from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.people.models import User
from ecsportal.people.permissions import (
    Permission,
    may,
    visible_environments,
    visible_projects,
)
from ecsportal.projects.models import Project
from ecsportal.releases.models import Release
from ecsportal.web import navigation

MOST_OF_A_KIND = 6


@dataclass(frozen=True)
class Match:
    """One place to go to."""

    kind: str
    icon: str
    title: str
    hint: str
    url: str


def find(user: User, text: str, can: Mapping[str, bool]) -> list[Match]:
    """Matches for the typed words, the most exact kinds first; pages and projects for none."""
    words = text.lower().split()
    if not words:
        return [*_pages(words, can), *_projects(user, words)]
    return [
        *_deployments(user, words),
        *_cells(user, words),
        *_releases(user, words),
        *_projects(user, words),
        *_targets(user, words),
        *_pages(words, can),
    ]


def _pages(words: Sequence[str], can: Mapping[str, bool]) -> list[Match]:
    entries = [
        *navigation.entries(can, ""),
        *navigation.section_tabs("infrastructure", can, ""),
        *navigation.section_tabs("settings", can, ""),
    ]
    found = {entry.url: entry.label for entry in reversed(entries)}
    return [
        Match("Page", "arrow-right", label, "", url)
        for url, label in reversed(found.items())
        if all(word in label.lower() for word in words)
    ][: MOST_OF_A_KIND + 2]


def _projects(user: User, words: Sequence[str]) -> list[Match]:
    rows = Project.objects.filter(visible_projects(user), _all(words, "name", "slug"))
    return [
        Match("Project", "folders", p.name, "", reverse("deployments:overview", args=[p.slug]))
        for p in rows[:MOST_OF_A_KIND]
    ]


def _releases(user: User, words: Sequence[str]) -> list[Match]:
    """Releases whose project and version hold all words; a version must be among them."""
    if not any(any(char.isdigit() for char in word) for word in words):
        return []
    rows = Release.objects.filter(
        visible_projects(user, "project_id"),
        _all(words, "version", "project__name", "project__slug"),
    ).select_related("project")
    found = []
    for row in rows[:MOST_OF_A_KIND]:
        try:
            url = reverse("releases:detail", args=[row.project.slug, row.version])
        except NoReverseMatch:
            continue
        found.append(Match("Release", "package", f"{row.project.name} {row.version}", "", url))
    return found


def _deployments(user: User, words: Sequence[str]) -> list[Match]:
    """The deployment of a typed number."""
    number = words[0].removeprefix("#")
    if len(words) != 1 or not number.isdecimal() or len(number) > 15:
        return []
    rows = visible_deployments(user).filter(pk=int(number))
    return [_deployment_match(row) for row in rows]


def _cells(user: User, words: Sequence[str]) -> list[Match]:
    """ "web prod": the newest deployment of each matching project in each matching environment."""
    if len(words) < 2:
        return []
    environments = Environment.objects.filter(visible_environments(user))
    for split in range(len(words) - 1, 0, -1):
        stages = [e for e in environments if _holds(words[split:], (e.name, e.slug))]
        if not stages:
            continue
        rows = (
            visible_deployments(user)
            .filter(_all(words[:split], "project__name", "project__slug"), environment__in=stages)
            .order_by("-pk")[:50]
        )
        newest: dict[tuple[int, int], Deployment] = {}
        for row in rows:
            newest.setdefault((row.project_id, row.environment_id), row)
        return [_deployment_match(row) for row in newest.values()][:MOST_OF_A_KIND]
    return []


def _targets(user: User, words: Sequence[str]) -> list[Match]:
    if not may(user, Permission.MACHINE_VIEW):
        return []
    rows = DeploymentTarget.objects.filter(
        visible_environments(user, "environments__pk"), _all(words, "name", "slug", "cluster")
    ).distinct()
    found = []
    for row in rows[:MOST_OF_A_KIND]:
        try:
            url = reverse("infrastructure:target", args=[row.slug])
        except NoReverseMatch:
            continue
        found.append(Match("Target", "server", row.name, f"{row.cluster}, {row.region}", url))
    return found


def _deployment_match(row: Deployment) -> Match:
    title = f"{row.project.name} {row.release.version} → {row.environment.name}"
    hint = f"#{row.pk}, {(sentences.late_word(row) or row.get_state_display()).lower()}"
    return Match("Deployment", "rocket", title, hint, reverse("deployments:detail", args=[row.pk]))


def _all(words: Iterable[str], *fields: str) -> Q:
    """Every word is part of at least one field."""
    wanted = Q()
    for word in words:
        one = Q()
        for field in fields:
            one |= Q(**{f"{field}__icontains": word})
        wanted &= one
    return wanted


def _holds(words: Iterable[str], texts: Sequence[str]) -> bool:
    return all(any(word in text.lower() for text in texts) for word in words)
