"""Guided failure: a failed run waits until a person says how to go on (octopus-behaviours A6)."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from ecsportal.deployments.models import Deployment, RunState, SetAside, StepRun, TargetRun
from ecsportal.deployments.questions import ask
from ecsportal.infrastructure.models import Environment
from ecsportal.projects.models import GuidedFailure, Project
from ecsportal.steps.contract import Asks, StepError

RETRY, FAIL, IGNORE, EXCLUDE = "retry", "fail", "ignore", "exclude_target"
NOW = timedelta()


def is_guided(project: Project, environment: Environment, chosen: bool | None) -> bool:
    """Whether a failure asks: the deployment's choice, else the project's, else as there."""
    if chosen is not None:
        return chosen
    if project.guided_failure:
        return project.guided_failure == GuidedFailure.ON
    return environment.guided_failure


def ask_what_now(step: StepRun, run: TargetRun, error: StepError, *, required: bool) -> None:
    """Let the run wait; a required step can be neither ignored nor left out on a target."""
    where = f" on {run.target_name}" if run.target_name else ""
    answers = [RETRY, FAIL]
    if not required:
        answers += [IGNORE, EXCLUDE] if run.target_name else [IGNORE]
    ask(run, Asks(f"{step.name} failed{where}: {error.message}", tuple(answers), {}))
    run.question = {**(run.question or {}), "guided": True, "cause": error.message}


def begin_again(run: TargetRun, *, after: timedelta = NOW) -> None:
    """A new attempt: its tokens are new, its time begins anew."""
    run.attempt += 1
    run.state, run.runner_state, run.error, run.question = RunState.EXECUTING, {}, None, None
    run.announced = ""
    run.started_at = run.due_at = timezone.now() + after


def carry_out(deployment: Deployment, run: TargetRun, answer: str) -> None:
    """What somebody decided about the failed run, stored; call it inside the lease's commit."""
    if answer == RETRY:
        begin_again(run)
    else:
        run.state, run.question, run.due_at = RunState.FAILED, None, None
        run.finished_at = timezone.now()
        run.set_aside = {IGNORE: SetAside.IGNORED, EXCLUDE: SetAside.EXCLUDED}.get(answer, "")
    run.save()
    if answer == EXCLUDE:
        TargetRun.objects.filter(
            step_run__deployment=deployment,
            target_slug=run.target_slug,
            state=RunState.PENDING,
        ).update(
            state=RunState.SKIPPED,
            reason=f"Not run: {run.target_name} was excluded after {run.step_run.name} failed.",
        )
