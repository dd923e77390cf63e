"""Why a deployment failed, as its page tells it: one card for each distinct cause.

Everything comes from what the engine stored with the runs: AWS forgets its evidence within an hour.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ecsportal.deployments import sentences
from ecsportal.deployments.models import Deployment, RunState, State, StepRun, TargetRun
from ecsportal.ecs.failures import explain_exit_code
from ecsportal.web.moments import duration_words

MOST_ADVICE = 3
_SENTENCE_END = re.compile(r"(?<=\.)\s+(?=[A-Z])")
_TELLING_CHARACTERS = 80
"""As much of a container's line as tells whether the cause quotes it."""
SETTINGS_AT_FAULT = ("ECS-VALIDATION",)
"""Codes that only another setting mends: a link to the step is offered."""

StoredRow = dict[str, Any]
"""A row of `TargetRun.resources`, as the step's runner keeps it."""


@dataclass(frozen=True)
class Fact:
    """One row of the evidence; `kind` is text, code or arn."""

    label: str
    value: str
    note: str = ""
    kind: str = "text"


@dataclass(frozen=True)
class ContainerLog:
    """The last lines that a failed container wrote; `telling` is the one that names the cause."""

    container: str
    task: str
    lines: tuple[str, ...]
    telling: int | None
    end: str
    """What follows the last line: how the container ended."""


@dataclass(frozen=True)
class Serving:
    """A service with what serves its users now."""

    running: int
    desired: int
    sentence: str


@dataclass(frozen=True)
class Diagnosis:
    """One card."""

    message: str
    where: str
    code: str = ""
    advice: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    log: ContainerLog | None = None
    details: tuple[str, ...] = ()
    """AWS's own words, a line each."""
    serving: tuple[Serving, ...] = ()
    still_serving: str = ""
    """What serves, where no service's tasks are known."""
    stacks: tuple[StoredRow, ...] = ()
    step: str = ""
    """The failed step's slug, where its settings are at fault."""
    is_mixed: bool = False
    """Part of the release has arrived: going back is the first thing to offer."""

    @property
    def report(self) -> str:
        """All of it as text, to be copied into a ticket."""
        facts = [f"{fact.label}: {fact.value} {fact.note}".rstrip() for fact in self.facts]
        served = [row.sentence for row in self.serving] or [self.still_serving]
        stacks = [f"Stack {stack['name']}: {stack['status']}" for stack in self.stacks]
        log = [f"Last lines of {self.log.container}:", *self.log.lines] if self.log else []
        parts = [[self.message, self.where], self.advice, facts, log, self.details, served, stacks]
        return "\n\n".join("\n".join(filter(None, part)) for part in parts if any(part))


def diagnoses(
    deployment: Deployment, steps: Sequence[StepRun], last_good: Deployment | None
) -> list[Diagnosis]:
    """The cards of a deployment that failed or never began, the first cause first; else none.

    `steps` have their targets prefetched.
    """
    if deployment.state not in (State.FAILED, State.TIMED_OUT):
        return []
    causes = list(_by_cause(steps).values())
    if causes:
        return [_card(deployment, steps, cause, last_good) for cause in causes]
    return [
        Diagnosis(
            message=sentences.cause(deployment),
            where="",
            code=(deployment.error or {}).get("code", ""),
            advice=_advice("", steps),
            still_serving=sentences.still_serving(deployment, last_good),
            is_mixed=_is_mixed(steps),
        )
    ]


@dataclass
class _Cause:
    """What runs failed of."""

    number: int
    step: StepRun
    error: StoredRow
    runs: list[TargetRun] = field(default_factory=list)


def _by_cause(steps: Sequence[StepRun]) -> dict[tuple[str, str], _Cause]:
    causes: dict[tuple[str, str], _Cause] = {}
    for number, step in enumerate(steps, start=1):
        for run in step.targets.all():
            if run.error:
                key = (step.slug, run.error["message"])
                causes.setdefault(key, _Cause(number, step, run.error)).runs.append(run)
    return causes


def _card(
    deployment: Deployment,
    steps: Sequence[StepRun],
    cause: _Cause,
    last_good: Deployment | None,
) -> Diagnosis:
    error = cause.error
    task = _telling_task(cause)
    serving = _serving(deployment, steps, cause)
    code = str(error.get("code", ""))
    return Diagnosis(
        message=error["message"],
        where=_where(cause),
        code=code,
        advice=_advice(error.get("advice", ""), steps),
        facts=_facts(task) if task else (),
        log=_container_log(task, error["message"]) if task else None,
        details=tuple(error.get("details") or ()),
        serving=serving,
        still_serving=error.get("still_serving") or sentences.still_serving(deployment, last_good),
        stacks=tuple(run.resources["stack"] for run in cause.runs if run.resources.get("stack")),
        step=cause.step.slug if code in SETTINGS_AT_FAULT else "",
        is_mixed=_is_mixed(steps),
    )


