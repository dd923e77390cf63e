"""What pages, releases and deployments read of variables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import Http404
from django.urls import NoReverseMatch, reverse

from ecsportal.infrastructure.models import AwsAccount, DeploymentTarget, Environment
from ecsportal.infrastructure.queries import accounts_for, environments_for, targets_for
from ecsportal.infrastructure.uses import Use
from ecsportal.people.models import User
from ecsportal.problems import NotFound
from ecsportal.projects.models import (
    LibrarySet,
    Project,
    SecretValue,
    VariableRevision,
    VariableSnapshot,
)
from ecsportal.projects.queries import current_process
from ecsportal.projects.variables.difference import VariableChange, variable_changes
from ecsportal.projects.variables.document import Known
from ecsportal.projects.variables.resolution import VariableSet
from ecsportal.projects.variables.sight import sight_of
from ecsportal.projects.variables.values import PROJECT, Source, Type, VariableValue, values_of
from ecsportal.steps.contract import JsonDict

Owner = Project | LibrarySet
MAX_REVISIONS_READ = 50


def current_variables(owner: Owner) -> VariableRevision | None:
    """The newest revision of the variables; None before the first value is saved."""
    return owner.variable_revisions.select_related("created_by").order_by("-number").first()


def get_variable_revision(owner: Owner, number: int) -> VariableRevision:
    """One revision of the variables; raises NotFound."""
    revision = owner.variable_revisions.select_related("created_by").filter(number=number).first()
    if revision is None:
        raise NotFound(f"The variables of {owner.name} have no revision {number}.")
    return revision


def libraries_for(user: User) -> QuerySet[LibrarySet]:
    """The library sets by name; `user` as everywhere, since sets may get limits one day."""
    return LibrarySet.objects.filter(deleted_at=None).order_by("name")


def library_for(user: User, slug: str) -> LibrarySet:
    """The library set; Http404 where there is none."""
    found = libraries_for(user).filter(slug=slug).first()
    if found is None:
        raise Http404(f'There is no library set "{slug}".')
    return found


def libraries_named(slugs: Sequence[str]) -> list[LibrarySet]:
    """The library sets of these slugs that exist, in the order of the slugs."""
    rows = {row.slug: row for row in LibrarySet.objects.filter(slug__in=slugs, deleted_at=None)}
    return [rows[slug] for slug in slugs if slug in rows]


def unknown_libraries(slugs: Sequence[str]) -> list[tuple[int, str]]:
    """Place and slug of those that don't exist."""
    known = {library.slug for library in libraries_named(slugs)}
    return [(number, slug) for number, slug in enumerate(slugs) if slug not in known]


def known_for(owner: Owner, current: VariableRevision | None, by: User | None) -> Known:
    """What the values of this owner may name, as far as the user sees it."""
    environments = environments_for(by) if by else Environment.objects.all()
    targets = targets_for(by) if by else DeploymentTarget.objects.all()
    accounts = accounts_for(by) if by else AwsAccount.objects.all()
    process = current_process(owner) if isinstance(owner, Project) else None
    return Known(
        environments=set(environments.values_list("slug", flat=True)),
        targets=set(targets.values_list("slug", flat=True)),
        accounts=set(accounts.values_list("slug", flat=True)),
        steps={step["slug"] for step in process.steps} if process else (),
        channels=set(owner.channels.values_list("slug", flat=True))
        if isinstance(owner, Project)
        else (),
        current={entry["id"]: entry for entry in current.variables} if current else {},
        is_library=isinstance(owner, LibrarySet),
    )


def live_revisions(project: Project) -> list[VariableRevision]:
    """The project's newest variables, where it has any, then its library sets' in order."""
    own = current_variables(project)
    if own is None:
        return []
    by_slug = {
        revision.library.slug: revision
        for revision in _newest_revisions().filter(library__slug__in=own.libraries)
        if revision.library
    }
    return [own, *(by_slug[slug] for slug in own.libraries if slug in by_slug)]


def live_variables(project: Project) -> VariableSet:
    """All values that a release made now would freeze."""
    return _set_of(live_revisions(project))


def frozen_variables(snapshot: VariableSnapshot | None) -> VariableSet:
    """All values of a snapshot; None is a release without variables."""
    if snapshot is None:
        return VariableSet(())
    return _frozen_set(snapshot.pk, snapshot.content_hash)


@lru_cache(maxsize=32)
def _frozen_set(snapshot_id: int, content_hash: str) -> VariableSet:
    """Snapshots never change, and each poll of a deployment needs one.

    The hash is part of the key for those who roll a database back: ids come again then.
    """
    return _set_of(revisions_of_snapshot(snapshot_id))


