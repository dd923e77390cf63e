"""Calling the runners of the targets that are due, side by side, and storing what they say.

Looks run in a small thread pool that never touches the database; only the engine's thread writes,
each result in one transaction of its own: state, log lines, resources, intent, together or not at
all. While the pool works, the lease is renewed.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from typing import cast

import structlog
from django.conf import settings
from django.utils import timezone

from ecsportal.deployments import prepared_runs
from ecsportal.deployments.evaluation import PRINT, PRINT_EVALUATED
from ecsportal.deployments.leases import Lease
from ecsportal.deployments.masking import Masker
from ecsportal.deployments.models import (
    RUN_FINAL_STATES,
    Deployment,
    RunState,
    State,
    StepRun,
    TargetRun,
)
from ecsportal.deployments.moved_tags import warn_of_moved_tags
from ecsportal.deployments.outcomes import OnFailure, apply, end_run, say_error
from ecsportal.deployments.preflight import Fault, errors_of
from ecsportal.deployments.questions import ask_next
from ecsportal.deployments.row_writes import update_row
from ecsportal.deployments.run_context import ContextBuilder, NotRunnableError
from ecsportal.deployments.tasklog import Line, TurnLog
from ecsportal.octostache import OctostacheError
from ecsportal.projects.step_outputs import StepOutputs
from ecsportal.steps.catalogue import get as get_step_type
from ecsportal.steps.contract import (
    Asks,
    Cancelled,
    Failed,
    Intends,
    Progress,
    RunContext,
    StepError,
    Waiting,
)

log = structlog.get_logger(__name__)
CRASHES_BEFORE_FAILURE = 3
CALL_LIMIT = 40.0
"""Seconds after which a call that hasn't returned holds up nobody any more."""
LOOK_AFTER_SILENCE = 5.0


def renew_every() -> float:
    """Seconds between two renewals of the lease while calls go on."""
    return float(settings.LEASE_SECONDS) / 3


_pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="target")


@dataclass(frozen=True)
class Call:
    """One target's turn: which runner method is called with what."""

    step: StepRun
    run: TargetRun
    context: RunContext
    method: str


@dataclass(frozen=True)
class Said:
    """What a runner said, with its lines; no context where it didn't answer or wasn't asked."""

    step: StepRun
    run: TargetRun
    lines: TurnLog
    progress: Progress
    context: RunContext | None = None


def begin_call(call: Call) -> Future[Progress]:
    """Have the pool call the runner."""
    return _pool.submit(_call, call)


def answers(
    calls: dict[Future[Progress], Call],
    *,
    renew: Callable[[], None],
    gather: float = 0.0,
) -> Iterator[list[Said]]:
    """What the runners say, as they return; the leases are renewed meanwhile.

    With `gather` those that return within so many seconds of the first come together.
    """
    waiting = set(calls)
    give_up = time.monotonic() + CALL_LIMIT
    while waiting:
        if time.monotonic() > give_up:
            yield [_silence_of(calls[future]) for future in waiting]
            return
        done, waiting = wait(waiting, timeout=renew_every(), return_when=FIRST_COMPLETED)
        if done and waiting and gather:
            more, waiting = wait(waiting, timeout=gather)
            done |= more
        if waiting:
            renew()
        yield [_said(calls[future], _result(future, calls[future])) for future in done]


def _said(call: Call, progress: Progress) -> Said:
    lines = cast(TurnLog, call.context.log)
    return Said(call.step, call.run, lines, progress, call.context)


