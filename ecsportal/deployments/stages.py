"""A step of a deployment as its page shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone

from ecsportal.deployments.models import RUN_FINAL_STATES, RunState, SetAside, StepRun, TargetRun
from ecsportal.web.moments import duration_words


def look_of(state: str, runs: Iterable[TargetRun]) -> str:
    """How a step or a run of it shows: what nobody has seen to end is `accepted` alone."""
    is_open = state == RunState.SUCCEEDED and any(run.unverified for run in runs)
    return "accepted" if is_open else state


def left_behind(stages: Sequence[Stage]) -> list[str]:
    """What a cancel left in AWS, as the runs say it that it stopped; each sentence once."""
    runs = (run for stage in stages for run in stage.targets)
    said = (run.reason for run in runs if run.state == RunState.CANCELLED and run.started_at)
    return list(dict.fromkeys(filter(None, said)))


def set_aside_words(stages: Sequence[Stage]) -> list[str]:
    """Where a step failed and a person let the deployment go on: what happened, what serves."""
    return [
        " ".join(filter(None, (_went_on(stage, run), error.get("still_serving"))))
        for stage in stages
        for run in stage.targets
        if run.set_aside
        for error in (run.error or {},)
    ]


def _went_on(stage: Stage, run: TargetRun) -> str:
    where = f" on {run.target_name}" if run.target_name else ""
    then = "the target was excluded" if run.set_aside == SetAside.EXCLUDED else "that was ignored"
    return f"{stage.number} {stage.run.name} failed{where}, and {then}: {_message(run)}"


def _message(run: TargetRun) -> str:
    message = str((run.error or {}).get("message") or "its task log says why")
    return message if message.endswith((".", "!", "?")) else f"{message}."


def held_up_words(stages: Sequence[Stage]) -> list[str]:
    """What each run waits for whose stack is busy with somebody else's operation."""
    return [
        f"Stack {stack['name']}{f' on {run.target_name}' if run.target_name else ''} is busy:"
        f" {stack['waits_for']}. This deployment goes on when that ends; cancelling it changes"
        " nothing there."
        for stage in stages
        for run in stage.targets
        if run.state == RunState.EXECUTING
        and (stack := run.resources.get("stack") or {}).get("waits_for")
    ]


@dataclass(frozen=True)
class Stage:
    """One step in the process picture and in the log's tree."""

    number: int
    run: StepRun
    state: str
    targets: list[TargetRun]
    note: str
    """What stands at its right: a reason, or nothing while times say enough."""
    expected: float | None = None
    """Seconds that it usually takes here; None where it never ended well."""

    @property
    def on_targets(self) -> list[TargetRun]:
        """Its runs that have a node of their own; a step without targets says all itself."""
        return [run for run in self.targets if run.target_slug]

    @property
    def look(self) -> str:
        """How it shows in picture and tree."""
        return look_of(self.state, self.targets)

    @property
    def is_running(self) -> bool:
        """True while its time counts."""
        return bool(self.run.started_at and not self.run.finished_at)

    @property
    def never_ran(self) -> bool:
        """True once it is certain that it doesn't run: its usual time would promise something."""
        return self.state in RUN_FINAL_STATES and self.run.started_at is None

    @property
    def waits(self) -> bool:
        """True while a person is asked: no usual time is told then."""
        return self.state == RunState.WAITING

    @property
    def time_words(self) -> str:
        """What follows the running time, as the clock of the whole deployment says it."""
        if not self.expected or not self.run.started_at or self.waits:
            return ""
        elapsed = (timezone.now() - self.run.started_at).total_seconds()
        if elapsed > self.expected:
            return f", usually {duration_words(self.expected)}"
        return f" of about {duration_words(self.expected)}"

    @property
    def rollbacks(self) -> list[TargetRun]:
        """Its runs that went back to what ran before."""
        return [run for run in self.targets if run.resources.get("rollback")]

    def folds(self, run: TargetRun) -> bool:
        """True for a target that went well, or wasn't begun, beside one that failed."""
        return self.state == RunState.FAILED and run.state in (RunState.SUCCEEDED, RunState.SKIPPED)

    @property
    def is_open(self) -> bool:
        """Running and failed nodes are open, the rest folded."""
        return self.state in (
            RunState.EXECUTING,
            RunState.WAITING,
            RunState.CANCELLING,
            RunState.FAILED,
        )
