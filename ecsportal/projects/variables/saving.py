"""Saving variables: every save makes a new immutable revision, of a project or of a library set.

Two editors: each save says which revision it started from (`expected_revision`, 0 for none). Where
that isn't the newest one any more, StaleRevision tells so and what differs, and nothing is written.
Edits of single values only collide where they touch the same value.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.urls import NoReverseMatch, reverse

from ecsportal.audit.record import record
from ecsportal.people.models import User
from ecsportal.people.permissions import Permission
from ecsportal.problems import FieldError, NotFound, StaleRevision, ValidationProblem
from ecsportal.projects.models import LibrarySet, Project, VariableRevision
from ecsportal.projects.variables.difference import changed_entries, variable_changes
from ecsportal.projects.variables.document import Draft, read_value, read_values
from ecsportal.projects.variables.queries import (
    current_variables,
    get_variable_revision,
    known_for,
    unknown_libraries,
)
from ecsportal.projects.variables.secret_values import store_secret
from ecsportal.projects.variables.sight import refuse_beyond_reach, sight_of
from ecsportal.steps.contract import JsonDict

MAX_CHANGES_TOLD = 50
Owner = Project | LibrarySet
Change = Callable[[list[JsonDict]], list[JsonDict]]
"""From the current entries to the wanted ones."""


def save_variables(
    owner: Owner,
    *,
    variables: Sequence[Any],
    by: User | None,
    expected_revision: int | None = None,
    libraries: Sequence[str] | None = None,
) -> VariableRevision:
    """Save these values as all that the owner has; the current revision where nothing changed.

    A sensitive value of None with its `id` stays as it is. `libraries` are slugs of library sets in
    their order; None leaves them. Raises ValidationProblem at `variables[3].name`, StaleRevision
    (its `difference` lists what the values would change in the newest revision), and
    PermissionMissingError for values that apply beyond the user's environments.
    """
    current = current_variables(owner)
    drafts, errors = read_values(variables, known_for(owner, current, by))
    errors += _wrong_libraries(owner, libraries, current)
    if errors:
        raise ValidationProblem(errors)

    def change(entries: list[JsonDict]) -> list[JsonDict]:
        sent = [_with_secret(owner, draft, by) for draft in drafts]
        return sight_of(by).merged(sent, entries)

    return _save(owner, change, by, expected_revision, libraries)


def add_value(owner: Owner, *, value: Any, by: User | None) -> tuple[VariableRevision, int]:
    """Add one value behind the others of its name; answers the revision and the value's id.

    Raises ValidationProblem at paths within the value (`name`, `scope.environments[0]`).
    """
    current = current_variables(owner)
    draft = _read_one(owner, current, dict(value) | {"id": None}, by)
    number = (current.last_id if current else 0) + 1

    def change(entries: list[JsonDict]) -> list[JsonDict]:
        same = [
            n for n, e in enumerate(entries) if e["name"].lower() == draft.entry["name"].lower()
        ]
        place = same[-1] + 1 if same else len(entries)
        return [*entries[:place], _with_secret(owner, draft, by), *entries[place:]]

    return _save(owner, change, by, current.number if current else 0), number


def edit_value(
    owner: Owner,
    value_id: int,
    *,
    value: Any,
    by: User | None,
    expected_revision: int | None = None,
) -> VariableRevision:
    """Put `value` in the place of the one with this id.

    A sensitive value of None keeps its secret. Raises NotFound where it was deleted meanwhile,
    StaleRevision where somebody changed this very value since `expected_revision`.
    """
    current = current_variables(owner)
    old = _entry_of(owner, current, value_id, by)
    if current and expected_revision not in (None, current.number):
        opened = owner.variable_revisions.filter(number=expected_revision).first()
        if opened is None or old not in opened.variables:
            raise StaleRevision(current=current.number)
    draft = _read_one(owner, current, dict(value) | {"id": value_id}, by)

    def change(entries: list[JsonDict]) -> list[JsonDict]:
        wanted = [
            _with_secret(owner, draft, by) if entry["id"] == value_id else entry
            for entry in entries
        ]
        return sight_of(by).merged(sight_of(by).shown(wanted), entries)

    return _save(owner, change, by, current.number if current else 0)


def delete_value(owner: Owner, value_id: int, *, by: User | None) -> VariableRevision:
    """Take the value out; the revision before still has it (`restore_value`)."""
    _entry_of(owner, current_variables(owner), value_id, by)
    return _save(owner, lambda entries: [e for e in entries if e["id"] != value_id], by)


def restore_value(
    owner: Owner, value_id: int, *, from_revision: int, by: User | None
) -> VariableRevision:
    """Put a value back as it was in that revision, where it stood; other edits since then stay.

    Undoes a deletion and an edit alike.
    """
    old = get_variable_revision(owner, from_revision).variables
    place = next((n for n, entry in enumerate(old) if entry["id"] == value_id), None)
    if place is None or not sight_of(by).sees(old[place]):
        raise NotFound(f"Revision {from_revision} of the variables has no value {value_id}.")
    before = {entry["id"] for entry in old[:place]}

    def change(entries: list[JsonDict]) -> list[JsonDict]:
        if any(entry["id"] == value_id for entry in entries):
            return [old[place] if entry["id"] == value_id else entry for entry in entries]
        kept = [n for n, entry in enumerate(entries) if entry["id"] in before]
        target = kept[-1] + 1 if kept else 0
        return [*entries[:target], old[place], *entries[target:]]

    return _save(owner, change, by)


def restore_variables(
    owner: Owner, number: int, *, by: User | None, expected_revision: int | None = None
) -> VariableRevision:
    """Make the values of an earlier revision the current ones; its library sets don't come back."""
    old = get_variable_revision(owner, number).variables

    def change(entries: list[JsonDict]) -> list[JsonDict]:
        sight = sight_of(by)
        return sight.merged(sight.shown(old), entries)

    return _save(owner, change, by, expected_revision)