def revisions_of_snapshot(snapshot_id: int) -> list[VariableRevision]:
    """The revisions in a snapshot, in their order."""
    rows = VariableSnapshot.objects.get(pk=snapshot_id).parts.select_related("revision__library")
    return [part.revision for part in rows.order_by("position")]


def _set_of(revisions: Iterable[VariableRevision]) -> VariableSet:
    values: list[VariableValue] = []
    order = 0
    for revision in revisions:
        source = PROJECT
        if revision.library:
            order += 1
            source = Source(order, revision.library.slug, revision.library.name)
        values += values_of(revision.variables, source)
    return VariableSet(values)


def secret_texts(values: Iterable[VariableValue]) -> dict[int, str]:
    """The secrets of these values by the id of their SecretValue; only deployments ask."""
    wanted = {value.secret for value in values if value.secret is not None}
    if not wanted:
        return {}
    return dict(SecretValue.objects.filter(pk__in=wanted).values_list("pk", "value"))


@dataclass(frozen=True)
class SecretSet:
    """Who set a secret, and when: all that is ever told of it."""

    at: datetime
    by: str


def secrets_set(entries: Iterable[JsonDict]) -> dict[int, SecretSet]:
    """By id of the entry; those without a secret are left out."""
    by_secret = {entry["secret"]: entry["id"] for entry in entries if entry.get("secret")}
    rows = SecretValue.objects.filter(pk__in=by_secret).select_related("created_by").defer("value")
    return {
        by_secret[row.pk]: SecretSet(row.created_at, str(row.created_by or "the portal"))
        for row in rows
    }


@dataclass(frozen=True)
class RevisionChanges:
    """A save: its revision and what it changed, as far as the reader sees it."""

    revision: VariableRevision
    changes: tuple[VariableChange, ...]
    by: str


def history(owner: Owner, user: User, *, limit: int = MAX_REVISIONS_READ) -> list[RevisionChanges]:
    """The newest saves first."""
    sight = sight_of(user)
    rows = list(
        owner.variable_revisions.select_related("created_by").order_by("-number")[: limit + 1]
    )
    before = [*[sight.shown(row.variables) for row in rows[1:]], []][: len(rows)]
    return [
        RevisionChanges(
            row,
            tuple(variable_changes(old, sight.shown(row.variables))),
            str(row.created_by or "the portal"),
        )
        for row, old in zip(rows, before, strict=True)
    ][:limit]


def variables_that_name_environment(environment: Environment) -> list[Use]:
    """The projects and library sets with a value that is scoped to the environment."""
    return _that_name("environments", environment.slug)


def variables_that_name_target(target: DeploymentTarget) -> list[Use]:
    """As above, for a deployment target."""
    return _that_name("targets", target.slug)


def variables_that_name_account(account: AwsAccount) -> list[Use]:
    """The projects and library sets with a variable that is this account."""
    return [
        _use(revision)
        for revision in _newest_revisions()
        if any(
            entry["type"] == Type.AWS_ACCOUNT and entry["value"] == account.slug
            for entry in revision.variables
        )
    ]


def projects_with_library(library: LibrarySet) -> list[Project]:
    """The projects that include the library set now."""
    return [
        revision.project
        for revision in _newest_revisions()
        if revision.project and library.slug in revision.libraries
    ]


def _that_name(kind: str, slug: str) -> list[Use]:
    return [
        _use(revision)
        for revision in _newest_revisions()
        if any(slug in entry["scope"][kind] for entry in revision.variables)
    ]


def _newest_revisions() -> QuerySet[VariableRevision]:
    newest = VariableRevision.objects.filter(
        Q(project=OuterRef("project")) | Q(library=OuterRef("library"))
    ).order_by("-number")
    return (
        VariableRevision.objects.filter(
            Q(library=None) | Q(library__deleted_at=None),
            number=Subquery(newest.values("number")[:1]),
        )
        .select_related("project", "library")
        .order_by("pk")
    )


def _use(revision: VariableRevision) -> Use:
    owner = revision.project or revision.library
    kind, page = (
        ("project", "projects:variables") if revision.project else ("library", "projects:library")
    )
    assert owner is not None  # noqa: S101 -- the database holds one of the two
    try:
        url = reverse(page, args=[owner.slug])
    except NoReverseMatch:
        url = ""
    return Use(kind, owner.slug, f"Variables of {owner.name}", url)
