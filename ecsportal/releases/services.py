"""Creating and deleting releases, and taking a release's variables anew.

Nothing else of a release is changed after it was written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.urls import reverse

from ecsportal.audit.record import record
from ecsportal.infrastructure import feeds
from ecsportal.infrastructure.models import Feed
from ecsportal.people.models import User
from ecsportal.problems import Conflict, FieldError, RemoteFailed, ValidationProblem
from ecsportal.projects.models import Channel, ProcessRevision, Project
from ecsportal.projects.variables.difference import VariableChange
from ecsportal.projects.variables.snapshots import (
    changes_since,
    take_snapshot,
    variables_revision,
)
from ecsportal.releases.activity import activities_of
from ecsportal.releases.choosing import ChosenImage, choose_all, errors_of
from ecsportal.releases.models import Release, ReleaseImage
from ecsportal.releases.proposal import Proposal, propose, taken_versions
from ecsportal.releases.tags import feeds_by_slug
from ecsportal.releases.versions import fault_of, next_free, next_version

NOTES_LENGTH = 100_000
ATTEMPTS_AT_A_NUMBER = 5
MAX_CHANGES_TOLD = 50


class VersionTaken(ValidationProblem):
    """Another release has this number: 422 beside the field; `next_free` is one that is free."""

    code = "VERSION_TAKEN"

    def __init__(self, version: str, free: str) -> None:
        self.next_free = free
        super().__init__(
            [
                FieldError(
                    "version", f"There is a release {version} already. {free} is free.", "taken"
                )
            ]
        )
        self.extra = {"next_free": free}


def create_release(
    project: Project,
    *,
    by: User | None,
    version: str = "",
    images: Mapping[str, str] | None = None,
    notes: str = "",
    channel: Channel | None = None,
    request_token: str | None = None,
) -> Release:
    """Freeze the process and one tag per image under a number.

    `images` has tags by `<step>/<reference>`; what is left out gets its newest tag, and a number
    left out the next one. Asks the feeds for digests, bounded in time; a feed that doesn't answer
    leaves the digest empty. The same `request_token` again answers the release made first.

    Raises Conflict where the process has nothing to freeze, ValidationProblem for what was sent
    (VersionTaken for a number that is in use).
    """
    made = _made_with(request_token)
    if made:
        return made
    proposal = propose(project, channel)
    process = proposal.process
    if proposal.obstacle or process is None:
        raise Conflict(proposal.obstacle, code="NOTHING_TO_RELEASE")
    version, wanted = version.strip(), {key: tag.strip() for key, tag in (images or {}).items()}
    _refuse_wrong(proposal, version, wanted, notes)
    chosen = choose_all(proposal.images, wanted)
    known = feeds_by_slug({need.feed for need in proposal.images})
    errors = errors_of(chosen, known)
    if errors:
        raise ValidationProblem(errors)
    draft = _Draft(proposal.channel, process, notes.strip(), by, request_token)
    return _store(draft, version, _freeze(chosen, known))


def delete_release(release: Release, *, by: User) -> None:
    """Delete the release with its history of deployments.

    Raises Conflict while it runs somewhere or is being deployed.
    """
    active = activities_of(release)
    if active:
        names = ", ".join(use.name for use in active[:3])
        raise Conflict(
            f"Release {release.version} is still needed: {names}. "
            "Deploy another release there first, or wait until it has ended.",
            code="IN_USE",
            used_by=[
                {"kind": use.kind, "slug": use.slug, "name": use.name, "url": use.url}
                for use in active
            ],
        )
    with transaction.atomic():
        _record("release.deleted", release, by, before=_facts(release, list(release.images.all())))
        release.delete()


@transaction.atomic
def update_release_variables(release: Release, *, by: User | None) -> list[VariableChange]:
    """Give the release the variables as they are now; what that changed, nothing where it didn't.

    The process and the images stay. Deployments that are queued or run keep what they began with.
    """
    changes = changes_since(release.variables, release.project)
    before: dict[str, object] = {"variables_revision": variables_revision(release.variables)}
    snapshot = take_snapshot(release.project)
    if snapshot == release.variables:
        return []
    release.variables = snapshot
    release.save(update_fields=["variables"])
    after: dict[str, object] = {
        "variables_revision": variables_revision(snapshot),
        "changes": [change.words for change in changes[:MAX_CHANGES_TOLD]],
    }
    _record("release.variables_updated", release, by, before=before, after=after)
    return changes


def next_version_of(project: Project) -> str:
    """The number that a release created now would get."""
    last = project.releases.order_by("-pk").values_list("version", flat=True).first()
    return next_version(last, taken_versions(project))


def _made_with(request_token: str | None) -> Release | None:
    if not request_token:
        return None
    return Release.objects.filter(request_token=request_token).first()


def _refuse_wrong(proposal: Proposal, version: str, images: Mapping[str, str], notes: str) -> None:
    errors = []
    fault = fault_of(version) if version else ""
    if fault:
        errors.append(FieldError("version", fault, "pattern"))
    if len(notes) > NOTES_LENGTH:
        errors.append(FieldError("notes", f"At most {NOTES_LENGTH:,} characters.", "too_long"))
    known = ", ".join(image.key for image in proposal.images) or "none"
    errors += [
        FieldError(f"images.{key}", f"The process has no such image. It has: {known}.", "unknown")
        for key in images
        if proposal.image(key) is None
    ]
    if errors:
        raise ValidationProblem(errors)
    taken = taken_versions(proposal.project)
    if version in taken:
        raise VersionTaken(version, next_free(version, taken))


def _freeze(chosen: Sequence[ChosenImage], known: Mapping[str, Feed]) -> list[ReleaseImage]:
    """The rows to store, but for their release; an ECR's host may have to be asked of STS."""
    images, errors = [], []
    for position, choice in enumerate(chosen):
        need = choice.need
        try:
            image = feeds.image_name(known[need.feed], need.repository, choice.tag)
        except RemoteFailed as failed:
            errors.append(FieldError(f"images.{need.key}", failed.detail, "remote_failed"))
            continue
        images.append(
            ReleaseImage(
                position=position,
                step=need.step,
                reference=need.reference,
                feed=need.feed,
                repository=need.repository,
                tag=choice.tag,
                digest=choice.digest,
                pushed_at=choice.pushed_at,
                image=image,
            )
        )
    if errors:
        raise ValidationProblem(errors)
    return images


