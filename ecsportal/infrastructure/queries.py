"""What pages and API read: the rows that a user may see, one loader per noun.

Environments are seen by those whose roles reach them. Targets and accounts belong to environments:
seen with any one of them, and where they name none. Feeds serve everybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404

from ecsportal.infrastructure.models import (
    AwsAccount,
    DeploymentTarget,
    Environment,
    Feed,
    Named,
)
from ecsportal.people.models import User
from ecsportal.people.permissions import visible_environments

Thing = TypeVar("Thing", bound=Named)


def environments_for(user: User) -> QuerySet[Environment]:
    """The environments that the user may see, in their order."""
    rows = Environment.objects.filter(visible_environments(user))
    return rows.order_by("order", "name")  # Meta's order is lost where a query counts


def accounts_for(user: User) -> QuerySet[AwsAccount]:
    """The AWS accounts that the user may see, each with those environments that they may see."""
    return _within_reach(AwsAccount.objects.order_by("name"), user)


def targets_for(user: User) -> QuerySet[DeploymentTarget]:
    """The targets that the user may see, with account and visible environments."""
    return _within_reach(DeploymentTarget.objects.select_related("account").order_by("name"), user)


def feeds_for(user: User) -> QuerySet[Feed]:
    """All feeds; `user` as everywhere, since a feed may get limits one day."""
    return Feed.objects.select_related("account")


def environment_for(user: User, slug: str) -> Environment:
    """The environment; Http404 where there is none that this user may see."""
    return _found(environments_for(user), slug, "environment")


def account_for(user: User, slug: str) -> AwsAccount:
    """The AWS account; Http404 as above."""
    return _found(accounts_for(user), slug, "AWS account")


def target_for(user: User, slug: str) -> DeploymentTarget:
    """The deployment target; Http404 as above."""
    return _found(targets_for(user), slug, "deployment target")


def feed_for(user: User, slug: str) -> Feed:
    """The feed; Http404 as above."""
    return _found(feeds_for(user), slug, "feed")


def counts_for(user: User) -> dict[str, int]:
    """How many of each the user sees, for the tabs of the infrastructure pages."""
    return {
        "environments": environments_for(user).count(),
        "targets": targets_for(user).count(),
        "accounts": accounts_for(user).count(),
        "feeds": feeds_for(user).count(),
    }


def filtered_targets(
    rows: QuerySet[DeploymentTarget], *, text: str = "", environment: str = "", tag: str = ""
) -> list[DeploymentTarget]:
    """The targets that a list's filter leaves; tags are compared without letter case."""
    if text:
        rows = rows.filter(
            Q(name__icontains=text) | Q(cluster__icontains=text) | Q(region__icontains=text)
        )
    if environment:
        rows = rows.filter(pk__in=DeploymentTarget.objects.filter(environments__slug=environment))
    # JSON lists can't be searched the same way on SQLite and PostgreSQL.
    return [row for row in rows if not tag or tag.lower() in map(str.lower, row.target_tags)]


def targets_with_tags(user: User, tags: Iterable[str]) -> list[DeploymentTarget]:
    """The visible targets on which a step with these target tags runs."""
    wanted = set(tags)
    return [target for target in targets_for(user) if wanted & set(target.target_tags)]


def tags_in_use(user: User) -> list[str]:
    """The target tags that the user's targets carry, sorted, each once."""
    tags = {tag for row in targets_for(user) for tag in row.target_tags}
    return sorted(tags, key=str.lower)


def _within_reach(rows: QuerySet[Thing], user: User) -> QuerySet[Thing]:
    visible = Environment.objects.filter(visible_environments(user))
    return (
        rows.filter(Q(environments__isnull=True) | Q(environments__in=visible.values("pk")))
        .distinct()
        .prefetch_related(Prefetch("environments", queryset=visible))
    )


def _found(rows: QuerySet[Thing], slug: str, noun: str) -> Thing:
    row = rows.filter(slug=slug).first()
    if row is None:
        raise Http404(f'There is no {noun} "{slug}", or you may not see it.')
    return row