class TargetTurns:
    """The targets' side of a turn; remembers which intents it has just committed."""

    def __init__(self, lease: Lease, deployment: Deployment) -> None:
        self.lease = lease
        self.deployment = deployment
        self.contexts = ContextBuilder(deployment)
        self._new_intents: set[int] = set()
        self._starting: set[str] = set()
        self._opening_lines: list[Line] = []

    @property
    def masker(self) -> Masker:
        """Masks this deployment's secrets."""
        return self.contexts.masker

    def forget(self) -> None:
        """Read states and outputs of steps anew: one of them has changed."""
        self.contexts.variables.forget()

    def why_not(self, expression: str) -> str:
        """Why a step's condition isn't true, or empty where it is.

        One that can't be read, or names something without a value, isn't true.
        """
        try:
            found = self.contexts.variables.in_deployment().evaluate(expression)
        except OctostacheError as error:
            return f"its condition can't be evaluated ({str(error).rstrip('.')})"
        if found.truthy:
            return ""
        if found.parse_error is not None:
            return f"its condition can't be read ({found.parse_error.rstrip('.')})"
        if found.missing:
            return f"its condition isn't true ({', '.join(found.missing)} has no value)"
        return "its condition isn't true"

    def expect_start(self, step: StepRun) -> None:
        """The step's targets begin in this turn: their images' tags are looked up once."""
        self._starting.add(step.slug)

    def take_opening_lines(self) -> list[Line]:
        """What is said once, to be stored together with the first steps' start."""
        lines, self._opening_lines = self._opening_lines, []
        return lines

    def is_due_now(self) -> bool:
        """True while an intent waits for its call: a turn must not end between the two."""
        return bool(self._new_intents)

    def refuse_unfit(self, steps: list[StepRun]) -> bool:
        """Before the first step: fail all where an expression has no value or an unfit one.

        Nothing is sent to AWS then. False where all is well, or something was begun already.
        """
        if any(step.state not in (RunState.PENDING, RunState.SKIPPED) for step in steps):
            return False
        pending = [step for step in steps if step.state == RunState.PENDING]
        faults: list[Fault] = []
        renewed = time.monotonic()
        outputs = StepOutputs(
            self.deployment.release.process.steps,
            without={step.slug for step in steps if step.state == RunState.SKIPPED},
        )
        for step in pending:
            for run in step.targets.all():
                faults += [self.contexts.checked(step, run, outputs=outputs)[1]]
                if time.monotonic() - renewed > renew_every():
                    self.lease.renew()
                    renewed = time.monotonic()
        faults = [fault for fault in faults if fault.details]
        if faults:
            self._fail_unfit(pending, faults)
        else:
            self._warn_of_variables(pending)
        return bool(faults)

    def _fail_unfit(self, steps: list[StepRun], faults: list[Fault]) -> None:
        now = timezone.now()
        names = ", ".join(dict.fromkeys(fault.step.name for fault in faults))
        lines: list[Line] = []
        for fault, error in errors_of(faults):
            log = TurnLog(fault.step.slug, fault.run.target_slug)
            say_error(error, log)
            lines += log.lines
            fault.run.error = asdict(error)
            end_run(fault.run, RunState.FAILED)
            mask(fault.run, self.masker)
        with self.lease.commit(lines, self.masker):
            for fault in faults:
                fault.run.save()
            failed = {fault.step.pk for fault in faults}
            for step in steps:
                step.state = RunState.FAILED if step.pk in failed else RunState.SKIPPED
                step.reason = "" if step.pk in failed else f"Not run: see {names}."
                step.finished_at = now
                step.save(update_fields=["state", "reason", "finished_at"])
                TargetRun.objects.filter(step_run=step, state=RunState.PENDING).update(
                    state=RunState.SKIPPED
                )

    def _warn_of_variables(self, steps: list[StepRun]) -> None:
        """Which values tie, and that variables are printed: said before the first step."""
        log = TurnLog()
        pairs = [(step, run) for step in steps for run in step.targets.all()]
        variables = self.contexts.variables
        for tie in variables.ties(pairs):
            log.warning(tie.words)
        known = variables.in_deployment()
        for name in (PRINT, PRINT_EVALUATED):
            if known.flag(name):
                log.warning(f"{name} is on: the log holds the variables at level Verbose.")
        self._opening_lines = log.lines

    def call_due(self, steps: list[StepRun]) -> bool:
        """Call every runner that is due and store the results; False when none was due."""
        now = timezone.now()
        due = [
            (step, run)
            for step in steps
            for run in step.targets.all()
            if run.state not in RUN_FINAL_STATES and run.due_at and run.due_at <= now
        ]
        calls: dict[Future[Progress], Call] = {}
        for step, run in due:
            try:
                context = self.contexts.build(step, run, intent_is_new=run.pk in self._new_intents)
            except NotRunnableError as error:
                lines = TurnLog(step.slug, run.target_slug)
                self.store(Said(step, run, lines, Failed(error.error)))
                continue
            call = Call(step, run, context, self._method(run))
            self._new_intents.discard(run.pk)
            calls[begin_call(call)] = call
        if self._starting:
            warn_of_moved_tags(
                self.lease,
                self.deployment,
                sorted(self._starting),
                feeds=self.contexts.variables.feeds,
            )
            self._starting.clear()
        self._gather(calls)
        return bool(due)

    def _method(self, run: TargetRun) -> str:
        if self.deployment.state == State.CANCELLING and run.state != RunState.CANCELLING:
            return "cancel"
        return "poll" if run.runner_state else "start"

    def _gather(self, calls: dict[Future[Progress], Call]) -> None:
        for together in answers(calls, renew=self.lease.renew):
            for said in together:
                self.store(said)

    def store(self, said: Said) -> None:
        """Write one result: the run's new state with the lines that tell of it."""
        step, run, lines, context = said.step, said.run, said.lines, said.context
        progress = said.progress
        if not isinstance(progress, Waiting | Intends):
            prepared_runs.forget(run)
        if self.deployment.state == State.CANCELLING:
            run.state = RunState.CANCELLING
            if isinstance(progress, Asks):
                note = f'It would have asked "{progress.question}"; nothing further is done.'
                progress = Cancelled(note)
        names_stack = context is not None and context.stack_name != run.stack_name
        if context:
            run.resources, run.stack_name = context.resources, context.stack_name
        apply(step, run, progress, lines, self._on_failure(step))
        if isinstance(progress, Intends):
            self._new_intents.add(run.pk)
        masker = lines.masker or self.masker
        mask(run, masker)
        if run.state in RUN_FINAL_STATES:
            self.forget()
        with self.lease.commit(lines.lines, masker):
            update_row(run)
            if context and names_stack:
                self.contexts.fix_stack_name(step, run, context)
            if run.question or self.deployment.question:
                ask_next(self.deployment)

    def _on_failure(self, step: StepRun) -> OnFailure:
        if self.deployment.state == State.CANCELLING:
            return OnFailure()
        document = self.contexts.variables.steps.get(step.slug, {})
        return OnFailure(
            attempts=int(document.get("attempts") or 1),
            guided=self.deployment.guided_failure,
            required=bool(document.get("required")),
        )


