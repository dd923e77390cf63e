"""What a cancel would do now, said before it is pressed (ux.md section 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery

from ecsportal.deployments.models import (
    RUN_FINAL_STATES,
    Deployment,
    RunState,
    State,
    StepRun,
    TargetRun,
)


@dataclass(frozen=True)
class CancelPlan:
    """The dialog's words; `abandons` where the cancel is on and only the wait would end."""

    title: str
    sentences: tuple[str, ...]
    button: str
    abandons: bool = False


RanBefore = Mapping[tuple[str, str], str]
"""The release that a step brought to a target last, by their slugs; empty text for no target."""


def cancel_plan(deployment: Deployment, steps: Sequence[StepRun]) -> CancelPlan:
    """`steps` in order, with their targets prefetched."""
    if deployment.state == State.QUEUED:
        words = ("It hasn't started. Nothing in AWS changes.",)
        return CancelPlan("Cancel this deployment?", words, "Cancel the deployment")
    # A stack of the same name runs in each target's cluster: with several, each says which.
    several = any(len(step.targets.all()) > 1 for step in steps)
    if deployment.state == State.CANCELLING:
        return CancelPlan(
            "Stop waiting for the cancel?",
            tuple(
                _goes_on(number, step, run, several=several)
                for number, step, run in _under_way(steps)
            ),
            "Stop waiting",
            abandons=True,
        )
    under_way = _under_way(steps)
    before = ran_before(deployment, [run for _, _, run in under_way])
    return CancelPlan(
        "Cancel this deployment?",
        (
            *(
                _undone(number, step, run, before.get(_place(step, run), ""), several=several)
                for number, step, run in under_way
            ),
            *_stays(steps),
            *_failed_already(under_way),
        ),
        _button({before.get(_place(step, run), "") for _, step, run in under_way if _updates(run)}),
    )


def ran_before(deployment: Deployment, runs: Sequence[TargetRun]) -> RanBefore:
    """What CloudFormation goes back to: the newest release that each run's step brought there.

    Of the step, not of the whole deployment: one that failed later, or left steps out, has
    brought some, and the same release may be deployed again.
    """
    if not any(_updates(run) for run in runs):
        return {}
    succeeded = TargetRun.objects.filter(
        step_run__deployment__project_id=deployment.project_id,
        step_run__deployment__environment_id=deployment.environment_id,
        step_run__deployment__lt=deployment.pk,
        state=RunState.SUCCEEDED,
        target_slug=OuterRef("target_slug"),
        step_run__slug=OuterRef("step_run__slug"),
    ).order_by("-pk")
    newest = Subquery(succeeded.values("step_run__deployment__release__version")[:1])
    rows = TargetRun.objects.filter(pk__in=[run.pk for run in runs]).annotate(version=newest)
    return {
        (slug, target): version or ""
        for slug, target, version in rows.values_list("step_run__slug", "target_slug", "version")
    }


def _place(step: StepRun, run: TargetRun) -> tuple[str, str]:
    return step.slug, run.target_slug


def _updates(run: TargetRun) -> bool:
    return bool(run.announced) and _status(run) == "UPDATE_IN_PROGRESS"


def _button(versions: set[str]) -> str:
    if len(versions) == 1 and (version := next(iter(versions))):
        return f"Cancel and go back to {version}"
    return "Cancel the deployment"


def _under_way(steps: Sequence[StepRun]) -> list[tuple[int, StepRun, TargetRun]]:
    return [
        (number, step, run)
        for number, step in enumerate(steps, start=1)
        for run in step.targets.all()
        if run.state not in (RunState.PENDING, *RUN_FINAL_STATES)
    ]


def _status(run: TargetRun) -> str:
    return str((run.resources.get("stack") or {}).get("status") or "")


def _undone(number: int, step: StepRun, run: TargetRun, before: str, *, several: bool) -> str:
    status = _status(run)
    where = f" on {run.target_name}" if run.target_name else ""
    if not run.resources.get("stack"):
        return _undone_without_stack(f"{number} {step.name}{where}", run)
    if not run.announced:
        stays = "stays as it is" if status else "isn't created"
        stack = f"stack {run.resources['stack']['name']}"
        return f"{number} {step.name}{where} has changed nothing yet: {stack} {stays}."
    stack = f"stack {run.resources['stack']['name']}{where if several else ''}"
    named = f"{stack[0].upper()}{stack[1:]}"
    if status in ("", "CREATE_IN_PROGRESS"):
        return f"{named} is being created: it is deleted again."
    if status == "DELETE_COMPLETE":
        return f"{named} is deleted; nothing is created afterwards."
    if status == "DELETE_IN_PROGRESS":
        return f"{named} is being deleted, which can't be stopped; nothing is created afterwards."
    if status.endswith("ROLLBACK_IN_PROGRESS"):
        return f"{named} goes back already: that is followed to its end."
    if status.endswith("IN_PROGRESS"):
        ran = f"{before}, which" if before else "what ran before, which"
        return f"CloudFormation takes {stack} back to {ran} keeps serving meanwhile."
    return f"{named} is in {status}: what it holds stays."


def _undone_without_stack(named: str, run: TargetRun) -> str:
    services = run.resources.get("services")
    if run.announced == "run":
        return f"{named} is stopped, and so is the task that it runs."
    if not services:
        return f"{named} is stopped."
    service = services[0]["name"]
    if run.announced == "update":
        return f"{named}: service {service} goes back to what ran before."
    if run.announced == "back":
        return f"{named}: service {service} goes back already: that is followed to its end."
    return f"{named} has changed nothing yet: service {service} stays as it is."


def _goes_on(number: int, step: StepRun, run: TargetRun, *, several: bool) -> str:
    status = _status(run)
    where = f" on {run.target_name}" if run.target_name else ""
    if not status:
        return f"{number} {step.name}{where} goes on without anybody watching."
    name = run.resources["stack"]["name"]
    on = where if several else ""
    return f"Stack {name}{on} is in {status} and goes on without anybody watching."


def _stays(steps: Sequence[StepRun]) -> list[str]:
    """What has ended, and what isn't begun; of a step that runs, on which of its targets."""
    sentences = []
    for number, step in enumerate(steps, start=1):
        named = f"{number} {step.name}"
        if step.state == RunState.SUCCEEDED:
            sentences.append(f"{named} has ended and stays as it is.")
        elif step.state == RunState.PENDING:
            sentences.append(f"{named} isn't started.")
        elif step.state not in RUN_FINAL_STATES:
            done = _names(step, RunState.SUCCEEDED)
            if done:
                sentences.append(f"{named} has ended on {done}: there it stays as it is.")
            left = _names(step, RunState.PENDING)
            if left:
                sentences.append(f"{named} isn't started on {left}.")
    return sentences


def _failed_already(under_way: Sequence[tuple[int, StepRun, TargetRun]]) -> list[str]:
    """Where somebody is asked about a failure: a cancel doesn't undo that it failed."""
    failed = [row for row in under_way if row[2].state == RunState.WAITING and row[2].error]
    if not failed:
        return []
    number, step, run = failed[0]
    where = f" on {run.target_name}" if run.target_name else ""
    return [f"It ends as failed, because {number} {step.name} failed{where}."]


def _names(step: StepRun, state: RunState) -> str:
    """`shop-east and shop-west`: the step's targets in this state."""
    names = [run.target_name for run in step.targets.all() if run.state == state]
    *most, last = names or [""]
    return f"{', '.join(most)} and {last}" if most else last
