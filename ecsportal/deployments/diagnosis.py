"""Why a deployment failed, or waits for a decision: one card for each distinct cause.

Everything comes from what the engine stored with the runs: AWS forgets its evidence within an hour.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ecsportal.aws.causes import Mend
from ecsportal.deployments import sentences
from ecsportal.deployments.failed_targets import FailedRun
from ecsportal.deployments.mending import concerns_account, filled_answer, filled_button, needed_for
from ecsportal.deployments.models import Deployment, RunState, State, StepRun, TargetRun
from ecsportal.deployments.queries import accounts_of
from ecsportal.deployments.retrying import steps_of_every_attempt
from ecsportal.deployments.serving import Serving, serving
from ecsportal.ecs.failures import explain_exit_code
from ecsportal.steps.reasons import Evidence, folded, kept, of_place
from ecsportal.steps.stopped_tasks import counted_in
from ecsportal.web.moments import duration_words

MOST_ADVICE = 3
"""Things to do; one more where a stack that is still being created has to be told of first."""
NAMED = 4
"""Steps that a sentence names; of more it tells the number."""
_SENTENCE_END = re.compile(r"(?<=\.)\s+(?=[A-Z])")
_TELLING_CHARACTERS = 80
"""As much of a container's line as tells whether the cause quotes it."""

_ARRIVES = {
    Mend.STEP: ("new release", "A changed step needs a new release: a retry deploys {} as it is."),
    Mend.VARIABLES: (
        "Update variables",
        "Changed variables reach {} by Update variables on the release's page.",
    ),
}
"""How what is corrected gets into a deployment, since a release is frozen; and the words by which a
cause's own advice says so already."""

_SAID = {
    "ECS-VALIDATION": "Which inputs",
    "HTTP-CHECK-FAILED": "Request and answer",
    "PORTAL-ERROR": "In detail",
    "STEP-TIMEOUT": "In detail",
}
"""The heads over evidence that isn't AWS's, by the error's code."""

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
    url: str = ""
    """The whole of it in CloudWatch."""


@dataclass(frozen=True)
class Diagnosis:
    """One card."""

    message: str
    where: str
    code: str = ""
    advice: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    log: ContainerLog | None = None
    evidence: tuple[Evidence, ...] = ()
    """What was said, word for word, AWS's own where it is of AWS; equal reasons once."""
    serving: tuple[Serving, ...] = ()
    still_serving: str = ""
    """What serves, where no service's tasks are known."""
    stacks: tuple[StoredRow, ...] = ()
    step: str = ""
    """The failed step's slug; empty where none failed."""
    mend: Mend = Mend.RETRY
    """What to offer first; never `elsewhere`."""
    accounts: tuple[str, ...] = ()
    """The slugs of the AWS accounts that it is about: they, or what they may, are at fault."""
    waited_for: int | None = None
    """The deployment that one which never started waited for."""
    asks: bool = False
    """Somebody has to decide now: the answers to the question stand in the buttons' place."""

    @property
    def said(self) -> str:
        """Whose words the details are: the head over them."""
        return _SAID.get(self.code, "What AWS said")

    @property
    def needs(self) -> str:
        """The permission of who may press the filled button."""
        return str(needed_for(self.mend))

    @property
    def filled_answer(self) -> str:
        """The answer to fill while the deployment asks."""
        return filled_answer(self.mend)

    @property
    def report(self) -> str:
        """All of it as text, to be copied into a ticket."""
        facts = [f"{fact.label}: {fact.value} {fact.note}".rstrip() for fact in self.facts]
        served = [row.sentence for row in self.serving] or [self.still_serving]
        stacks = [
            f"Stack {row['name']}{row['where']}: {row['status'] or 'none was made'}"
            for row in self.stacks
        ]
        log = [f"Last lines of {self.log.container}:", *self.log.lines] if self.log else []
        said = [line for piece in self.evidence for line in _lines_of(piece)]
        parts = [[self.message, self.where], self.advice, facts, log, said, served, stacks]
        return "\n\n".join("\n".join(filter(None, part)) for part in parts if any(part))


