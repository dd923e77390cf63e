"""What release pages and the API read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.http import Http404

from ecsportal.infrastructure.models import Environment
from ecsportal.infrastructure.queries import environments_for
from ecsportal.people.models import User
from ecsportal.people.permissions import Permission, may, visible_projects
from ecsportal.projects.models import Project
from ecsportal.projects.process_difference import Change, differences
from ecsportal.projects.queries import get_project_for
from ecsportal.projects.variables.difference import VariableChange
from ecsportal.projects.variables.sight import sight_of
from ecsportal.projects.variables.snapshots import changes_since
from ecsportal.releases.models import Release, ReleaseImage
from ecsportal.releases.proposal import NeededImage, Proposal

MAX_REVISIONS_READ = 20


def releases() -> QuerySet[Release]:
    """Releases with all that a row or a page of one shows."""
    return Release.objects.select_related(
        "project", "channel", "process", "variables", "created_by"
    ).prefetch_related("images", "variables__parts__revision")


def get_release_for(user: User, slug: str, version: str) -> Release:
    """The project's release of this number; Http404 where the user may not see it."""
    project = get_project_for(user, slug)
    release = releases().filter(project=project, version=version).first()
    if release is None:
        newest = project.releases.order_by("-pk").values_list("version", flat=True).first()
        hint = f" The newest is {newest}." if newest else ""
        raise Http404(f"There is no release {version} of {project.name}.{hint}")
    return release


def release_for(user: User, release_id: int) -> Release:
    """The release of this id; Http404 where the user may not see its project."""
    release = releases().filter(visible_projects(user, "project_id"), pk=release_id).first()
    if release is None:
        raise Http404(f"There is no release with the id {release_id}, or you may not see it.")
    return release


@dataclass(frozen=True)
class ReleaseRow:
    """A release in a list: its images, those first that differ from the release before it."""

    release: Release
    changed: tuple[ReleaseImage, ...]
    unchanged: tuple[ReleaseImage, ...]

    @property
    def first_line_of_notes(self) -> str:
        return self.release.notes.strip().partition("\n")[0].lstrip("# ")


def rows_of(shown: Sequence[Release], before_last: Release | None) -> list[ReleaseRow]:
    """Rows for releases in order, newest first; `before_last` is the one below the last of them."""
    rows = []
    below = [*shown[1:], before_last][: len(shown)]
    for release, older in zip(shown, below, strict=True):
        known = _bytes_of(older.images.all()) if older else {}
        images = list(release.images.all())
        changed = [i for i in images if known.get((i.step, i.reference)) != (i.repository, i.tag)]
        rows.append(
            ReleaseRow(
                release,
                tuple(changed) if older else (),
                tuple(i for i in images if i not in changed or not older),
            )
        )
    return rows


def _bytes_of(
    images: Sequence[ReleaseImage] | QuerySet[ReleaseImage],
) -> dict[tuple[str, str], tuple[str, str]]:
    return {(i.step, i.reference): (i.repository, i.tag) for i in images}


@dataclass(frozen=True)
class Deployability:
    """May the user deploy the release there, and if not, why not."""

    environment: Environment
    allowed: bool
    reason: str = ""


def deployable_to(
    user: User, release: Release, environments: Iterable[Environment]
) -> list[Deployability]:
    """What the user may do with the release in each of these environments."""
    found = []
    for environment in environments:
        allowed = may(
            user,
            Permission.DEPLOYMENT_CREATE,
            project_id=release.project_id,
            environment_id=environment.pk,
        )
        reason = f"Needs the permission {Permission.DEPLOYMENT_CREATE} in {environment.name}."
        found.append(Deployability(environment, allowed, "" if allowed else reason))
    return found


def first_environment(user: User, project: Project) -> Environment | None:
    """The first environment of the promotion order, where the user may deploy the project to it."""
    first = environments_for(user).order_by("order", "name").first()
    if first and may(
        user, Permission.DEPLOYMENT_CREATE, project_id=project.pk, environment_id=first.pk
    ):
        return first
    return None


@dataclass(frozen=True)
class ImageChange:
    """An image whose tag differs from the last release's; `before` is empty for a new one."""

    need: NeededImage
    before: str
    after: str


@dataclass(frozen=True)
class ProcessChange:
    """A change of the process since the last release, and who made it last."""

    change: Change
    by: str
    at: datetime


def image_changes(proposal: Proposal, tags: Mapping[str, str]) -> list[ImageChange]:
    """The images that the release would change; `tags` by key, images without one are left out."""
    return [
        ImageChange(image, image.last_tag, tags[image.key])
        for image in proposal.images
        if tags.get(image.key) and tags[image.key] != image.last_tag
    ]


def process_changes(proposal: Proposal) -> list[ProcessChange]:
    """What changed in the process since the newest release, each with who changed it last."""
    if proposal.process is None or proposal.previous is None:
        return []
    frozen = proposal.previous.process
    if frozen.number == proposal.process.number:
        return []
    since = list(
        proposal.project.process_revisions.select_related("created_by")
        .filter(number__gt=frozen.number)
        .order_by("-number")[:MAX_REVISIONS_READ]
    )
    before = [*[revision.steps for revision in since[1:]], frozen.steps]
    touched = [
        {(c.step, c.path, c.kind) for c in differences(old, revision.steps)}
        for revision, old in zip(since, before, strict=True)
    ]
    changes = []
    for change in differences(frozen.steps, proposal.process.steps):
        place = (change.step, change.path, change.kind)
        who = next((r for r, seen in zip(since, touched, strict=True) if place in seen), since[0])
        changes.append(ProcessChange(change, str(who.created_by or "the portal"), who.created_at))
    return changes


def variable_changes(user: User, release: Release) -> list[VariableChange]:
    """What the live variables have that the release doesn't, as far as the user sees it.

    Of the newest release it is what a new one would bring; for any it is what "Update variables"
    would change.
    """
    return changes_since(release.variables, release.project, sight=sight_of(user))
