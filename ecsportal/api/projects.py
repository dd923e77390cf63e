"""`/projects`: what is released and deployed together."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema, Status

from ecsportal.api.auth import ApiRequest, needs
from ecsportal.api.bodies import Body, created, expected_revision, no_content, set_revision
from ecsportal.api.paging import Page, Paging, paginate
from ecsportal.infrastructure.queries import environments_for
from ecsportal.people.access import refuse_unless
from ecsportal.people.models import User
from ecsportal.people.permissions import Permission
from ecsportal.projects import services
from ecsportal.projects.models import Project
from ecsportal.projects.queries import get_project_for, projects_for

router = Router(tags=["projects"])


class ProjectIn(Body):
    name: str
    description: str = ""


class ProjectChange(ProjectIn):
    guided_failure: str = ""
    """Whether a failed deployment asks a person: "on", "off", or empty for as there."""
    supersede_queued: bool = False
    """A newer full deployment takes the place of older ones that still wait."""


class NewProject(ProjectIn):
    slug: str = ""


class ProjectOut(Schema):
    slug: str
    name: str
    description: str
    guided_failure: str
    supersede_queued: bool
    channels: list[str]
    """Slugs; every project has one, its default."""
    environments: list[str]
    """Slugs of the environments that the caller sees, in the order of promotion."""
    revision: int
    created_at: datetime
    updated_at: datetime


class ProjectsFilter(Paging):
    search: str = ""


@router.get("/projects", response=Page[ProjectOut])
@needs(Permission.PROJECT_VIEW)
def list_projects(request: ApiRequest, filters: Query[ProjectsFilter]) -> dict[str, Any]:
    """The projects that the caller sees, by name."""
    rows = projects_for(request.user, search=filters.search).prefetch_related("channels")
    environments = _environment_slugs(request.user)
    return paginate(
        request,
        rows,
        filters,
        lambda project: _present(project, environments),
        order=("name", "pk"),
    )


@router.post("/projects", response={201: ProjectOut})
@needs(Permission.PROJECT_CREATE)
def create_project(request: ApiRequest, body: NewProject) -> Status[ProjectOut]:
    """A new project with its default channel."""
    project = services.create_project(**body.model_dump(), by=request.user)
    set_revision(request, project.revision)
    shown = _present(project, _environment_slugs(request.user))
    return created(request, f"/projects/{project.slug}", shown)


@router.get("/projects/{slug}", response=ProjectOut)
@needs(Permission.PROJECT_VIEW)
def get_project(request: ApiRequest, slug: str) -> ProjectOut:
    """One project."""
    project = get_project_for(request.user, slug)
    set_revision(request, project.revision)
    return _present(project, _environment_slugs(request.user))


@router.put("/projects/{slug}", response=ProjectOut)
@needs(Permission.PROJECT_EDIT)
def replace_project(request: ApiRequest, slug: str, body: ProjectChange) -> ProjectOut:
    """Replace the project's own fields; the slug stays."""
    project = get_project_for(request.user, slug)
    refuse_unless(request.user, Permission.PROJECT_EDIT, project_id=project.pk, where=project.name)
    services.update_project(
        project,
        name=body.name,
        description=body.description,
        guided_failure=body.guided_failure,
        supersede_queued=body.supersede_queued,
        by=request.user,
        expected_revision=expected_revision(request),
    )
    set_revision(request, project.revision)
    return _present(project, _environment_slugs(request.user))


@router.delete("/projects/{slug}", response={204: None})
@needs(Permission.PROJECT_DELETE)
def delete_project(request: ApiRequest, slug: str) -> Status[None]:
    """Delete it with its releases and deployments; what runs on AWS goes on running."""
    project = get_project_for(request.user, slug)
    refuse_unless(
        request.user, Permission.PROJECT_DELETE, project_id=project.pk, where=project.name
    )
    services.delete_project(project, by=request.user)
    return no_content()


def _environment_slugs(user: User) -> list[str]:
    rows = environments_for(user).order_by("order", "name")
    return list(rows.values_list("slug", flat=True))


def _present(project: Project, environments: list[str]) -> ProjectOut:
    return ProjectOut(
        slug=project.slug,
        name=project.name,
        description=project.description,
        guided_failure=project.guided_failure,
        supersede_queued=project.supersede_queued,
        channels=[channel.slug for channel in project.channels.all()],
        environments=environments,
        revision=project.revision,
        created_at=project.created_at,
        updated_at=project.updated_at,
    )
