"""Storing secrets: one row each, that revisions and deployments point to."""

from __future__ import annotations

from ecsportal.people.models import User
from ecsportal.projects.models import LibrarySet, Project, SecretValue


def store_secret(owner: Project | LibrarySet, text: str, by: User | None) -> int | None:
    """The id of a new SecretValue; None for empty text."""
    if not text:
        return None
    project = owner if isinstance(owner, Project) else None
    library = owner if isinstance(owner, LibrarySet) else None
    row = SecretValue.objects.create(project=project, library=library, value=text, created_by=by)
    return row.pk
