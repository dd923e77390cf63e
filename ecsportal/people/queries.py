"""What the pages about people show."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Max, QuerySet

from ecsportal.people.models import ApiKey, User
from ecsportal.people.services.grants import describe_grant


@dataclass(frozen=True)
class Person:
    """A row of the list: the user, their roles in words, and when a key of theirs was used."""

    user: User
    roles: list[str]
    key_used_at: object


def people() -> list[Person]:
    """All users by name, the deactivated last."""
    users = (
        User.objects.order_by("-is_active", "username")
        .prefetch_related("grants__projects", "grants__environments")
        .annotate(key_used_at=Max("api_keys__last_used_at"))
    )
    return [
        Person(user, sorted(describe_grant(row) for row in user.grants.all()), user.key_used_at)
        for user in users
    ]


def api_keys_of(user: User) -> QuerySet[ApiKey]:
    """The user's own keys, newest first."""
    return ApiKey.objects.filter(user=user)


def api_keys_of_others(user: User) -> QuerySet[ApiKey]:
    """Everybody else's keys, for administrators."""
    return (
        ApiKey.objects.exclude(user=user).select_related("user").order_by("user__username", "-pk")
    )