def _call(call: Call) -> Progress:
    """Runs in the pool: no database here."""
    runner = get_step_type(call.step.type).runner
    if call.method == "start":
        return runner.start(call.context)
    state = call.run.runner_state
    if call.method == "cancel":
        return runner.cancel(call.context, state) if state else Cancelled("Nothing was begun yet.")
    return runner.poll(call.context, state)


def _result(future: Future[Progress], call: Call) -> Progress:
    """What the runner said; an unexpected error is our bug: tried again, then told with an id."""
    error = future.exception()
    if error is None:
        call.run.crashes = 0
        call.run.answer = None
        return future.result()
    error_id = uuid.uuid4().hex[:8]
    log.error("runner_broke", error_id=error_id, step=call.step.slug, exc_info=error)
    call.run.crashes += 1
    if call.run.crashes <= CRASHES_BEFORE_FAILURE and call.run.runner_state:
        call.context.log.verbose(f"An error of the portal's own ({error_id}); trying again.")
        return Waiting(call.run.runner_state, after=2.0**call.run.crashes)
    return Failed(
        StepError(
            code="PORTAL-ERROR",
            message=f"The portal met an error of its own in {call.step.name} ({error_id}).",
            advice="Retry. If it comes back, give the id to whoever runs the portal: "
            "its log has the details.",
        )
    )


def _silence_of(call: Call) -> Said:
    """Go on without a call that hangs: what it still does, the next look finds by its token."""
    lines = TurnLog(call.step.slug, call.run.target_slug)
    lines.verbose(f"No answer within {CALL_LIMIT:.0f} s; looking again.")
    progress = Waiting(call.run.runner_state, LOOK_AFTER_SILENCE)
    return Said(call.step, call.run, lines, progress)


def mask(run: TargetRun, masker: Masker) -> None:
    """Take secrets out of all that people see: container output and AWS's words may echo them.

    `runner_state` stays as it is: nobody sees it, and the runner goes on from it. So do outputs for
    the steps after it, encrypted.
    """
    run.resources = masker.mask_json(run.resources)
    _mask_outputs(run, masker)
    run.error = masker.mask_json(run.error)
    run.reason = masker.mask(run.reason)
    run.question = masker.mask_json(run.question)


def _mask_outputs(run: TargetRun, masker: Masker) -> None:
    masked = masker.mask_json(run.outputs)
    secret = {name: text for name, text in run.outputs.items() if masked[name] != text}
    if secret:
        run.outputs, run.secret_outputs = masked, json.dumps(secret)