def choose_libraries(
    project: Project,
    *,
    libraries: Sequence[str],
    by: User | None,
    expected_revision: int | None = None,
) -> VariableRevision:
    """Include these library sets, in this order; raises ValidationProblem at `libraries[0]`."""
    errors = _wrong_libraries(project, libraries, current_variables(project))
    if errors:
        raise ValidationProblem(errors)
    return _save(project, list, by, expected_revision, libraries)


def _read_one(owner: Owner, current: VariableRevision | None, value: Any, by: User | None) -> Draft:
    draft, errors = read_value(value, known_for(owner, current, by))
    if errors or draft is None:
        raise ValidationProblem(errors)
    return draft


def _entry_of(
    owner: Owner, current: VariableRevision | None, value_id: int, by: User | None
) -> JsonDict:
    for entry in current.variables if current else []:
        if entry["id"] == value_id and sight_of(by).sees(entry):
            return cast(JsonDict, entry)
    raise NotFound(f"{owner.name} has no value {value_id} any more. Somebody deleted it.")


def _with_secret(owner: Owner, draft: Draft, by: User | None) -> JsonDict:
    """The entry; a secret that was sent is stored first."""
    if draft.secret_text is None:
        return draft.entry
    return draft.entry | {"secret": store_secret(owner, draft.secret_text, by)}


def _wrong_libraries(
    owner: Owner, libraries: Sequence[str] | None, current: VariableRevision | None
) -> list[FieldError]:
    if not libraries:
        return []
    if isinstance(owner, LibrarySet):
        return [FieldError("libraries", "A library set includes no others.", "library")]
    errors = [
        FieldError(f"libraries[{number}]", f'There is no library set "{slug}".', "unknown")
        for number, slug in unknown_libraries(libraries)
    ]
    return errors + [
        FieldError(f"libraries[{number}]", f'"{slug}" is in the list twice.', "duplicate")
        for number, slug in enumerate(libraries)
        if slug in libraries[:number]
    ]


