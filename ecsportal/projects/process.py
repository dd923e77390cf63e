"""Saving a process: every save makes a new immutable revision, and no other change exists.

Two editors: each save says which revision it started from (`expected_revision`, 0 for none). Where
the newest one no longer agrees with it, StaleRevision tells so and what differs, and nothing is
written. Edits of single steps only collide where they touch the same step.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from django.db import IntegrityError, transaction
from django.urls import reverse

from ecsportal.audit.record import record
from ecsportal.people.models import User
from ecsportal.problems import FieldError, NotFound, StaleRevision, ValidationProblem
from ecsportal.projects.models import ProcessRevision, Project
from ecsportal.projects.process_difference import differences
from ecsportal.projects.queries import current_process, problems_of_process
from ecsportal.projects.step_document import (
    NAME_LENGTH,
    content_hash,
    free_step_slug,
    read_steps,
)
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.problems import Problem

MAX_CHANGES_TOLD = 50

__all__ = [
    "add_step",
    "clone_step",
    "copy_step",
    "current_process",
    "delete_step",
    "move_step",
    "order_steps",
    "replace_step",
    "restore_revision",
    "restore_step",
    "save_process",
    "set_step_disabled",
]


def save_process(
    project: Project,
    *,
    steps: Sequence[Any],
    by: User | None,
    expected_revision: int | None = None,
    allow_problems: bool = False,
) -> ProcessRevision:
    """Save these steps as the process; the current revision again where nothing changed.

    Raises ValidationProblem for steps that can't be read (always) and for broken rules (unless
    `allow_problems`), at paths such as `steps[0].inputs.cpu`; StaleRevision (see above), whose
    `difference` lists what the steps would change in the newest revision.
    """
    checks = _Checks(shapes=None, rules=() if allow_problems else None)
    return _save(project, steps, by, expected_revision, checks)


def add_step(
    project: Project,
    *,
    step: JsonDict,
    by: User | None,
    expected_revision: int | None = None,
    allow_problems: bool = False,
    position: int | None = None,
) -> tuple[ProcessRevision, str]:
    """Add a step, at the end unless told; answers the revision and the step's slug.

    Problems of the other steps don't stand in the way, and neither do edits since
    `expected_revision`; the same step added a second time since then (a form posted twice) is the
    first one. Raises ValidationProblem at paths of the whole process.
    """
    steps, number = _current(project)
    twin = _added_since(project, expected_revision, step, steps)
    if twin:
        return get_revision(project, number), twin
    place = len(steps) if position is None else max(0, min(position, len(steps)))
    taken = {known["slug"] for known in steps}
    slug = step.get("slug") or free_step_slug(str(step.get("name", "")), taken)
    steps.insert(place, step | {"slug": slug})
    return _save(project, steps, by, number, _Checks.of(slug, allow_problems)), slug


def replace_step(
    project: Project,
    slug: str,
    *,
    step: JsonDict,
    by: User | None,
    expected_revision: int | None = None,
    allow_problems: bool = False,
) -> ProcessRevision:
    """Put `step` in the place of the one with this slug, which it keeps.

    Raises NotFound where it was deleted meanwhile, StaleRevision where somebody changed this very
    step since `expected_revision`, otherwise as `add_step`.
    """
    steps, number = _current(project)
    place = _index(project, steps, slug)
    if expected_revision not in (None, number):
        opened = project.process_revisions.filter(number=expected_revision).first()
        if opened is None or steps[place] not in opened.steps:
            raise _stale(
                number, steps, [*steps[:place], step | {"slug": slug}, *steps[place + 1 :]]
            )
    steps[place] = step | {"slug": slug}
    return _save(project, steps, by, number, _Checks.of(slug, allow_problems))


def clone_step(project: Project, slug: str, *, by: User | None) -> tuple[ProcessRevision, str]:
    """Put a copy behind the step, under a name of its own; answers the revision and its slug."""
    steps, number = _current(project)
    place = _index(project, steps, slug)
    name = _free_name(f"{steps[place]['name']} copy", steps)
    copy = steps[place] | {"name": name, "slug": free_step_slug(name, {s["slug"] for s in steps})}
    steps.insert(place + 1, copy)
    return _save(project, steps, by, number, _UNCHECKED), copy["slug"]


def copy_step(
    project: Project, slug: str, *, to: Project, by: User | None
) -> tuple[ProcessRevision, str]:
    """Add a copy at the end of another project's process; answers its revision and the slug there.

    The channels that the step is limited to stay behind: they are the first project's own.
    """
    steps, _ = _current(project)
    source = steps[_index(project, steps, slug)]
    there, number = _current(to)
    name = _free_name(source["name"], there)
    taken = {step["slug"] for step in there}
    copy = source | {"name": name, "slug": free_step_slug(name, taken), "channels": []}
    return _save(to, [*there, copy], by, number, _UNCHECKED), copy["slug"]


def delete_step(project: Project, slug: str, *, by: User | None) -> ProcessRevision:
    """Take the step out; the revision before still has it (`restore_step`)."""
    steps, number = _current(project)
    del steps[_index(project, steps, slug)]
    return _save(project, steps, by, number, _UNCHECKED)


def restore_step(
    project: Project, slug: str, *, from_revision: int, by: User | None
) -> ProcessRevision:
    """Put a deleted step back where it stood in that revision; other edits since then stay."""
    old = get_revision(project, from_revision).steps
    place = next((n for n, step in enumerate(old) if step["slug"] == slug), None)
    if place is None:
        raise NotFound(f'Revision {from_revision} of the process has no step "{slug}".')
    steps, number = _current(project)
    if not any(step["slug"] == slug for step in steps):
        before = {step["slug"] for step in old[:place]}
        kept = [n for n, step in enumerate(steps) if step["slug"] in before]
        steps.insert(kept[-1] + 1 if kept else 0, old[place])
    return _save(project, steps, by, number, _UNCHECKED)


def move_step(
    project: Project, slug: str, *, by: User | None, direction: Literal["up", "down"]
) -> ProcessRevision:
    """Move the step one place; at the end of the list nothing happens."""
    steps, number = _current(project)
    place = _index(project, steps, slug)
    other = place - 1 if direction == "up" else place + 1
    if 0 <= other < len(steps):
        steps[place], steps[other] = steps[other], steps[place]
    return _save(project, steps, by, number, _UNCHECKED)


def order_steps(project: Project, slugs: Sequence[str], *, by: User | None) -> ProcessRevision:
    """Put the steps in this order; steps that it doesn't name come last, in the order they have."""
    steps, number = _current(project)
    places = {slug: place for place, slug in enumerate(slugs)}
    steps.sort(key=lambda step: places.get(step["slug"], len(places)))
    return _save(project, steps, by, number, _UNCHECKED)


