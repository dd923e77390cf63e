"""What a cancel would do now, said before it is pressed (ux.md section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


def cancel_plan(
    deployment: Deployment, steps: Sequence[StepRun], last_good: Deployment | None
) -> CancelPlan:
    """`steps` in order, with their targets prefetched."""
    if deployment.state == State.QUEUED:
        words = ("It hasn't started. Nothing in AWS changes.",)
        return CancelPlan("Cancel this deployment?", words, "Cancel the deployment")
    if deployment.state == State.CANCELLING:
        return CancelPlan(
            "Stop waiting for the cancel?",
            tuple(_goes_on(number, step, run) for number, step, run in _under_way(steps)),
            "Stop waiting",
            abandons=True,
        )
    under_way = _under_way(steps)
    before = last_good.release.version if last_good else ""
    goes_back = before and any(
        run.announced and _status(run) == "UPDATE_IN_PROGRESS" for _, _, run in under_way
    )
    return CancelPlan(
        "Cancel this deployment?",
        (
            *(_undone(number, step, run, before) for number, step, run in under_way),
            *_stays(steps),
        ),
        f"Cancel and go back to {before}" if goes_back else "Cancel the deployment",
    )


def _under_way(steps: Sequence[StepRun]) -> list[tuple[int, StepRun, TargetRun]]:
    return [
        (number, step, run)
        for number, step in enumerate(steps, start=1)
        for run in step.targets.all()
        if run.state not in (RunState.PENDING, *RUN_FINAL_STATES)
    ]


def _status(run: TargetRun) -> str:
    return str((run.resources.get("stack") or {}).get("status") or "")


def _undone(number: int, step: StepRun, run: TargetRun, before: str) -> str:
    status = _status(run)
    where = f" on {run.target_name}" if run.target_name else ""
    if not run.resources.get("stack"):
        return _undone_without_stack(f"{number} {step.name}{where}", run)
    stack = f"stack {run.resources['stack']['name']}"
    named = f"{stack[0].upper()}{stack[1:]}"
    if not run.announced:
        stays = "stays as it is" if status else "isn't created"
        return f"{number} {step.name}{where} has changed nothing yet: {stack} {stays}."
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


def _goes_on(number: int, step: StepRun, run: TargetRun) -> str:
    status = _status(run)
    if not status:
        return f"{number} {step.name} goes on without anybody watching."
    name = run.resources["stack"]["name"]
    return f"Stack {name} is in {status} and goes on without anybody watching."


def _stays(steps: Sequence[StepRun]) -> list[str]:
    sentences = []
    for number, step in enumerate(steps, start=1):
        if step.state == RunState.SUCCEEDED:
            sentences.append(f"{number} {step.name} has ended and stays as it is.")
        elif step.state == RunState.PENDING:
            sentences.append(f"{number} {step.name} isn't started.")
    return sentences
