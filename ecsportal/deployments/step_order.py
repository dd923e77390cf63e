"""Which steps begin now, and which are passed over: a pure decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecsportal.deployments.models import RUN_FINAL_STATES, RunState, StepRun, TargetRun


@dataclass(frozen=True)
class Decision:
    """The state that a pending step gets now, and why where it isn't run."""

    state: str
    reason: str = ""


def next_steps(
    steps: Sequence[StepRun],
    process: Mapping[str, Mapping[str, Any]],
    *,
    cancelling: bool,
    why_not: Callable[[str], str],
) -> list[tuple[StepRun, Decision]]:
    """The pending steps that begin or end now, in order.

    A step begins once all before it have ended; one that starts "with previous" begins together
    with the step before it. `why_not` says why the expression of a
    step's condition isn't true; empty where it is.
    """
    decisions = []
    failed = False
    earlier_ended = True
    for number, step in enumerate(steps):
        with_previous = number > 0 and process[step.slug].get("start") == "with_previous"
        if not with_previous:
            earlier_ended = all(before.state in RUN_FINAL_STATES for before in steps[:number])
            failed = any(before.state == RunState.FAILED for before in steps[:number])
        if step.state != RunState.PENDING:
            continue
        if cancelling:
            decisions.append((step, Decision(RunState.CANCELLED, "Not started: cancelled before.")))
        elif earlier_ended:
            condition = process[step.slug].get("condition", "success")
            if condition == "expression":
                decisions.append((step, _by_expression(why_not(process[step.slug]["expression"]))))
            else:
                decisions.append((step, _decide(condition, failed)))
    return decisions


def next_runs(
    runs: Sequence[TargetRun], *, window: int | None, cancelling: bool
) -> list[tuple[TargetRun, Decision]]:
    """The pending runs of a running step that begin or end now.

    Without a window all begin together; with one at most so many run at a time, and the first
    failure ends the step for those that haven't begun.
    """
    pending = [run for run in runs if run.state == RunState.PENDING]
    failed = next((run for run in runs if _has_failed(run)), None)
    if cancelling:
        decision = Decision(RunState.CANCELLED, "Not started: cancelled before.")
        return [(run, decision) for run in pending]
    if failed:
        words = f"Not started: {failed.target_name} failed, and the step rolls on only after "
        decision = Decision(RunState.SKIPPED, f"{words}a success.")
        return [(run, decision) for run in pending]
    if any(run.error and run.state == RunState.WAITING for run in runs):
        return []  # a failure that somebody still decides about
    if window is not None:
        under_way = sum(run.state not in (RunState.PENDING, *RUN_FINAL_STATES) for run in runs)
        pending = pending[: max(0, window - under_way)]
    return [(run, Decision(RunState.EXECUTING)) for run in pending]


def end_state(runs: Sequence[TargetRun]) -> str:
    """The state of a step whose runs have all ended; a failure that was set aside is none."""
    states = {RunState.SUCCEEDED if run.set_aside else run.state for run in runs}
    worst = (RunState.FAILED, RunState.CANCELLED, RunState.SUCCEEDED)
    return next((state for state in worst if state in states), RunState.SKIPPED)


def _has_failed(run: TargetRun) -> bool:
    return run.state == RunState.FAILED and not run.set_aside


def _by_expression(why_not: str) -> Decision:
    if why_not:
        return Decision(RunState.SKIPPED, f"Not run: {why_not}.")
    return Decision(RunState.EXECUTING)


def _decide(condition: str, failed: bool) -> Decision:
    if condition == "always" or (condition == "failure") == failed:
        return Decision(RunState.EXECUTING)
    if failed:
        return Decision(RunState.SKIPPED, "Not run: a step before it failed.")
    return Decision(RunState.SKIPPED, "Not run: it runs only after a failure, and nothing failed.")
