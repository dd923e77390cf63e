"""The variables as their page shows them: a group for each name, a row for each value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ecsportal.infrastructure.models import Environment
from ecsportal.infrastructure.queries import (
    accounts_for,
    environments_for,
    tags_in_use,
    targets_for,
)
from ecsportal.people.models import User
from ecsportal.people.permissions import Permission, may
from ecsportal.projects.models import Project, VariableRevision
from ecsportal.projects.queries import current_process
from ecsportal.projects.variables.checks import warnings_of_values
from ecsportal.projects.variables.queries import (
    Owner,
    SecretSet,
    current_variables,
    live_variables,
    secrets_set,
)
from ecsportal.projects.variables.resolution import VariableSet
from ecsportal.projects.variables.scopes import FIELDS, Scope
from ecsportal.projects.variables.sight import sight_of
from ecsportal.projects.variables.values import Source, Type, VariableValue, fold, values_of

LONGEST_SHOWN, MOST_LINES = 400, 8
ICONS = {
    "environments": "world",
    "targets": "server-2",
    "target_tags": "tag",
    "steps": "list-check",
    "channels": "versions",
}
Names = Mapping[str, Mapping[str, str]]
"""By kind of scope (and `accounts`): what the reader may choose, as slug and name, in order."""


@dataclass(frozen=True)
class Chip:
    """One name of a scope."""

    icon: str
    name: str
    kind: str


@dataclass(frozen=True)
class Row:
    """One value; `text` is what may be shown of it."""

    value: VariableValue
    text: str
    chips: tuple[Chip, ...]
    secret_set: SecretSet | None = None
    warnings: tuple[str, ...] = ()
    is_tied: bool = False
    """True for all values of a tie; the last of them has the words."""
    editable: bool = False
    is_deleted: bool = False
    """True for a value just deleted, in whose place the offer to undo stands."""

    @property
    def library(self) -> Source | None:
        """The library set that it comes from; None for the owner's own."""
        return None if self.value.source.is_project else self.value.source


@dataclass(frozen=True)
class Group:
    """The values of one name: the owner's own first."""

    name: str
    rows: tuple[Row, ...]

    @property
    def description(self) -> str:
        """The first that any value has."""
        return next((r.value.description for r in self.rows if r.value.description), "")

    @property
    def is_sensitive(self) -> bool:
        """True where every value is a secret."""
        return all(row.value.is_sensitive for row in self.rows)

    @property
    def is_asked(self) -> bool:
        """True where a deployment asks for it."""
        return any(row.value.prompt for row in self.rows)

    @property
    def library(self) -> Source | None:
        """The one library set that all values come from; None otherwise."""
        sources = {row.value.source for row in self.rows}
        return self.rows[0].library if len(sources) == 1 else None


@dataclass(frozen=True)
class Reach:
    """The environments whose values somebody may change; None is all."""

    environments: frozenset[str] | None

    def covers(self, scope: Scope) -> bool:
        """True where the value applies to nothing else."""
        if self.environments is None:
            return True
        return bool(scope.environments) and set(scope.environments) <= self.environments


def reach_of(user: User, owner: Owner) -> Reach:
    """What the user may change of the owner's values."""
    if not isinstance(owner, Project):
        return Reach(None if may(user, Permission.LIBRARY_EDIT) else frozenset())
    environments = list(Environment.objects.all())
    allowed = [
        environment.slug
        for environment in environments
        if may(user, Permission.VARIABLE_EDIT, project_id=owner.pk, environment_id=environment.pk)
    ]
    everywhere = len(allowed) == len(environments)
    if everywhere and may(user, Permission.VARIABLE_EDIT, project_id=owner.pk):
        return Reach(None)
    return Reach(frozenset(allowed))


def names_for(owner: Owner, user: User) -> Names:
    """What scopes of this owner can name, as far as the user sees it."""
    names: dict[str, dict[str, str]] = {
        "environments": dict(
            environments_for(user).order_by("order", "name").values_list("slug", "name")
        ),
        "targets": dict(targets_for(user).order_by("name").values_list("slug", "name")),
        "target_tags": {tag: tag for tag in tags_in_use(user)},
        "steps": {},
        "channels": {},
        "accounts": dict(accounts_for(user).order_by("name").values_list("slug", "name")),
    }
    if isinstance(owner, Project):
        process = current_process(owner)
        for step in process.steps if process else ():
            names["steps"][step["slug"]] = step["name"]
            names["target_tags"] |= {tag: tag for tag in step["target_tags"]}
        names["channels"] = dict(owner.channels.values_list("slug", "name"))
    return names