def diagnoses(
    deployment: Deployment,
    steps: Sequence[StepRun],
    last_good: Deployment | None,
    last_success: Deployment | None,
) -> list[Diagnosis]:
    """The cards of a deployment that failed or never began, the first cause first; else none.

    Also of one that waits for somebody to decide about a failure: evidence is needed most then.
    `steps` have their targets prefetched; `last_good` is what to go back to, `last_success` what
    succeeded there last, maybe the same release.
    """
    asks = bool((deployment.question or {}).get("guided"))
    if not asks and deployment.state not in (State.FAILED, State.TIMED_OUT):
        return []
    causes = list(_by_cause(steps, asking=asks).values())
    again = steps_of_every_attempt(deployment)
    once = {n: step for n, step in enumerate(steps, start=1) if step.slug not in again}
    if causes:
        first = (deployment.question or {}).get("run") if asks else None
        causes.sort(key=lambda cause: all(run.pk != first for run in cause.runs))
        serves = sentences.still_serving(deployment, last_success)
        accounts = accounts_of(run for cause in causes if cause.is_of_account for run in cause.runs)
        return [
            _card(deployment, steps, once, cause, last_good, serves, accounts) for cause in causes
        ]
    if asks:
        return []
    error = deployment.error or {}
    return [
        Diagnosis(
            message=sentences.cause(deployment),
            where="",
            code=error.get("code", ""),
            advice=_advice(error.get("advice", ""), once),
            waited_for=error.get("waited_for"),
            still_serving=sentences.still_serving(deployment, last_success),
            mend=_mend(deployment, once, error.get("cause", ""), (), last_good),
        )
    ]


@dataclass
class _Cause:
    """What runs failed of."""

    number: int
    step: StepRun
    error: StoredRow
    runs: list[TargetRun] = field(default_factory=list)

    @property
    def is_of_account(self) -> bool:
        """Whether the runs' AWS accounts are at fault, or what they may."""
        return concerns_account(self.error.get("cause", ""))

    def accounts(self, account_of: Mapping[int, str]) -> tuple[str, ...]:
        """Their slugs, as far as the targets still exist; `account_of` by the target's id."""
        known = (account_of.get(run.target_id or 0) for run in self.runs)
        return tuple(sorted({slug for slug in known if slug}))


def _by_cause(steps: Sequence[StepRun], *, asking: bool) -> dict[tuple[str, str], _Cause]:
    """What the runs failed of; only those that ask, while a person is asked."""
    causes: dict[tuple[str, str], _Cause] = {}
    for number, step in enumerate(steps, start=1):
        for run in step.targets.all():
            if run.error and (not asking or (run.question or {}).get("guided")):
                said = FailedRun(step.slug, run.target_slug, run.target_name, run.error["message"])
                causes.setdefault(said.cause, _Cause(number, step, run.error)).runs.append(run)
    return causes


def _card(  # noqa: PLR0913 -- a card is made of all that is known
    deployment: Deployment,
    steps: Sequence[StepRun],
    once: Mapping[int, StepRun],
    cause: _Cause,
    last_good: Deployment | None,
    serves: str,
    account_of: Mapping[int, str],
) -> Diagnosis:
    error = cause.error
    task = _telling_task(cause)
    slug = error.get("cause", "")
    accounts = cause.accounts(account_of) if cause.is_of_account else ()
    mend = _mend(deployment, once, slug, cause.runs, last_good)
    if mend is Mend.ACCOUNT and not accounts:
        mend = Mend.RETRY
    version = deployment.release.version
    asks = deployment.question is not None
    most = MOST_ADVICE + _is_still_created(cause.runs)
    advice = _advice(error.get("advice", ""), {} if asks else once, mend, version, most=most)
    return Diagnosis(
        message=error["message"],
        where=_where(cause),
        code=str(error.get("code", "")),
        advice=advice,
        facts=_facts(task) if task else (),
        log=_container_log(task, error["message"]) if task else None,
        evidence=_evidence(cause),
        serving=serving(steps, cause.runs),
        still_serving=serves,
        stacks=_stacks(cause.runs),
        step=cause.step.slug,
        mend=mend,
        accounts=accounts,
        asks=asks,
    )