def set_step_disabled(
    project: Project, slug: str, *, disabled: bool, by: User | None
) -> ProcessRevision:
    """Leave the step out of new releases, or take it in again."""
    steps, number = _current(project)
    place = _index(project, steps, slug)
    steps[place] = steps[place] | {"disabled": disabled}
    return _save(project, steps, by, number, _UNCHECKED)


def restore_revision(
    project: Project, number: int, *, by: User | None, expected_revision: int | None = None
) -> ProcessRevision:
    """Make the steps of an earlier revision the current ones, as a new revision."""
    steps = get_revision(project, number).steps
    return _save(project, steps, by, expected_revision, _UNCHECKED)


def get_revision(project: Project, number: int) -> ProcessRevision:
    """One revision of the process; raises NotFound."""
    revision = project.process_revisions.select_related("created_by").filter(number=number).first()
    if revision is None:
        raise NotFound(f"The process of {project.name} has no revision {number}.")
    return revision


@dataclass(frozen=True)
class _Checks:
    """The slugs of the steps whose shapes and whose rules must be in order; None means all."""

    shapes: tuple[str, ...] | None
    rules: tuple[str, ...] | None

    @classmethod
    def of(cls, slug: str, allow_problems: bool) -> _Checks:
        return cls(shapes=(slug,), rules=() if allow_problems else (slug,))


_UNCHECKED = _Checks(shapes=(), rules=())
"""For acts that leave the content of all steps as it was."""