def seen_variables(owner: Owner, user: User) -> VariableSet:
    """All live values that the user sees, without names in scopes that they don't see.

    A project's come with those of its library sets.
    """
    values = _values(owner)
    sight = sight_of(user)
    if not sight.limits:
        return values
    seen = []
    for value in values:
        for shown in sight.shown([{"scope": value.scope.as_document()}]):
            seen.append(replace(value, scope=Scope.of(shown["scope"])))
    return VariableSet(seen)


def _values(owner: Owner) -> VariableSet:
    if isinstance(owner, Project):
        return live_variables(owner)
    current = current_variables(owner)
    own = Source(0, owner.slug, owner.name)
    return VariableSet(values_of(current.variables if current else [], own))


@dataclass(frozen=True)
class Deleted:
    """A value just deleted: its id, and the revision that hasn't got it any more."""

    id: int
    revision: int


def groups_of(
    owner: Owner, user: User, names: Names, *, deleted: Deleted | None = None
) -> list[Group]:
    """All values by name."""
    seen = seen_variables(owner, user)
    values = list(seen)
    ghost = _deleted_value(owner, user, deleted, values)
    values += [ghost] if ghost else []
    secrets = secrets_set(
        {"id": v.secret, "secret": v.secret} for v in values if v.secret is not None
    )
    warnings, tied = _warnings(seen)
    reach = reach_of(user, owner)
    grouped: dict[str, list[Row]] = {}
    for value in values:
        is_own = value.source.is_project
        row = Row(
            value,
            _text(value, names),
            chips_of(value.scope, names),
            secret_set=secrets.get(value.secret or 0),
            warnings=tuple(warnings.get(_place(value), ())),
            is_tied=_place(value) in tied,
            editable=is_own and reach.covers(value.scope),
            is_deleted=value is ghost,
        )
        grouped.setdefault(fold(value.name), []).append(row)
    groups = [Group(rows[0].value.name, tuple(rows)) for rows in grouped.values()]
    return sorted(groups, key=lambda group: fold(group.name))


def excerpt(text: str, *, longest: int = LONGEST_SHOWN) -> str:
    """As much of a value as a table has room for; an ellipsis where it goes on."""
    lines = text[: longest + 1].split("\n")
    kept = "\n".join(lines[:MOST_LINES])[:longest]
    return kept if len(kept) == len(text) else f"{kept}…"


def chips_of(scope: Scope, names: Names) -> tuple[Chip, ...]:
    """The scope's names, environments first."""
    return tuple(
        Chip(ICONS[kind], names[kind].get(slug, slug), kind)
        for kind in FIELDS
        for slug in getattr(scope, kind)
    )


def narrowed(
    groups: Iterable[Group], *, search: str = "", environment: str = "", source: str = ""
) -> list[Group]:
    """The groups with the rows that match; a secret matches by its name only.

    `environment` is a slug: what applies there. `source` is `project` or a library set's slug.
    """
    wanted = search.strip().lower()

    def fits(row: Row) -> bool:
        value = row.value
        slug = "project" if value.source.is_project else value.source.slug
        environments = value.scope.environments
        return (
            (not wanted or wanted in value.name.lower() or wanted in (value.value or "").lower())
            and (not environment or not environments or environment in environments)
            and (not source or source == slug)
        )

    found = [replace(g, rows=tuple(row for row in g.rows if fits(row))) for g in groups]
    return [group for group in found if group.rows]


def _text(value: VariableValue, names: Names) -> str:
    if value.is_sensitive:
        return ""
    text = value.value or ""
    if value.type is Type.AWS_ACCOUNT:
        return names["accounts"].get(text, text)
    return excerpt(text)


def _place(value: VariableValue) -> tuple[int, int]:
    """What tells a value from all others: ids are counted in each source."""
    return value.source.order, value.id


def _warnings(
    values: VariableSet,
) -> tuple[dict[tuple[int, int], list[str]], set[tuple[int, int]]]:
    """The words by place, of values that tie at the last one's; and the places of all that tie."""
    found: dict[tuple[int, int], list[str]] = {}
    tied: set[tuple[int, int]] = set()
    for warning in warnings_of_values(values):
        places = [_place(value) for value in warning.values]
        found.setdefault(places[-1], []).append(warning.words)
        tied |= set(places) if warning.kind == "tie" else set()
    return found, tied


def _deleted_value(
    owner: Owner, user: User, deleted: Deleted | None, values: Sequence[VariableValue]
) -> VariableValue | None:
    if deleted is None or any(v.id == deleted.id and v.source.is_project for v in values):
        return None
    before: VariableRevision | None = owner.variable_revisions.filter(
        number=deleted.revision - 1
    ).first()
    shown = sight_of(user).shown(before.variables if before else [])
    return next((value for value in values_of(shown) if value.id == deleted.id), None)
