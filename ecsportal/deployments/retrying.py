"""What a retry leaves out because it succeeded, and when there may be none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ecsportal.deployments.models import (
    Deployment,
    RunState,
    State,
    StepRun,
    TargetRun,
)
from ecsportal.deployments.plan import PlannedStep
from ecsportal.problems import Conflict, FieldError


def refuse_retry(deployment: Deployment) -> None:
    """Raise Conflict while the deployment runs, or once another one has taken it up."""
    if not deployment.is_final:
        raise Conflict(f"Deployment {deployment.pk} hasn't ended yet.", code="NOT_FINISHED")
    again = retried_by(deployment)
    if again is None:
        return
    words = {
        State.SUCCEEDED: "and it succeeded. Deploy the release again instead",
        State.FAILED: "and it failed. Retry that one",
        State.CANCELLED: "and it was cancelled. Retry that one",
    }.get(State(again.state), "which hasn't ended yet. Wait for it, or cancel it")
    raise Conflict(
        f"Deployment {deployment.pk} was retried by deployment {again.pk}, {words}.",
        code="ALREADY_RETRIED",
        retried_by=again.pk,
    )


def retried_by(deployment: Deployment) -> Deployment | None:
    """The retry that took this deployment up; one that ended before it began doesn't count."""
    retries = Deployment.objects.filter(retry_of=deployment)
    ended_unbegun = retries.filter(
        started_at=None, state__in=(State.CANCELLED, State.TIMED_OUT)
    ).values("pk")
    return retries.exclude(pk__in=ended_unbegun).order_by("-pk").first()


def kept_runs(deployment: Deployment) -> list[TargetRun]:
    """What succeeded in it, on each target by itself, or in the one that it retried.

    Not what nobody waited for and failed later.
    """
    again = steps_of_every_attempt(deployment)
    late = failed_later(deployment)
    runs = TargetRun.objects.filter(step_run__deployment=deployment).select_related("step_run")
    return [
        run
        for run in runs
        if (run.state == RunState.SUCCEEDED or run.kept_from_id)
        and run.step_run.slug not in again
        and (run.step_run.slug, run.target_slug) not in late
    ]


def failed_later(deployment: Deployment) -> set[tuple[str, str]]:
    """Steps and targets, by their slugs, whose failure became known after the end."""
    error = deployment.late_error or {}
    places = error.get("places") or [error] if error else []
    return {(place.get("step", ""), place.get("target", "")) for place in places}


def steps_of_every_attempt(deployment: Deployment) -> frozenset[str]:
    """Slugs of the steps that a retry never leaves out: they clean up after what it does."""
    steps = deployment.release.process.steps
    return frozenset(
        step["slug"] for step in steps if step.get("condition") in ("failure", "always")
    )


def wholly_kept(deployment: Deployment, kept: Sequence[TargetRun]) -> list[str]:
    """Slugs of the steps of which nothing is left to do."""
    pks = {run.pk for run in kept}
    steps = deployment.steps.prefetch_related("targets")
    runs = {step.slug: {run.pk for run in step.targets.all()} for step in steps}
    return [slug for slug, of_step in runs.items() if of_step and of_step <= pks]


def left_out(
    retried: Deployment, planned: Sequence[PlannedStep], kept: Sequence[TargetRun]
) -> list[TargetRun]:
    """What did not succeed in it, on targets that a retry as planned doesn't go to any more."""
    late = failed_later(retried)
    kept_pks = {run.pk for run in kept}
    going = {step.slug: {target.slug for target in step.targets} for step in planned if step.runs}
    runs = TargetRun.objects.filter(step_run__deployment=retried).exclude(target_slug="")
    return [
        run
        for run in runs.select_related("step_run", "target").order_by("pk")
        if run.step_run.slug in going
        and run.target_slug not in going[run.step_run.slug]
        and run.pk not in kept_pks
        and not run.kept_from_id
        and (run.state != RunState.SUCCEEDED or (run.step_run.slug, run.target_slug) in late)
    ]


def nothing_left(
    retried: Deployment, planned: Sequence[PlannedStep], kept: Sequence[TargetRun]
) -> list[FieldError]:
    """Why a retry is refused that would do nothing, since what failed has no target any more."""
    done = {(run.step_run.slug, run.target_slug) for run in kept}
    does = any(
        step.runs and (not step.runs_on_targets or (step.slug, target) not in done)
        for step in planned
        for target in ([each.slug for each in step.targets] or [""])
    )
    if does:
        return []
    gone = {run.target_name: _why_gone(run) for run in left_out(retried, planned, kept)}
    if not gone:
        return []
    whys = ", ".join(f"{name} {why}" for name, why in gone.items())
    message = (
        f"Nothing is left to retry: {whys}. Set that right and retry, or deploy the release again:"
        " it goes to the targets that match now."
    )
    return [FieldError("targets", message, "nothing_to_do")]


def _why_gone(run: TargetRun) -> str:
    if run.target is None:
        return "was deleted"
    return "is disabled" if run.target.disabled else "isn't among the step's targets any more"


def told_left_out(
    steps: Sequence[StepRun], left: Sequence[TargetRun], earlier: Deployment
) -> list[TargetRun]:
    """The runs that tell what a retry leaves out without its having succeeded."""
    by_slug = {step.slug: step for step in steps}
    return [
        _skipped(
            by_slug[run.step_run.slug],
            run,
            warnings=True,
            reason=f"Left out: {run.target_name} {_why_gone(run)}. It had not succeeded in"
            f" deployment {earlier.pk}.",
        )
        for run in left
    ]


def kept_again(
    steps: Sequence[StepRun], kept: Sequence[TargetRun], earlier: Deployment
) -> list[TargetRun]:
    """The runs that succeeded before, for the retry's steps, with their outputs."""
    by_slug = {step.slug: step for step in steps}
    return [
        _skipped(
            by_slug[run.step_run.slug],
            run,
            reason=f"Succeeded in deployment {run.kept_from_id or earlier.pk}.",
            kept_from_id=run.kept_from_id or earlier.pk,
            outputs=run.outputs,
            secret_outputs=run.secret_outputs,
            stack_name=run.stack_name,
            stack_id=run.stack_id,
        )
        for run in kept
    ]


def _skipped(step: StepRun, earlier: TargetRun, **more: Any) -> TargetRun:
    """A run of a retry's step that goes nowhere, on the target of an earlier one."""
    return TargetRun(
        step_run=step,
        target_id=earlier.target_id,
        target_slug=earlier.target_slug,
        target_name=earlier.target_name,
        region=earlier.region,
        state=RunState.SKIPPED,
        **more,
    )
