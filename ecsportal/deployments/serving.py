"""What serves users where a deployment has changed services, from what its runs stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ecsportal.deployments.models import StepRun, TargetRun


@dataclass(frozen=True)
class Serving:
    """A service with what serves its users now."""

    running: int
    desired: int
    sentence: str


def serving(steps: Sequence[StepRun], failed: Collection[TargetRun]) -> tuple[Serving, ...]:
    """Every service that the steps touched: first those of the failed runs, in their own words.

    A run that failed without a look at the end tells what it saw last, as such. A service of one
    name runs on each target: where there are several, each says on which.
    """
    runs = [run for step in steps for run in step.targets.all()]
    several = len({run.target_slug for run in runs if run.target_slug}) > 1
    first = [
        Serving(
            *_counts(service["revisions"]),
            _placed(_own_words(run) or _last_seen(service), run, several=several),
        )
        for run in failed
        for service in _services(run)
    ]
    first += [
        Serving(0, 0, _placed(_own_words(run), run, several=several))
        for run in failed
        if not run.resources.get("services")
    ]
    others = [
        Serving(*_counts(service["revisions"]), _placed(_words(service), run, several=several))
        for run in runs
        if run not in failed
        for service in _services(run)
    ]
    return tuple(row for row in first + others if row.sentence)


def what_serves(steps: Sequence[StepRun], failed: TargetRun) -> str:
    """The first of that in one sentence, for the cell and the API; empty where nobody looked."""
    rows = serving(steps, [failed])
    return rows[0].sentence if rows else ""


def _own_words(run: TargetRun) -> str:
    """What the run's step said of it at its end; empty where it didn't look."""
    return str((run.error or {}).get("still_serving", ""))


def _placed(sentence: str, run: TargetRun, *, several: bool) -> str:
    """`On shop-east: 1.4.2 serves api.`"""
    return f"On {run.target_name}: {sentence}" if several and sentence else sentence


def _services(run: TargetRun) -> Iterable[dict[str, Any]]:
    return run.resources.get("services") or ()


def _counts(revisions: Sequence[dict[str, Any]]) -> tuple[int, int]:
    """Tasks that run, and how many are wanted, over all revisions."""
    running = sum(row["running"] for row in revisions)
    return running, max(running, *(row["desired"] for row in revisions), 0)


def _words(service: dict[str, Any]) -> str:
    """`1.4.2 serves api: 3 of 3 tasks running.`"""
    versions, tasks = _running(service)
    if not versions:
        return f"Nothing serves {service['name']}."
    return f"{versions} serves {service['name']}: {tasks} running."


def _last_seen(service: dict[str, Any]) -> str:
    """`When last seen, 1.4.1 served api: 3 of 3 tasks running.`"""
    versions, tasks = _running(service)
    if not versions:
        return f"When last seen, nothing served {service['name']}."
    return f"When last seen, {versions} served {service['name']}: {tasks} running."


def _running(service: dict[str, Any]) -> tuple[str, str]:
    """`1.4.1 and 1.4.2`, `3 of 3 tasks`; no versions where no task runs."""
    active = [row for row in service["revisions"] if row["running"]]
    versions = " and ".join(row["version"] or row["revision"] for row in active)
    running, desired = _counts(service["revisions"])
    return versions, f"{running} of {desired} {'task' if desired == 1 else 'tasks'}"