@dataclass(frozen=True)
class _Draft:
    """A release but for its number and its images."""

    channel: Channel
    process: ProcessRevision
    notes: str
    by: User | None
    request_token: str | None


def _store(draft: _Draft, version: str, images: Sequence[ReleaseImage]) -> Release:
    """Write the release under `version`, or under the next free number where that is empty."""
    project = draft.process.project
    for _ in range(ATTEMPTS_AT_A_NUMBER):
        try:
            return _write(draft, version or next_version_of(project), images)
        except IntegrityError:
            # Somebody took the number, or the same form came twice, between look and write.
            made = _made_with(draft.request_token)
            if made:
                return made
            if version:
                raise VersionTaken(version, next_free(version, taken_versions(project))) from None
    raise Conflict("Others create releases right now. Try again.", code="BUSY")


@transaction.atomic
def _write(draft: _Draft, version: str, images: Sequence[ReleaseImage]) -> Release:
    release = Release.objects.create(
        project=draft.process.project,
        version=version,
        channel=draft.channel,
        process=draft.process,
        variables=take_snapshot(draft.process.project),
        notes=draft.notes,
        request_token=draft.request_token or None,
        created_by=draft.by,
    )
    for image in images:
        image.pk, image.release = None, release
    ReleaseImage.objects.bulk_create(images)
    _record("release.created", release, draft.by, after=_facts(release, images))
    return release


def _facts(release: Release, images: Sequence[ReleaseImage]) -> dict[str, object]:
    return {
        "version": release.version,
        "channel": release.channel.slug,
        "process_revision": release.process.number,
        "variables_revision": variables_revision(release.variables),
        "images": {f"{image.step}/{image.reference}": image.tag for image in images},
    }


def _record(
    action: str,
    release: Release,
    by: User | None,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    project = release.project
    gone = action == "release.deleted"
    record(
        action,
        by=by,
        subject_kind="release",
        subject=f"{project.name} {release.version}",
        subject_url=""
        if gone
        else reverse("releases:detail", args=[project.slug, release.version]),
        project_slug=project.slug,
        before=before,
        after=after,
    )