def _current(project: Project) -> tuple[list[JsonDict], int]:
    current = current_process(project)
    return (list(current.steps), current.number) if current else ([], 0)


def _added_since(
    project: Project, expected_revision: int | None, step: JsonDict, steps: list[JsonDict]
) -> str | None:
    """The slug of an equal step that came in after `expected_revision`."""
    if expected_revision is None:
        return None
    opened = project.process_revisions.filter(number=expected_revision).first()
    known = {old["slug"] for old in opened.steps} if opened else set()
    read, _ = read_steps([step])
    for other in steps:
        if read and other["slug"] not in known and other == read[0] | {"slug": other["slug"]}:
            return str(other["slug"])
    return None


def _index(project: Project, steps: list[JsonDict], slug: str) -> int:
    for number, step in enumerate(steps):
        if step["slug"] == slug:
            return number
    raise NotFound(f'The process of {project.name} has no step "{slug}".')


def _save(
    project: Project,
    raw: Sequence[Any],
    by: User | None,
    expected_revision: int | None,
    checks: _Checks,
) -> ProcessRevision:
    steps, unreadable = read_steps(raw)
    if unreadable:
        raise _refused(unreadable)
    try:
        with transaction.atomic():
            current = current_process(project)
            number = current.number if current else 0
            if expected_revision not in (None, number):
                raise _stale(number, current.steps if current else [], steps)
            if current and current.content_hash == content_hash(steps):
                return current
            _refuse_problems(project, steps, checks)
            return _add_revision(project, current, steps, by)
    except IntegrityError:
        # Somebody saved between our look and our write: the number is theirs.
        saved, number = _current(project)
        raise _stale(number, saved, steps) from None


def _free_name(wanted: str, steps: Sequence[JsonDict]) -> str:
    """The name, numbered where another step has it: outputs are named by step."""
    taken = {step["name"].lower() for step in steps}
    if wanted.lower() not in taken and len(wanted) <= NAME_LENGTH:
        return wanted
    numbers = itertools.count(2)
    names = (f"{wanted[: NAME_LENGTH - 5]} {number}" for number in numbers)
    return next(name for name in names if name.lower() not in taken)


def _stale(number: int, saved: list[JsonDict], wanted: list[JsonDict]) -> StaleRevision:
    changes = differences(saved, wanted)
    return StaleRevision(
        current=number, difference=[asdict(change) for change in changes[:MAX_CHANGES_TOLD]]
    )


def _refuse_problems(project: Project, steps: list[JsonDict], checks: _Checks) -> None:
    if checks == _UNCHECKED:
        return
    paths = {step["slug"]: f"steps[{number}]" for number, step in enumerate(steps)}
    problems = []
    for problem in problems_of_process(project, steps):
        slugs = checks.shapes if problem.kind == "shape" else checks.rules
        if slugs is None or _is_within(problem.path, tuple(paths[slug] for slug in slugs)):
            problems.append(problem)
    if problems:
        raise _refused(problems)


def _is_within(path: str, prefixes: tuple[str, ...]) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}.") for prefix in prefixes)


def _refused(problems: Sequence[Problem]) -> ValidationProblem:
    return ValidationProblem(
        FieldError(problem.path, problem.message, problem.code) for problem in problems
    )


def _add_revision(
    project: Project, current: ProcessRevision | None, steps: list[JsonDict], by: User | None
) -> ProcessRevision:
    revision = ProcessRevision.objects.create(
        project=project,
        number=current.number + 1 if current else 1,
        steps=steps,
        content_hash=content_hash(steps),
        created_by=by,
    )
    changes = differences(current.steps if current else [], steps)
    record(
        "process.changed",
        by=by,
        subject_kind="process",
        subject=f"revision {revision.number}",
        subject_url=reverse("projects:revision", args=[project.slug, revision.number]),
        project_slug=project.slug,
        before={"revision": current.number if current else 0},
        after={
            "revision": revision.number,
            "changes": [f"{c.step_name}: {c.words}" for c in changes[:MAX_CHANGES_TOLD]],
        },
    )
    return revision
