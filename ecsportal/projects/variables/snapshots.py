"""What a release freezes of variables, and how it differs from what is live."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from django.db import transaction

from ecsportal.projects.models import (
    Project,
    SnapshotPart,
    VariableRevision,
    VariableSnapshot,
)
from ecsportal.projects.variables.difference import VariableChange, variable_changes
from ecsportal.projects.variables.queries import live_revisions, revisions_of_snapshot
from ecsportal.projects.variables.sight import EVERYTHING, Sight


def take_snapshot(project: Project) -> VariableSnapshot | None:
    """The live variables, frozen; the snapshot that others share where nothing changed since.

    None for a project without variables.
    """
    revisions = live_revisions(project)
    if not revisions:
        return None
    with transaction.atomic():
        snapshot, is_new = VariableSnapshot.objects.get_or_create(
            project=project, content_hash=_content_hash(revisions)
        )
        if is_new:
            SnapshotPart.objects.bulk_create(
                SnapshotPart(snapshot=snapshot, revision=revision, position=position)
                for position, revision in enumerate(revisions)
            )
    return snapshot


def variables_revision(snapshot: VariableSnapshot | None) -> int:
    """The number of the project's own revision in it; 0 for a release without variables."""
    own = [] if snapshot is None else [p for p in snapshot.parts.all() if p.revision.project_id]
    return own[0].revision.number if own else 0


def differs_from_live(snapshot: VariableSnapshot | None, project: Project) -> bool:
    """True where the live variables are other revisions than the frozen ones."""
    revisions = live_revisions(project)
    if snapshot is None:
        return any(revision.variables for revision in revisions)
    return snapshot.content_hash != _content_hash(revisions)


def changes_since(
    snapshot: VariableSnapshot | None, project: Project, *, sight: Sight = EVERYTHING
) -> list[VariableChange]:
    """What taking the variables anew would change: the project's, then the library sets'.

    `sight` leaves out what the reader may not see.
    """
    frozen = revisions_of_snapshot(snapshot.pk) if snapshot else []
    before, after = _by_owner(frozen), _by_owner(live_revisions(project))
    changes = []
    for owner in [*after, *(owner for owner in before if owner not in after)]:
        old, new = before.get(owner), after.get(owner)
        known = new or old
        name = known.library.name if known and known.library else ""
        changes += variable_changes(
            sight.shown(old.variables if old else []),
            sight.shown(new.variables if new else []),
            source=name,
        )
    return changes


def _by_owner(revisions: Sequence[VariableRevision]) -> dict[int | None, VariableRevision]:
    """By library set, in order; the project's own under None."""
    return {revision.library_id: revision for revision in revisions}


def _content_hash(revisions: Sequence[VariableRevision]) -> str:
    names = [[revision.pk, revision.content_hash] for revision in revisions]
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()
