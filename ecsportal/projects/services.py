"""Making, changing and deleting projects."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from ecsportal.audit.record import record
from ecsportal.people.models import User
from ecsportal.problems import Conflict, FieldError, NameTaken, StaleRevision, ValidationProblem
from ecsportal.projects.activity import activities_of
from ecsportal.projects.models import Channel, GuidedFailure, Project
from ecsportal.slugs import free_slug, validate_slug

NAME_LENGTH = 100
DESCRIPTION_LENGTH = 10_000
RESERVED_SLUGS = frozenset({"new"})
"""Taken by pages beside the projects' own, under `/projects/`."""


def create_project(*, name: str, by: User, description: str = "", slug: str = "") -> Project:
    """Make a project with its default channel; the slug comes from the name unless given.

    Raises ValidationProblem; NameTaken where name or slug is in use.
    """
    name = name.strip()
    _check(name, description)
    _check_slug(slug)
    try:
        with transaction.atomic():
            project = Project.objects.create(
                slug=slug or _free_project_slug(name), name=name, description=description.strip()
            )
            Channel.objects.create(project=project, slug="default", name="Default", is_default=True)
            _record("project.created", project, by, after=_facts(project) | {"slug": project.slug})
    except IntegrityError as error:
        raise _taken(name, slug) from error
    return project


def update_project(
    project: Project,
    *,
    name: str,
    description: str,
    by: User,
    guided_failure: str | None = None,
    supersede_queued: bool | None = None,
    expected_revision: int | None = None,
) -> Project:
    """Change the project's own fields; the slug stays. The same again changes nothing.

    `guided_failure` is "on", "off" or empty for the environment's default. None leaves a field.
    Raises StaleRevision where somebody saved since `expected_revision`, NameTaken,
    ValidationProblem.
    """
    name, description = name.strip(), description.strip()
    _check(name, description)
    if guided_failure not in (None, "", *GuidedFailure.values):
        message = 'Empty, "on" or "off".'
        raise ValidationProblem([FieldError("guided_failure", message, "choice")])
    before = _facts(project)
    wanted = {
        "name": name,
        "description": description,
        "guided_failure": project.guided_failure if guided_failure is None else guided_failure,
        "supersede_queued": project.supersede_queued
        if supersede_queued is None
        else supersede_queued,
    }
    if before == wanted:
        return project
    revision = project.revision if expected_revision is None else expected_revision
    try:
        with transaction.atomic():
            changed = Project.objects.filter(pk=project.pk, revision=revision).update(
                **wanted,
                revision=F("revision") + 1,
                updated_at=timezone.now(),
            )
            project.refresh_from_db()
            if not changed:
                raise StaleRevision(current=project.revision)
            _record("project.changed", project, by, before=before, after=_facts(project))
    except IntegrityError as error:
        raise _taken(name) from error
    return project


def delete_project(project: Project, *, by: User) -> None:
    """Delete the project with its process, releases and deployments; what runs on AWS stays there.

    Raises Conflict while something is going on in it.
    """
    active = activities_of(project)
    if active:
        names = ", ".join(use.name for use in active[:3])
        raise Conflict(
            f"{project.name} can't be deleted while it deploys: {names}. Cancel or wait for it.",
            code="IN_USE",
            used_by=[
                {"kind": use.kind, "slug": use.slug, "name": use.name, "url": use.url}
                for use in active
            ],
        )
    with transaction.atomic():
        _record("project.deleted", project, by, before=_facts(project))
        # Releases protect their channel and process revision, so they go before the project.
        for release in project.releases.all():
            release.delete()
        project.delete()


def _free_project_slug(name: str) -> str:
    slug = free_slug(name, Project)
    return free_slug(f"{name} project", Project) if slug in RESERVED_SLUGS else slug


def _check(name: str, description: str) -> None:
    errors = []
    if not name:
        errors.append(FieldError("name", "Give the project a name.", "missing"))
    elif len(name) > NAME_LENGTH:
        errors.append(FieldError("name", f"At most {NAME_LENGTH} characters.", "too_long"))
    if len(description) > DESCRIPTION_LENGTH:
        message = f"At most {DESCRIPTION_LENGTH} characters."
        errors.append(FieldError("description", message, "too_long"))
    if errors:
        raise ValidationProblem(errors)


def _check_slug(slug: str) -> None:
    if not slug:
        return
    try:
        validate_slug(slug)
    except ValidationError as error:
        raise ValidationProblem([FieldError("slug", error.messages[0], "pattern")]) from error
    if slug in RESERVED_SLUGS:
        message = f'"{slug}" is the address of another page. Choose another.'
        raise ValidationProblem([FieldError("slug", message, "taken")])


def _taken(name: str, slug: str = "") -> NameTaken:
    if slug and not Project.objects.filter(name__iexact=name).exists():
        return NameTaken("project", slug, path="slug")
    return NameTaken("project", name)


def _facts(project: Project) -> dict[str, Any]:
    return {
        "name": project.name,
        "description": project.description,
        "guided_failure": project.guided_failure,
        "supersede_queued": project.supersede_queued,
    }


def _record(
    action: str,
    project: Project,
    by: User,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    record(
        action,
        by=by,
        subject_kind="project",
        subject=project.name,
        subject_url=""
        if action == "project.deleted"
        else f"/projects/{project.slug}/",  # the overview, which an app above this one serves
        project_slug=project.slug,
        before=before,
        after=after,
    )
