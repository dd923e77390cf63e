"""What the deployment's page shows of its state; the page and the live stream render the same."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from ecsportal.deployments.models import (
    RUN_FINAL_STATES,
    Deployment,
    Level,
    LogLine,
    RunState,
    StepRun,
    TargetRun,
)
from ecsportal.deployments.queries import expected_seconds, last_good_before, waiting_for
from ecsportal.web.moments import duration_words

LINES_ON_PAGE = 2_000
"""The newest lines that the page shows at first; older ones are in the raw log."""


@dataclass(frozen=True)
class Stage:
    """One step in the process picture and in the log's tree."""

    number: int
    run: StepRun
    state: str
    targets: list[TargetRun]
    note: str
    """What stands at its right: a reason, or nothing while times say enough."""

    @property
    def is_open(self) -> bool:
        """Running and failed nodes are open, the rest folded."""
        return self.state in (
            RunState.EXECUTING,
            RunState.WAITING,
            RunState.CANCELLING,
            RunState.FAILED,
        )


@dataclass(frozen=True)
class Clock:
    """How long it runs, and how long it usually takes; seconds."""

    elapsed: float
    expected: float | None
    is_running: bool

    @property
    def percent(self) -> int:
        """For the bar: full once the usual time is over."""
        if not self.is_running:
            return 100
        if not self.expected:
            return 0
        return min(100, int(100 * self.elapsed / self.expected))

    @property
    def sentence(self) -> str:
        """What follows the running time: "of about 7 min", "1 min longer than usual"."""
        if not self.expected or not self.is_running:
            return ""
        if self.elapsed > self.expected:
            return f"{duration_words(self.elapsed - self.expected)} longer than usual"
        return f"of about {duration_words(self.expected)}"


def state_context(deployment_id: int) -> dict[str, Any]:
    """Everything that `_state.html` shows, in a constant number of queries; no reader's rights in it."""
    deployment = Deployment.objects.select_related(
        "project", "environment", "release", "created_by"
    ).get(pk=deployment_id)
    steps = list(deployment.steps.prefetch_related("targets").order_by("position"))
    stages = [_stage(number, step) for number, step in enumerate(steps, start=1)]
    failed = deployment.error is not None and deployment.is_final
    return {
        "deployment": deployment,
        "stages": stages,
        "clock": _clock(deployment),
        "waiting_for": waiting_for(deployment),
        "last_good": last_good_before(deployment),
        "resources": [
            {"stage": stage, "run": run, **run.resources}
            for stage in stages
            for run in stage.targets
            if run.resources
        ],
        "outputs": [
            (stage.run.name, run.target_name, sorted(run.outputs.items()))
            for stage in stages
            for run in stage.targets
            if run.outputs
        ],
        "diagnosis": deployment.error if failed else None,
        "failed_stage": next((s for s in stages if s.state == RunState.FAILED), None),
        "now": timezone.now(),
    }


def log_context(deployment: Deployment) -> dict[str, Any]:
    """The newest lines by the node they belong to: `(step, target)` to lines."""
    lines = list(deployment.lines.order_by("-seq")[:LINES_ON_PAGE])
    by_node: dict[tuple[str, str], list[LogLine]] = defaultdict(list)
    for line in reversed(lines):
        by_node[line.step, line.target].append(line)
    # What the deployment itself says comes before its steps, and after them.
    own = by_node.pop(("", ""), [])
    first_of_steps = min(
        (node[0].seq for node in by_node.values()), default=deployment.last_seq + 1
    )
    return {
        "lines": by_node,
        "top_lines": [line for line in own if line.seq < first_of_steps],
        "end_lines": [line for line in own if line.seq >= first_of_steps],
        "last_seq": lines[0].seq if lines else 0,
        "left_out": max(0, deployment.last_seq - len(lines)),
        "verbose_count": sum(line.level == Level.VERBOSE for line in lines),
    }


def _stage(number: int, step: StepRun) -> Stage:
    targets = list(step.targets.all())
    states = {run.state for run in targets}
    state = step.state
    if state == RunState.EXECUTING:
        state = next((s for s in (RunState.WAITING, RunState.CANCELLING) if s in states), state)
    return Stage(
        number=number,
        run=step,
        state=state,
        targets=targets,
        note=step.reason if state in RUN_FINAL_STATES else "",
    )


def _clock(deployment: Deployment) -> Clock:
    started: datetime | None = deployment.started_at
    end = deployment.finished_at or timezone.now()
    return Clock(
        elapsed=(end - started).total_seconds() if started else 0,
        expected=expected_seconds(deployment),
        is_running=started is not None and not deployment.is_final,
    )
