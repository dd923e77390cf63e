"""What of the variables somebody sees, and which values they may change.

A value that applies only where the reader's roles don't reach is left out, and names of such
environments and targets are left out of scopes. Whoever saves what they see changes none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.infrastructure.queries import environments_for, targets_for
from ecsportal.people.access import PermissionMissingError
from ecsportal.people.models import User
from ecsportal.people.permissions import Permission, may
from ecsportal.steps.contract import JsonDict


@dataclass(frozen=True)
class Sight:
    """Slugs that exist and that the reader doesn't see, by kind of scope."""

    hidden: Mapping[str, frozenset[str]]

    @property
    def limits(self) -> bool:
        """False for who sees everything."""
        return any(self.hidden.values())

    def sees(self, entry: Mapping[str, Any]) -> bool:
        """False for a value that applies only to what the reader doesn't see."""
        return all(
            not entry["scope"][kind] or set(entry["scope"][kind]) - slugs
            for kind, slugs in self.hidden.items()
        )

    def shown(self, entries: Iterable[JsonDict]) -> list[JsonDict]:
        """The entries that the reader sees, their scopes without what they don't."""
        if not self.limits:
            return list(entries)
        return [self._without_hidden(entry) for entry in entries if self.sees(entry)]

    def merged(self, sent: Sequence[JsonDict], current: Sequence[JsonDict]) -> list[JsonDict]:
        """What was sent with all that its sender can't see, each value where it stood."""
        if not self.limits:
            return list(sent)
        old = {entry["id"]: entry for entry in current}
        merged = [self._with_hidden(entry, old.get(entry["id"])) for entry in sent]
        before: int | None = None
        for entry in current:
            if not self.sees(entry):
                places = [n for n, other in enumerate(merged) if other["id"] == before]
                merged.insert(places[0] + 1 if places else 0, entry)
            before = entry["id"]
        return merged

    def _without_hidden(self, entry: JsonDict) -> JsonDict:
        scope = {
            kind: [name for name in names if name not in self.hidden.get(kind, ())]
            for kind, names in entry["scope"].items()
        }
        return entry | {"scope": scope}

    def _with_hidden(self, entry: JsonDict, old: JsonDict | None) -> JsonDict:
        if old is None:
            return entry
        scope = dict(entry["scope"])
        for kind, slugs in self.hidden.items():
            kept = [name for name in old["scope"][kind] if name in slugs]
            scope[kind] = [*scope[kind], *(name for name in kept if name not in scope[kind])]
        ordered = {
            kind: old["scope"][kind] if set(names) == set(old["scope"][kind]) else names
            for kind, names in scope.items()
        }
        return entry | {"scope": ordered}


EVERYTHING = Sight({})


def sight_of(user: User | None) -> Sight:
    """What the user sees; None is the portal itself or a command, and sees everything."""
    if user is None:
        return EVERYTHING
    environments = set(environments_for(user).values_list("slug", flat=True))
    targets = set(targets_for(user).values_list("slug", flat=True))
    return Sight(
        {
            "environments": frozenset(
                slug
                for slug in Environment.objects.values_list("slug", flat=True)
                if slug not in environments
            ),
            "targets": frozenset(
                slug
                for slug in DeploymentTarget.objects.values_list("slug", flat=True)
                if slug not in targets
            ),
        }
    )


def refuse_beyond_reach(
    user: User | None,
    permission: Permission,
    entries: Iterable[Mapping[str, Any]],
    *,
    project_id: int | None = None,
) -> None:
    """Raise PermissionMissingError where a value applies to environments beyond the user's role.

    A value without environments applies to all of them, so its editor needs the permission in all.
    """
    if user is None:
        return
    environments = list(Environment.objects.order_by("order", "name"))
    allowed = _allowed(user, permission, project_id)
    for entry in entries:
        named = set(entry["scope"]["environments"])
        for environment in environments:
            if (not named or environment.slug in named) and not allowed(environment.pk):
                visible = environments_for(user).filter(pk=environment.pk).exists()
                where = environment.name if visible else "all environments that this applies to"
                raise PermissionMissingError(permission, where)


def _allowed(user: User, permission: Permission, project_id: int | None) -> Callable[[int], bool]:
    known: dict[int, bool] = {}

    def allowed(environment_id: int) -> bool:
        if environment_id not in known:
            known[environment_id] = may(
                user, permission, project_id=project_id, environment_id=environment_id
            )
        return known[environment_id]

    return allowed