def _where(cause: _Cause) -> str:
    targets = ", ".join(run.target_name for run in cause.runs if run.target_name)
    failed = sum(len(run.resources.get("failed_tasks") or ()) for run in cause.runs)
    said = f"Step {cause.number} {cause.step.name}{f' on {targets}' if targets else ''}."
    took = ""
    if cause.step.started_at and cause.step.finished_at:
        seconds = (cause.step.finished_at - cause.step.started_at).total_seconds()
        took = f" after {duration_words(seconds)}" if seconds >= 1 else ""
    if failed > 1:
        return f"{said} {failed} tasks failed; the step ended{took}."
    return f"{said} The step ended{took}." if took else said


def _advice(text: str, steps: Sequence[StepRun]) -> tuple[str, ...]:
    """At most three things to do; the last says what a retry leaves out."""
    said = [part for part in _SENTENCE_END.split(text.strip()) if part]
    done = [
        f"{number} {step.name}"
        for number, step in enumerate(steps, start=1)
        if step.state == RunState.SUCCEEDED
    ]
    if done:
        kept = said[: MOST_ADVICE - 1]
        several = "steps" if len(done) > 1 else "step"
        they = "they" if len(done) > 1 else "it"
        return (*kept, f"A retry leaves out {several} {', '.join(done)}: {they} succeeded.")
    return tuple(said[:MOST_ADVICE])


def _telling_task(cause: _Cause) -> StoredRow | None:
    """The stopped task that shows the cause best: of this cause, with its log, the newest."""
    tasks = [task for run in cause.runs for task in run.resources.get("failed_tasks") or ()]
    slug = cause.error.get("cause")

    def telling(task: StoredRow) -> tuple[bool, bool]:
        return task.get("cause") == slug, bool(task.get("log"))

    return max(reversed(tasks), key=telling, default=None)


def _facts(task: StoredRow) -> tuple[Fact, ...]:
    code = task.get("exit_code")
    reason, own_reason = task.get("reason") or "", task.get("container_reason") or ""
    facts = [
        Fact("Container", task.get("container") or ""),
        Fact("Exit code", "" if code is None else str(code), explain_exit_code(code or 0)),
        Fact("Stop code", task.get("stop_code") or "", kind="code"),
        Fact("Reason", reason),
        Fact("Container reason", "" if own_reason in reason else own_reason),
        Fact("Task", task.get("arn") or task.get("task") or "", kind="arn"),
        Fact("Revision", task.get("revision") or "", kind="code"),
    ]
    return tuple(fact for fact in facts if fact.value)


def _container_log(task: StoredRow, message: str) -> ContainerLog | None:
    lines = tuple(str(line) for line in task.get("log") or ())
    if not lines:
        return None
    quoted = [
        number
        for number, line in enumerate(lines)
        if line.strip() and line.strip()[:_TELLING_CHARACTERS] in message
    ]
    end = ""
    if task.get("exit_code") is not None:
        lived = task.get("lived_seconds")
        after = f" after {duration_words(lived)}" if lived is not None else ""
        end = f"Container exited with code {task['exit_code']}{after}"
    return ContainerLog(
        container=task.get("container") or "",
        task=task.get("task") or "",
        lines=lines,
        telling=quoted[-1] if quoted else None,
        end=end,
    )


def _serving(
    deployment: Deployment, steps: Sequence[StepRun], cause: _Cause
) -> tuple[Serving, ...]:
    """Every service that this deployment touched: first those of the cause, in its own words."""
    failed = [
        Serving(*_counts(service["revisions"]), said.get("still_serving") or _words(service))
        for run in cause.runs
        for service in _services(run)
        for said in (run.error or {},)
    ]
    others = [
        Serving(*_counts(service["revisions"]), _words(service))
        for step in steps
        for run in step.targets.all()
        if run not in cause.runs
        for service in _services(run)
    ]
    return tuple(row for row in failed + others if row.sentence)


def _services(run: TargetRun) -> Iterable[StoredRow]:
    return run.resources.get("services") or ()


def _counts(revisions: Sequence[StoredRow]) -> tuple[int, int]:
    """Tasks that run, and how many are wanted, over all revisions."""
    running = sum(row["running"] for row in revisions)
    return running, max(running, *(row["desired"] for row in revisions), 0)


def _words(service: StoredRow) -> str:
    """`1.4.2 serves api: 3 of 3 tasks running.`"""
    serving = [row for row in service["revisions"] if row["running"]]
    if not serving:
        return f"Nothing serves {service['name']}."
    versions = " and ".join(row["version"] or row["revision"] for row in serving)
    running, desired = _counts(service["revisions"])
    tasks = "task" if desired == 1 else "tasks"
    return f"{versions} serves {service['name']}: {running} of {desired} {tasks} running."


def _is_mixed(steps: Sequence[StepRun]) -> bool:
    """Part of it has arrived: a step or a target ended well and stays."""
    return any(run.state == RunState.SUCCEEDED for step in steps for run in step.targets.all())
