"""`/releases`: a frozen process with one tag per image."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from ninja import Query, Router, Schema, Status

from ecsportal.api.auth import ApiRequest, needs
from ecsportal.api.bodies import Body, created, no_content
from ecsportal.api.paging import Page, Paging, paginate
from ecsportal.infrastructure.models import Environment
from ecsportal.infrastructure.queries import environments_for
from ecsportal.people.access import refuse_unless
from ecsportal.people.models import User
from ecsportal.people.permissions import Permission
from ecsportal.problems import Conflict, FieldError, ValidationProblem
from ecsportal.projects.models import Channel, Project
from ecsportal.projects.queries import default_channel, get_project_for
from ecsportal.projects.variables.queries import current_variables
from ecsportal.projects.variables.snapshots import differs_from_live, variables_revision
from ecsportal.releases import services
from ecsportal.releases.choosing import choose_all
from ecsportal.releases.models import Release
from ecsportal.releases.proposal import propose
from ecsportal.releases.queries import deployable_to, release_for, releases

router = Router(tags=["releases"])


class ReleaseIn(Body):
    """What is left out is chosen as the page would."""

    version: str = ""
    images: dict[str, str] = {}
    """Tags by `<step>/<reference>`."""
    notes: str = ""
    channel: str = ""


class ImageOut(Schema):
    feed: str
    repository: str
    tag: str
    digest: str | None
    """None where the feed couldn't be asked."""
    image: str
    pushed_at: datetime | None


class DeployableOut(Schema):
    environment: str
    allowed: bool
    reason: str


class ReleaseOut(Schema):
    id: int
    project: str
    version: str
    channel: str
    notes: str
    created_at: datetime
    created_by: str | None
    images: dict[str, ImageOut]
    process_revision: int
    variables_revision: int
    """0 for a release of a project without variables."""
    deployable_to: list[DeployableOut]
    url: str


class ProposedImageOut(Schema):
    feed: str
    repository: str
    tag: str
    digest: str | None
    pushed_at: datetime | None
    problem: str
    """Why the feed couldn't be asked; a tag can be named all the same."""


class ProposalOut(Schema):
    project: str
    version: str
    channel: str
    images: dict[str, ProposedImageOut]
    process_revision: int
    variables_revision: int
    variables_changed: bool
    """Since the newest release, by whomever."""


@router.get("/projects/{slug}/releases", response=Page[ReleaseOut])
@needs(Permission.RELEASE_VIEW)
def list_releases(request: ApiRequest, slug: str, paging: Query[Paging]) -> dict[str, Any]:
    """The project's releases, newest first."""
    project = get_project_for(request.user, slug)
    environments = _environments(request.user)
    return paginate(
        request,
        releases().filter(project=project),
        paging,
        lambda release: _present(request.user, release, environments),
    )


@router.post("/projects/{slug}/releases", response={201: ReleaseOut})
@needs(Permission.RELEASE_CREATE)
def create_release(request: ApiRequest, slug: str, body: ReleaseIn) -> Status[ReleaseOut]:
    """Freeze the process with these tags."""
    project = _project_to_release(request, slug)
    made = services.create_release(
        project,
        version=body.version,
        images=body.images,
        notes=body.notes,
        channel=_channel(project, body.channel),
        by=request.user,
    )
    release = release_for(request.user, made.pk)
    shown = _present(request.user, release, _environments(request.user))
    return created(request, f"/releases/{release.pk}", shown)


@router.get("/projects/{slug}/releases/proposal", response=ProposalOut)
@needs(Permission.RELEASE_CREATE)
def get_proposal(request: ApiRequest, slug: str, channel: str = "") -> ProposalOut:
    """What POST would choose now; asks the feeds."""
    project = _project_to_release(request, slug)
    proposal = propose(project, _channel(project, channel))
    if proposal.process is None or proposal.obstacle:
        raise Conflict(proposal.obstacle, code="NOTHING_TO_RELEASE")
    return ProposalOut(
        project=project.slug,
        version=proposal.version,
        channel=proposal.channel.slug,
        images={
            choice.need.key: ProposedImageOut(
                feed=choice.need.feed,
                repository=choice.need.repository,
                tag=choice.tag,
                digest=choice.digest or None,
                pushed_at=choice.pushed_at,
                problem=choice.problem,
            )
            for choice in choose_all(proposal.images, {})
        },
        process_revision=proposal.process.number,
        variables_revision=_newest_variables(project),
        variables_changed=proposal.previous is not None
        and differs_from_live(proposal.previous.variables, project),
    )


@router.get("/releases/{int:release_id}", response=ReleaseOut)
@needs(Permission.RELEASE_VIEW)
def get_release(request: ApiRequest, release_id: int) -> ReleaseOut:
    """One release."""
    release = release_for(request.user, release_id)
    return _present(request.user, release, _environments(request.user))


@router.post("/releases/{int:release_id}/variables", response=ReleaseOut)
@needs(Permission.RELEASE_EDIT)
def update_variables(request: ApiRequest, release_id: int) -> ReleaseOut:
    """Take the variables anew, as they are now; process and images stay."""
    release = release_for(request.user, release_id)
    refuse_unless(
        request.user,
        Permission.RELEASE_EDIT,
        project_id=release.project_id,
        where=release.project.name,
    )
    services.update_release_variables(release, by=request.user)
    release = release_for(request.user, release_id)
    return _present(request.user, release, _environments(request.user))


@router.delete("/releases/{int:release_id}", response={204: None})
@needs(Permission.RELEASE_DELETE)
def delete_release(request: ApiRequest, release_id: int) -> Status[None]:
    """Delete it with the history of its deployments; refused while it runs somewhere."""
    release = release_for(request.user, release_id)
    refuse_unless(
        request.user,
        Permission.RELEASE_DELETE,
        project_id=release.project_id,
        where=release.project.name,
    )
    services.delete_release(release, by=request.user)
    return no_content()


def _project_to_release(request: ApiRequest, slug: str) -> Project:
    project = get_project_for(request.user, slug)
    refuse_unless(
        request.user, Permission.RELEASE_CREATE, project_id=project.pk, where=project.name
    )
    return project


def _newest_variables(project: Project) -> int:
    revision = current_variables(project)
    return revision.number if revision else 0


def _channel(project: Project, slug: str) -> Channel:
    if not slug:
        return default_channel(project)
    channel = project.channels.filter(slug=slug).first()
    if channel is None:
        raise ValidationProblem(
            [FieldError("channel", f'{project.name} has no channel "{slug}".', "unknown")]
        )
    return channel


def _environments(user: User) -> list[Environment]:
    return list(environments_for(user).order_by("order", "name"))


def _present(user: User, release: Release, environments: Sequence[Environment]) -> ReleaseOut:
    return ReleaseOut(
        id=release.pk,
        project=release.project.slug,
        version=release.version,
        channel=release.channel.slug,
        notes=release.notes,
        created_at=release.created_at,
        created_by=release.created_by.username if release.created_by else None,
        images={
            f"{image.step}/{image.reference}": ImageOut(
                feed=image.feed,
                repository=image.repository,
                tag=image.tag,
                digest=image.digest or None,
                image=image.image,
                pushed_at=image.pushed_at,
            )
            for image in release.images.all()
        },
        process_revision=release.process.number,
        variables_revision=variables_revision(release.variables),
        deployable_to=[
            DeployableOut(environment=to.environment.slug, allowed=to.allowed, reason=to.reason)
            for to in deployable_to(user, release, environments)
        ],
        url=reverse("releases:detail", args=[release.project.slug, release.version]),
    )
