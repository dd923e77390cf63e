"""The rows of a new deployment: its steps, and each on its targets."""

from __future__ import annotations

from collections.abc import Sequence

from ecsportal.deployments.models import Deployment, RunState, StepRun, TargetRun
from ecsportal.deployments.plan import PlannedStep
from ecsportal.deployments.retrying import kept_again, left_out, told_left_out


def add_runs(deployment: Deployment, planned: list[PlannedStep], kept: Sequence[TargetRun]) -> None:
    """Store the planned steps with their targets; what a retried one `kept` stays as it is."""
    earlier = f"Succeeded in deployment {deployment.retry_of_id}."
    done = {(run.step_run.slug, run.target_slug) for run in kept}
    kept_steps = {slug for slug, _ in done}
    steps = StepRun.objects.bulk_create(
        StepRun(
            deployment=deployment,
            position=position,
            slug=step.slug,
            name=step.name,
            type=step.type,
            version=step.version,
            state=RunState.SKIPPED if step.skipped else RunState.PENDING,
            reason=earlier if step.skipped and step.slug in kept_steps else step.skipped,
        )
        for position, step in enumerate(planned)
    )
    runs = [
        run
        for step, step_run in zip(planned, steps, strict=True)
        for run in _runs_of(step, step_run)
        if (step.slug, run.target_slug) not in done
    ]
    if deployment.retry_of:
        runs += kept_again(steps, kept, deployment.retry_of)
        left = left_out(deployment.retry_of, planned, kept)
        runs += told_left_out(steps, left, deployment.retry_of)
    TargetRun.objects.bulk_create(runs)


def _runs_of(step: PlannedStep, step_run: StepRun) -> list[TargetRun]:
    """A new run for each target; a single one, without target, where the step has none."""
    if step.runs and not step.runs_on_targets:
        return [TargetRun(step_run=step_run)]
    return [
        TargetRun(
            step_run=step_run,
            target=target,
            target_slug=target.slug,
            target_name=target.name,
            region=target.region,
        )
        for target in step.targets
    ]
