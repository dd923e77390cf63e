"""Which steps begin now, and which are passed over: a pure decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecsportal.deployments.models import RUN_FINAL_STATES, RunState, StepRun


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
    is_true: Callable[[str], bool],
) -> list[tuple[StepRun, Decision]]:
    """The pending steps that begin or end now, in order.

    A step begins once all before it have ended; one that starts "with previous" begins together
    with the step before it. `is_true` evaluates the expression of a step's condition.
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
                decisions.append((step, _by_expression(is_true(process[step.slug]["expression"]))))
            else:
                decisions.append((step, _decide(condition, failed)))
    return decisions


def _by_expression(true: bool) -> Decision:
    if true:
        return Decision(RunState.EXECUTING)
    return Decision(RunState.SKIPPED, "Not run: its condition isn't true.")


def _decide(condition: str, failed: bool) -> Decision:
    if condition == "always" or (condition == "failure") == failed:
        return Decision(RunState.EXECUTING)
    if failed:
        return Decision(RunState.SKIPPED, "Not run: a step before it failed.")
    return Decision(RunState.SKIPPED, "Not run: it runs only after a failure, and nothing failed.")
