"""Why a deployment can't be queued as it is asked for; each at the path of what is at fault."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from ecsportal.deployments.models import Deployment
from ecsportal.deployments.plan import PlannedStep
from ecsportal.deployments.prompts import AskedValue, check_given
from ecsportal.problems import FieldError
from ecsportal.projects.variables.values import fold
from ecsportal.releases.models import Release
from ecsportal.steps.catalogue import UnknownStepTypeError
from ecsportal.steps.catalogue import get as get_step_type

FURTHEST_SCHEDULE = timedelta(days=30)


def refusals(
    release: Release, planned: Sequence[PlannedStep], *, skip_steps: Collection[str] = ()
) -> list[FieldError]:
    """Why the release can't be deployed as planned; `steps[0].inputs.cpu` and the like as paths."""
    errors = [*_without_target(planned), *_wrongly_skipped(release, planned, skip_steps)]
    if not errors and not any(step.runs for step in planned):
        errors = [FieldError("skip_steps", "No step is left that would run.", "nothing_to_do")]
    return errors + _wrong_inputs(release, planned)


def _without_target(planned: Sequence[PlannedStep]) -> list[FieldError]:
    return [
        FieldError(f"steps[{number}].target_tags", step.problem, "no_target")
        for number, step in enumerate(planned)
        if step.problem
    ]


def _wrongly_skipped(
    release: Release, planned: Sequence[PlannedStep], skip_steps: Collection[str]
) -> list[FieldError]:
    known = {step.slug for step in planned}
    errors = [
        FieldError("skip_steps", f"This release has no step {slug}.", "unknown")
        for slug in skip_steps
        if slug not in known
    ]
    errors += [
        FieldError("skip_steps", f"{step['name']} is required: it can't be left out.", "required")
        for step in release.process.steps
        if step.get("required") and step["slug"] in skip_steps
    ]
    return errors


def _wrong_inputs(release: Release, planned: Sequence[PlannedStep]) -> list[FieldError]:
    """What breaks a rule of its step type, of the steps that will run."""
    errors: list[FieldError] = []
    for number, step in enumerate(release.process.steps):
        if not planned[number].runs:
            continue
        try:
            problems = get_step_type(step["type"]).check(step["inputs"], step["version"])
        except UnknownStepTypeError:
            message = f'{step["name"]}: this portal has no step type "{step["type"]}" any more.'
            errors.append(FieldError(f"steps[{number}].type", message, "unknown"))
            continue
        errors += [
            FieldError(f"steps[{number}].inputs.{p.path}", p.message, p.code) for p in problems
        ]
    return errors


def wrong_values(
    release: Release,
    asked: list[AskedValue],
    given: Mapping[str, str] | None,
    retry_of: Deployment | None,
) -> list[FieldError]:
    """What is wrong with the prompted values; a retry has those of the deployment before it."""
    if retry_of and given is None:
        known = {fold(value["name"]) for value in retry_of.prompted}
        asked = [value for value in asked if fold(value.name) not in known]
    return check_given(asked, given or {}, project_name=release.project.name)


def wrong_times(not_before: datetime | None, expires_at: datetime | None) -> list[FieldError]:
    """What is wrong with the times to begin and to give up."""
    now = timezone.now()
    errors = []
    if not_before and not_before > now + FURTHEST_SCHEDULE:
        message = f"At most {FURTHEST_SCHEDULE.days} days ahead."
        errors.append(FieldError("not_before", message, "range"))
    if expires_at and expires_at <= max(now, not_before or now):
        after = "the start" if not_before and not_before > now else "now"
        errors.append(FieldError("expires_at", f"Choose a time after {after}.", "range"))
    return errors