def _stacks(runs: Sequence[TargetRun]) -> tuple[StoredRow, ...]:
    """The runs' stacks; of several, which may well have one name, each with its target."""
    rows = [(run, run.resources["stack"]) for run in runs if run.resources.get("stack")]
    return tuple(
        stack | {"where": f" on {run.target_name}" if len(rows) > 1 else ""} for run, stack in rows
    )


def _is_still_created(runs: Iterable[TargetRun]) -> bool:
    """True where a run was ended early and its first stack was left to CloudFormation."""
    stacks = (run.resources.get("stack") or {} for run in runs)
    return any(stack.get("status") == "CREATE_IN_PROGRESS" for stack in stacks)


def _mend(
    deployment: Deployment,
    once: Mapping[int, StepRun],
    cause: str,
    runs: Sequence[TargetRun],
    last_good: Deployment | None,
) -> Mend:
    version = deployment.release.version
    mend = filled_button(cause, runs, once.values(), version=version, last_good=last_good)
    needs_run = mend in (Mend.STEP, Mend.ACCOUNT)
    return Mend.RETRY if needs_run and not runs else mend  # no step or account to edit


def _evidence(cause: _Cause) -> tuple[Evidence, ...]:
    """What was said of all its runs; on several targets each says on which."""
    said = [(run.target_name, kept(run.error or {})) for run in cause.runs]
    several = len(said) > 1
    return folded(
        piece
        for place, pieces in said
        for piece in (of_place(pieces, place) if several and place else pieces)
    )


def _lines_of(piece: Evidence) -> list[str]:
    """A piece of evidence for the report: its line, and under it what was counted into it."""
    return [piece.line] + [f"  {one.name or one.at}" for one in piece.each if piece.count > 1]


def _where(cause: _Cause) -> str:
    targets = ", ".join(run.target_name for run in cause.runs if run.target_name)
    tasks = (task for run in cause.runs for task in run.resources.get("failed_tasks") or ())
    failed = sum(counted_in(task) for task in tasks)
    said = f"Step {cause.number} {cause.step.name}{f' on {targets}' if targets else ''}."
    took = ""
    if cause.step.started_at and cause.step.finished_at:
        seconds = (cause.step.finished_at - cause.step.started_at).total_seconds()
        took = f" after {duration_words(seconds)}" if seconds >= 1 else ""
    if failed > 1:
        return f"{said} {failed} tasks failed; the step ended{took}."
    return f"{said} The step ended{took}." if took else said


def advice_steps(text: str) -> list[str]:
    """What to do, a sentence each."""
    return [part for part in _SENTENCE_END.split(text.strip()) if part]


def _advice(
    text: str,
    once: Mapping[int, StepRun],
    mend: Mend = Mend.RETRY,
    version: str = "",
    *,
    most: int = MOST_ADVICE,
) -> tuple[str, ...]:
    """At most so many things to do; the last say how a change arrives and what a retry leaves out.

    `once` are the steps that a retry leaves out where they succeeded, by their number.
    """
    said = advice_steps(text)
    words, arrives = _ARRIVES.get(mend, ("", ""))
    notes = [] if words in text else [arrives.format(version)]
    done = [
        f"{number} {step.name}" for number, step in once.items() if step.state == RunState.SUCCEEDED
    ]
    if done:
        several = "steps" if len(done) > 1 else "step"
        they = "they" if len(done) > 1 else "it"
        which = f"{several} {', '.join(done)}" if len(done) <= NAMED else f"{len(done)} steps"
        notes.append(f"A retry leaves out {which}: {they} succeeded.")
    return (*said[: most - len(notes)], *notes)


def _telling_task(cause: _Cause) -> StoredRow | None:
    """The stopped task that shows the cause best: of this cause, with its log, the first."""
    tasks = [task for run in cause.runs for task in run.resources.get("failed_tasks") or ()]
    slug = cause.error.get("cause")

    def telling(task: StoredRow) -> tuple[bool, bool]:
        return task.get("cause") == slug, bool(task.get("log"))

    return max(tasks, key=telling, default=None)


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
        url=task.get("log_url") or "",
    )
