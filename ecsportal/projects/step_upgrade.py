"""Upgrading a step to a newer version of its type: what it would change, and doing it.

Nothing happens by itself: a step stays at its version until somebody asks. The revision before the
upgrade stays as every other, so making it current again undoes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ecsportal.people.models import User
from ecsportal.problems import Conflict, FieldError, NotFound, ValidationProblem
from ecsportal.projects.line_difference import DiffLine, line_difference
from ecsportal.projects.models import ProcessRevision, Project
from ecsportal.projects.process import replace_step
from ecsportal.projects.process_difference import shown
from ecsportal.projects.queries import current_process
from ecsportal.projects.step_document import known_type
from ecsportal.projects.template_view import template_panel
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.problems import Problem
from ecsportal.steps.step_type import StepType
from ecsportal.steps.versions import (
    MISSING,
    MigrationError,
    Version,
    changes_between,
    migrated,
    versions_of,
)


@dataclass(frozen=True)
class ShownChange:
    """One input that the upgrade changes, in words."""

    path: str
    before: str
    after: str


@dataclass(frozen=True)
class StepUpgrade:
    """What an upgrade would do; `step` is the step as it would be saved."""

    step: JsonDict
    step_type: StepType
    from_version: int
    versions: tuple[Version, ...]
    """Those that it goes through, the new one last."""
    changes: tuple[ShownChange, ...]
    template: tuple[DiffLine, ...]
    """Empty where the template stays as it is."""
    template_reason: str
    """Why there is no template to compare; empty where there is one."""
    problems: tuple[Problem, ...]
    """What is wrong with the step at the new version."""

    @property
    def to_version(self) -> int:
        """The version it ends at."""
        return self.versions[-1].major


def upgrade_of(project: Project, slug: str, *, to: int | None = None) -> StepUpgrade:
    """What upgrading the step would change; `to` is the newest version unless told.

    Raises NotFound without such a step, Conflict where there is nothing to upgrade to and where a
    migration does what it doesn't declare, ValidationProblem for an odd version.
    """
    saved = current_process(project)
    step = next((each for each in (saved.steps if saved else []) if each["slug"] == slug), None)
    if step is None:
        raise NotFound(f'The process of {project.name} has no step "{slug}".')
    kind = known_type(step["type"])
    if kind is None:
        raise NotFound(f'There is no step type "{step["type"]}" any more.')
    target = kind.version if to is None else to
    _refuse_odd(kind, step, target, stated=to is not None)
    try:
        inputs = migrated(kind, step["inputs"], step["version"], target)
    except MigrationError as error:
        raise Conflict(str(error), code="MIGRATION_REFUSED", found=list(error.found)) from error
    template, reason = _template_difference(kind, step, inputs, target)
    return StepUpgrade(
        step=step | {"version": target, "inputs": inputs},
        step_type=kind,
        from_version=step["version"],
        versions=tuple(v for v in versions_of(kind) if step["version"] < v.major <= target),
        changes=tuple(
            ShownChange(change.path, _words(change.before), _words(change.after))
            for change in changes_between(step["inputs"], inputs)
        ),
        template=template,
        template_reason=reason,
        problems=tuple(kind.check(inputs, target)),
    )


def upgrade_step(
    project: Project,
    slug: str,
    *,
    by: User | None,
    to: int | None = None,
    expected_revision: int | None = None,
) -> ProcessRevision:
    """Save the step at the newer version, as a new revision of the process.

    Rules that it breaks stay marked, as they were. Raises as `upgrade_of` and `replace_step` do.
    """
    upgrade = upgrade_of(project, slug, to=to)
    return replace_step(
        project,
        slug,
        step=upgrade.step,
        by=by,
        expected_revision=expected_revision,
        allow_problems=True,
    )


def _refuse_odd(kind: StepType, step: JsonDict, to: int, *, stated: bool) -> None:
    if stated and not 1 <= to <= kind.version:
        message = f"{kind.name} has the versions 1 to {kind.version}."
        raise ValidationProblem([FieldError("version", message, "unknown")])
    if to <= step["version"]:
        has = f"{step['name']} has version {step['version']} of {kind.name}"
        rest = "the newest" if step["version"] == kind.version else f"version {to} is no newer"
        raise Conflict(f"{has}: {rest}.", code="NOTHING_TO_UPGRADE")


def _words(value: Any) -> str:
    if value is MISSING:
        return "not there"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {shown(inner)}" for key, inner in value.items()) or "empty"
    return shown(value)


def _template_difference(
    kind: StepType, step: JsonDict, inputs: JsonDict, to: int
) -> tuple[tuple[DiffLine, ...], str]:
    before = template_panel(kind, step["inputs"], step["version"])
    after = template_panel(kind, inputs, to)
    reason = before.reason or after.reason
    if reason or before.text == after.text:
        return (), reason
    return tuple(line_difference(before.text, after.text)), ""
