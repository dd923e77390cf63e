"""One turn of a deployment: what people asked, then whatever is due, step by step."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from ecsportal.deployments import passing, queue
from ecsportal.deployments.expiry import expired_error
from ecsportal.deployments.inbox import take_inbox
from ecsportal.deployments.leases import Lease
from ecsportal.deployments.models import (
    RUN_FINAL_STATES,
    Deployment,
    Level,
    RunState,
    State,
    StepRun,
    TargetRun,
)
from ecsportal.deployments.row_writes import update_rows
from ecsportal.deployments.step_order import Decision, end_state, next_runs, next_steps
from ecsportal.deployments.target_turns import TargetTurns
from ecsportal.deployments.tasklog import Line
from ecsportal.deployments.turn_rows import read_steps

MOST_ROUNDS = 12
"""Rounds within one turn: enough for start, intent and call of a few steps that end at once."""
INBOX_AGAIN_AFTER = 0.5
"""Seconds: rounds without a slow call follow each other within milliseconds."""
LOOK_AGAIN = timedelta(seconds=10)
"""A queued deployment is woken by the one before it; this is the safety net."""
WHILE_A_PERSON_THINKS = timedelta(hours=1)


class Turn:
    """What one worker does for one deployment while it holds the lease.

    The rows of steps and targets are read once and kept as they are written: nobody else writes
    them. What people asked may change them, then they are read anew.
    """

    def __init__(self, lease: Lease, deployment: Deployment) -> None:
        self.lease = lease
        self.deployment = deployment
        self.targets = TargetTurns(lease, deployment)
        self._inbox_read_at = 0.0
        self._steps_read: list[StepRun] | None = None

    def run(self) -> None:
        """Do all that is due and set the time of the next look. Raises LeaseLostError."""
        if self.deployment.is_final:
            self.lease.close(due_at=None, crashes=0)
            return
        for round_number in range(MOST_ROUNDS):
            self._take_inbox()
            if self.deployment.is_final:
                return
            if self.deployment.state == State.QUEUED and not self._start():
                return
            if not passing.take_back(self.lease, self.deployment):
                self._look_again(timezone.now() + LOOK_AGAIN)
                return
            steps = self._steps()
            if all(step.state in RUN_FINAL_STATES for step in steps):
                self._finish(steps)
                return
            if self.targets.refuse_unfit(steps):
                self._read_anew()
                continue
            opened = self._open_steps(steps)
            called = self.targets.call_due(steps)
            closed = self._close_steps(steps)
            if not (opened or called or closed):
                break
            if not closed and not self.targets.is_due_now() and round_number:
                break
        passing.let_pass(self.lease, self.deployment)
        self._set_next_look()

    def _take_inbox(self) -> None:
        """What came before this turn, and between two rounds what came during slow calls."""
        now = time.monotonic()
        if self._inbox_read_at and now - self._inbox_read_at < INBOX_AGAIN_AFTER:
            return
        self._inbox_read_at = now
        if take_inbox(self.lease, self.deployment):
            self._read_anew()

    def _steps(self) -> list[StepRun]:
        if self._steps_read is None:
            self._steps_read = read_steps(self.deployment)
        return self._steps_read

    def _read_anew(self) -> None:
        self._steps_read = None
        self.targets.forget()

    def _start(self) -> bool:
        """Begin when it is this deployment's turn; False while something else comes first."""
        deployment = self.deployment
        now = timezone.now()
        if deployment.expires_at and deployment.expires_at <= now:
            error = expired_error(deployment)
            line = Line(Level.ERROR, error["message"])
            queue.end(self.lease, deployment, State.TIMED_OUT, line, error=error)
            return False
        if deployment.not_before and deployment.not_before > now:
            self._look_again(deployment.not_before)
            return False
        if not queue.begin(self.lease, deployment):
            later = now + LOOK_AGAIN
            self._look_again(min(later, deployment.expires_at or later))
            return False
        return True

    def _open_steps(self, steps: list[StepRun]) -> bool:
        """Start what may begin now: steps by their order and condition, targets by the window."""
        process = {step["slug"]: step for step in self.deployment.release.process.steps}
        decisions = next_steps(
            steps, process, cancelling=self._cancelling, why_not=self.targets.why_not
        )
        begun = {step.pk for step, decision in decisions if decision.state == RunState.EXECUTING}
        targets = [
            (step, run, decision)
            for step in steps
            if step.state == RunState.EXECUTING or step.pk in begun
            for run, decision in next_runs(
                list(step.targets.all()),
                window=process[step.slug].get("window"),
                cancelling=self._cancelling,
            )
        ]
        if not decisions and not targets:
            return False
        lines = self.targets.take_opening_lines()
        for step, decision in decisions:
            lines += self._opened_step(step, decision)
        for step, run, decision in targets:
            lines += _opened_run(step, run, decision)
        with self.lease.commit(lines, self.targets.masker):
            update_rows(["state", "reason", "started_at"], [step for step, _ in decisions])
            for step, _ in decisions:
                if step.state != RunState.EXECUTING:
                    TargetRun.objects.filter(step_run=step, state=RunState.PENDING).update(
                        state=step.state
                    )
            opened = [run for _, run, _ in targets]
            update_rows(["state", "reason", "started_at", "due_at"], opened)
        self.targets.forget()
        return True

    def _opened_step(self, step: StepRun, decision: Decision) -> list[Line]:
        step.state, step.reason = decision.state, decision.reason
        if decision.state == RunState.EXECUTING:
            step.started_at = timezone.now()
            self.targets.expect_start(step)
        else:
            for run in step.targets.all():
                if run.state == RunState.PENDING:
                    run.state = decision.state
        lines = [
            Line(Level.WARNING, run.reason, step.slug, run.target_slug)
            for run in step.targets.all()
            # A retry that leaves it out.
            if decision.state == RunState.EXECUTING and run.state == RunState.SKIPPED
            if run.warnings
        ]
        return [*lines, Line(Level.INFO, decision.reason, step.slug)] if decision.reason else lines

    def _close_steps(self, steps: list[StepRun]) -> bool:
        """Give the steps their final state whose targets all have theirs; the last one ends all."""
        closed = [step for step in steps if _has_ended(step)]
        for step in closed:
            runs = list(step.targets.all())
            step.state = end_state(runs)
            step.warnings = any(run.warnings or run.set_aside for run in runs)
            step.finished_at = timezone.now()
        if not closed:
            return False
        if all(step.state in RUN_FINAL_STATES for step in steps):
            self._finish(steps, closed)
            return True
        with self.lease.commit():
            queue.save_ends(closed)
        self.targets.forget()
        return True

    def _finish(self, steps: list[StepRun], closed: Sequence[StepRun] = ()) -> None:
        states = {step.state for step in steps}
        self.deployment.warnings = any(step.warnings for step in steps)
        if RunState.FAILED in states:
            end = State.FAILED
        elif RunState.CANCELLED in states:
            end = State.CANCELLED
        else:
            end = State.SUCCEEDED
        line = queue.last_line(self.deployment, steps, end)
        queue.end(self.lease, self.deployment, end, line, ended=closed)

    def _set_next_look(self) -> None:
        runs = [
            run
            for step in self._steps()
            for run in step.targets.all()
            if run.state not in RUN_FINAL_STATES
        ]
        due = [run.due_at for run in runs if run.due_at]
        if due:
            self._look_again(min(due))
        elif any(run.state == RunState.WAITING for run in runs):
            self._look_again(timezone.now() + WHILE_A_PERSON_THINKS)
        else:
            self._look_again(timezone.now())

    def _look_again(self, when: datetime) -> None:
        self.lease.close(due_at=when, crashes=0)

    @property
    def _cancelling(self) -> bool:
        return self.deployment.state == State.CANCELLING


def _has_ended(step: StepRun) -> bool:
    """True for a step that runs although all its targets have ended."""
    return step.state == RunState.EXECUTING and all(
        run.state in RUN_FINAL_STATES for run in step.targets.all()
    )


def _opened_run(step: StepRun, run: TargetRun, decision: Decision) -> list[Line]:
    run.state, run.reason = decision.state, decision.reason
    if decision.state == RunState.EXECUTING:
        run.started_at = run.due_at = timezone.now()
    if not decision.reason:
        return []
    return [Line(Level.INFO, decision.reason, step.slug, run.target_slug)]