def _save(
    owner: Owner,
    change: Change,
    by: User | None,
    expected_revision: int | None = None,
    libraries: Sequence[str] | None = None,
) -> VariableRevision:
    wanted: list[JsonDict] = []
    try:
        with transaction.atomic():
            current = current_variables(owner)
            entries = list(current.variables) if current else []
            number = current.number if current else 0
            wanted = change(entries)
            if expected_revision not in (None, number) and wanted != entries:
                raise _stale(number, entries, wanted, by)
            last_id = _number_new_ones(wanted, current)
            kept = list(libraries) if libraries is not None else _libraries_of(current)
            digest = _content_hash(wanted, kept)
            if current and digest == current.content_hash:
                return current
            _refuse_beyond_reach(owner, entries, wanted, kept != _libraries_of(current), by)
            return _add_revision(owner, current, wanted, kept, last_id, digest, by)
    except IntegrityError:
        # Somebody saved between our look and our write: the number is theirs.
        newest = current_variables(owner)
        saved = list(newest.variables) if newest else []
        raise _stale(newest.number if newest else 0, saved, wanted, by) from None


def _libraries_of(revision: VariableRevision | None) -> list[str]:
    return list(revision.libraries) if revision else []


def _number_new_ones(entries: list[JsonDict], current: VariableRevision | None) -> int:
    """Give an id to each entry that needs one; the highest id ever given."""
    last = current.last_id if current else 0
    taken: set[int] = set()
    for place, entry in enumerate(entries):
        known = entry["id"] is not None and 0 < entry["id"] <= last and entry["id"] not in taken
        if not known:
            last += 1
            entries[place] = entry | {"id": last}
        taken.add(entries[place]["id"])
    return last


def _refuse_beyond_reach(
    owner: Owner,
    before: list[JsonDict],
    after: list[JsonDict],
    libraries_changed: bool,
    by: User | None,
) -> None:
    is_project = isinstance(owner, Project)
    touched = list(changed_entries(before, after))
    if libraries_changed:
        touched.append({"scope": {"environments": []}})  # a library set's values apply anywhere
    refuse_beyond_reach(
        by,
        Permission.VARIABLE_EDIT if is_project else Permission.LIBRARY_EDIT,
        touched,
        project_id=owner.pk if is_project else None,
    )


def _content_hash(entries: list[JsonDict], libraries: list[str]) -> str:
    document = {"variables": entries, "libraries": libraries}
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _stale(
    number: int, saved: list[JsonDict], wanted: list[JsonDict], by: User | None
) -> StaleRevision:
    sight = sight_of(by)
    numbered = [e if e["id"] is not None else e | {"id": -n} for n, e in enumerate(wanted, 1)]
    changes = variable_changes(sight.shown(saved), sight.shown(numbered))
    return StaleRevision(
        current=number, difference=[asdict(change) for change in changes[:MAX_CHANGES_TOLD]]
    )


def _add_revision(
    owner: Owner,
    current: VariableRevision | None,
    entries: list[JsonDict],
    libraries: list[str],
    last_id: int,
    digest: str,
    by: User | None,
) -> VariableRevision:
    revision = VariableRevision.objects.create(
        project=owner if isinstance(owner, Project) else None,
        library=owner if isinstance(owner, LibrarySet) else None,
        number=current.number + 1 if current else 1,
        variables=entries,
        libraries=libraries,
        last_id=last_id,
        content_hash=digest,
        created_by=by,
    )
    _record(owner, current, revision, by)
    return revision


def _record(
    owner: Owner, current: VariableRevision | None, revision: VariableRevision, by: User | None
) -> None:
    changes = variable_changes(current.variables if current else [], revision.variables)
    is_project = isinstance(owner, Project)
    record(
        "variables.changed" if is_project else "library.variables_changed",
        by=by,
        subject_kind="variables" if is_project else "library",
        subject=f"{owner.name} variables {revision.number}",
        subject_url=_page(owner),
        project_slug=owner.slug if is_project else "",
        before={
            "revision": current.number if current else 0,
            "libraries": _libraries_of(current),
        },
        after={
            "revision": revision.number,
            "libraries": revision.libraries,
            "changes": [change.words for change in changes[:MAX_CHANGES_TOLD]],
        },
    )


def _page(owner: Owner) -> str:
    """The page of the owner's variables; empty as long as there is none."""
    name = "projects:variables" if isinstance(owner, Project) else "projects:library"
    try:
        return reverse(name, args=[owner.slug])
    except NoReverseMatch:
        return ""
