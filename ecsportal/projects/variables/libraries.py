"""Making, changing and deleting library sets; their values are saved by `saving`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import RestrictedError
from django.utils import timezone

from ecsportal.audit.record import record
from ecsportal.people.models import User
from ecsportal.problems import FieldError, InUse, NameTaken, ValidationProblem
from ecsportal.projects.models import LibrarySet
from ecsportal.projects.variables.queries import projects_with_library
from ecsportal.projects.variables.saving import save_variables
from ecsportal.slugs import free_slug, validate_slug

NAME_LENGTH = 100
DESCRIPTION_LENGTH = 10_000


def create_library(
    *,
    name: str,
    by: User | None,
    description: str = "",
    slug: str = "",
    variables: Sequence[Any] = (),
) -> LibrarySet:
    """Make a library set with these values. Raises ValidationProblem, NameTaken."""
    name = name.strip()
    _check(name, description)
    _check_slug(slug)
    try:
        with transaction.atomic():
            library = LibrarySet.objects.create(
                slug=slug or free_slug(name, LibrarySet),
                name=name,
                description=description.strip(),
            )
            _record("library.created", library, by, after=_facts(library))
            save_variables(library, variables=variables, by=by)
    except IntegrityError as error:
        raise _taken(name, slug) from error
    return library


def update_library(
    library: LibrarySet,
    *,
    name: str,
    by: User | None,
    description: str = "",
    variables: Sequence[Any] | None = None,
    expected_revision: int | None = None,
) -> LibrarySet:
    """Change the set and, unless None, all its values. Raises as `save_variables`, NameTaken."""
    name = name.strip()
    _check(name, description)
    before = _facts(library)
    try:
        with transaction.atomic():
            if variables is not None:
                save_variables(
                    library, variables=variables, by=by, expected_revision=expected_revision
                )
            library.name, library.description = name, description.strip()
            if _facts(library) != before:
                library.save(update_fields=["name", "description", "updated_at"])
                _record("library.changed", library, by, before=before, after=_facts(library))
    except IntegrityError as error:
        library.refresh_from_db()
        raise _taken(name) from error
    return library


def delete_library(library: LibrarySet, *, by: User | None) -> None:
    """Delete the set; raises InUse while a project includes it.

    What releases have frozen of it stays with them.
    """
    projects = projects_with_library(library)
    if projects:
        raise InUse(
            library.name,
            [{"kind": "project", "slug": p.slug, "name": p.name} for p in projects],
        )
    with transaction.atomic():
        _record("library.deleted", library, by, before=_facts(library))
        try:
            with transaction.atomic():
                library.delete()
        except RestrictedError:
            LibrarySet.objects.filter(pk=library.pk).update(deleted_at=timezone.now())


def _check(name: str, description: str) -> None:
    errors = []
    if not name:
        errors.append(FieldError("name", "Give the library set a name.", "missing"))
    elif len(name) > NAME_LENGTH:
        errors.append(FieldError("name", f"At most {NAME_LENGTH} characters.", "too_long"))
    if len(description) > DESCRIPTION_LENGTH:
        message = f"At most {DESCRIPTION_LENGTH:,} characters."
        errors.append(FieldError("description", message, "too_long"))
    if errors:
        raise ValidationProblem(errors)


def _check_slug(slug: str) -> None:
    try:
        if slug:
            validate_slug(slug)
    except ValidationError as error:
        raise ValidationProblem([FieldError("slug", error.messages[0], "pattern")]) from error


def _taken(name: str, slug: str = "") -> NameTaken:
    named = LibrarySet.objects.filter(name__iexact=name, deleted_at=None).exists()
    if slug and not named:
        return NameTaken("library set", slug, path="slug")
    return NameTaken("library set", name)


def _facts(library: LibrarySet) -> dict[str, str]:
    return {"name": library.name, "description": library.description}


def _record(action: str, library: LibrarySet, by: User | None, **states: Any) -> None:
    record(action, by=by, subject_kind="library", subject=library.name, **states)
