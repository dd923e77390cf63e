"""Storing, editing and deleting a named thing: what all four kinds do the same way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError

from ecsportal.infrastructure.models import (
    AwsAccount,
    DeploymentTarget,
    Environment,
    Feed,
    Named,
)
from ecsportal.infrastructure.uses import UsedKind, uses_of
from ecsportal.problems import FieldError, InUse, NameTaken, StaleRevision, ValidationProblem
from ecsportal.slugs import free_slug, validate_slug

Thing = TypeVar("Thing", bound=Named)

KINDS: dict[type[Named], UsedKind] = {
    Environment: "environment",
    AwsAccount: "account",
    DeploymentTarget: "target",
    Feed: "feed",
}
NOUNS: dict[UsedKind, str] = {
    "environment": "environment",
    "account": "AWS account",
    "target": "deployment target",
    "feed": "feed",
}
RESERVED_SLUGS = frozenset({"new"})
"""Paths that stand where a slug would."""


def refuse_breaches(breaches: Iterable[FieldError]) -> None:
    """Raise ValidationProblem if any rule is broken."""
    found = list(breaches)
    if found:
        raise ValidationProblem(found)


def store_new(thing: Named, *, slug: str = "") -> None:
    """Insert a row under the given slug, or one made from its name; NameTaken if it is taken."""
    model = type(thing)
    thing.slug = _checked_slug(model, slug) if slug else _slug_from_name(model, thing.name)
    _refuse_taken_name(thing, thing.name)
    try:
        with transaction.atomic():
            thing.save(force_insert=True)
    except IntegrityError as error:
        raise NameTaken(NOUNS[KINDS[model]], thing.name) from error


def store_edit(
    thing: Named,
    columns: Mapping[str, Any],
    *,
    revision: int | None,
    relations: Mapping[str, Iterable[Named]] | None = None,
) -> bool:
    """Write what differs and count the edit; False where nothing does.

    StaleRevision if the row isn't at `revision` any more; None overwrites what is there.
    `relations` are the many-to-many fields with all their rows.
    """
    changes = {name: value for name, value in columns.items() if getattr(thing, name) != value}
    links = {
        name: list(rows)
        for name, rows in (relations or {}).items()
        if slugs_of(rows) != slugs_of(getattr(thing, name).all())
    }
    if "name" in changes:
        _refuse_taken_name(thing, changes["name"])
    with transaction.atomic():
        _take_revision(thing, revision, counts=bool(changes or links))
        for name, value in changes.items():
            setattr(thing, name, value)
        try:
            with transaction.atomic():
                thing.save(update_fields=[*changes, "updated_at"] if changes or links else [])
        except IntegrityError as error:
            raise NameTaken(NOUNS[KINDS[type(thing)]], thing.name) from error
        for name, rows in links.items():
            getattr(thing, name).set(rows)
    return bool(changes or links)


def _take_revision(thing: Named, revision: int | None, *, counts: bool) -> None:
    """Compare with the revision in the database, and count one on where something changes."""
    rows = type(thing)._default_manager.filter(pk=thing.pk)
    mine = rows if revision is None else rows.filter(revision=revision)
    if not mine.update(revision=F("revision") + (1 if counts else 0)):
        raise StaleRevision(current=rows.values_list("revision", flat=True).get())
    thing.refresh_from_db(fields=["revision"])


def remove(thing: Named) -> None:
    """Delete the row; InUse, naming the users, where something needs it."""
    uses = uses_of(KINDS[type(thing)], thing)
    if uses:
        raise InUse(thing.name, [{"kind": u.kind, "slug": u.slug, "name": u.name} for u in uses])
    try:
        with transaction.atomic():
            thing.delete()
    except ProtectedError as error:
        raise InUse(thing.name, [_as_use(row) for row in error.protected_objects]) from error


def environments_by_slug(slugs: Iterable[str], *, path: str = "environments") -> list[Environment]:
    """The environments of these slugs, in their order; ValidationProblem names an unknown one."""
    wanted = list(dict.fromkeys(slugs))
    found = {row.slug: row for row in Environment.objects.filter(slug__in=wanted)}
    refuse_breaches(
        FieldError(f"{path}[{position}]", f'There is no environment "{slug}".', "unknown")
        for position, slug in enumerate(wanted)
        if slug not in found
    )
    return list(found.values())


def account_by_slug(slug: str) -> AwsAccount:
    """The account of this slug; ValidationProblem where there is none."""
    account = AwsAccount.objects.filter(slug=slug).first()
    if account is None:
        raise ValidationProblem(
            [FieldError("account", f'There is no AWS account "{slug}".', "unknown")]
        )
    return account


def slugs_of(rows: Iterable[Named]) -> list[str]:
    """The slugs, sorted, for comparing and for the audit trail."""
    return sorted(row.slug for row in rows)


def _as_use(row: Any) -> dict[str, str]:
    return {
        "kind": str(row._meta.verbose_name),
        "slug": str(getattr(row, "slug", row.pk)),
        "name": str(row),
    }


def _refuse_taken_name(thing: Named, name: str) -> None:
    model = type(thing)
    if model._default_manager.filter(name__iexact=name).exclude(pk=thing.pk).exists():
        raise NameTaken(NOUNS[KINDS[model]], name)


def _slug_from_name(model: type[Named], name: str) -> str:
    slug = free_slug(name, model)
    return free_slug(f"{slug}-2", model) if slug in RESERVED_SLUGS else slug


def _checked_slug(model: type[Named], slug: str) -> str:
    if slug in RESERVED_SLUGS or not _is_slug(slug):
        message = f'"{slug}" is not free to use: {validate_slug.message}'
        raise ValidationProblem([FieldError("slug", message)])
    if model._default_manager.filter(slug=slug).exists():
        raise NameTaken(NOUNS[KINDS[model]], slug, path="slug")
    return slug


def _is_slug(text: str) -> bool:
    try:
        validate_slug(text)
    except ValidationError:
        return False
    return True
