"""The usual turn: targets wait for AWS, nobody asked anything, each target is looked at once.

A deployment spends most of its life like that, so this turn is made of few statements, and these
serve all deployments that are due together: it goes on from what this worker prepared, and closes
with one transaction. Whatever comes up that is more than waiting on is left to a full turn, which
takes the deployment as it finds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.lookups import In
from django.utils import timezone

from ecsportal.deployments import leases, prepared_runs
from ecsportal.deployments.compiled import Compiled, Given
from ecsportal.deployments.leases import Lease, LeaseLostError
from ecsportal.deployments.masking import NOTHING_SECRET
from ecsportal.deployments.models import (
    RUN_FINAL_STATES,
    InboxMessage,
    RunState,
    State,
    TargetRun,
)
from ecsportal.deployments.outcomes import OnFailure, apply
from ecsportal.deployments.prepared_runs import PreparedRun
from ecsportal.deployments.row_writes import update_rows
from ecsportal.deployments.target_turns import Call, Said, answers, begin_call, renew_every
from ecsportal.deployments.tasklog import NumberedLine, TurnLog, numbered, store
from ecsportal.deployments.turn import Turn
from ecsportal.deployments.turn_rows import deployment_to_advance
from ecsportal.steps.contract import Progress, Waiting

log = structlog.get_logger(__name__)
_CHANGED_BY_A_LOOK = ("runner_state", "due_at", "intent", "crashes", "answer")
_GATHER = 0.1
"""Seconds within which answers are stored together."""


@dataclass
class Look:
    """One deployment's part: its runs, and what was said of those that were due."""

    lease: Lease
    runs: Sequence[TargetRun]
    asked: int = 0
    said: list[Said] = field(default_factory=list)
    moved: list[TargetRun] = field(default_factory=list)
    """The runs whose resources changed since the look before."""

    @property
    def is_answered(self) -> bool:
        return len(self.said) == self.asked

    @property
    def only_waits(self) -> bool:
        return all(isinstance(each.progress, Waiting) for each in self.said)

    @property
    def due_at(self) -> datetime:
        """When the next of its runs is due."""
        return min(run.due_at or timezone.now() for run in self.runs)

    def lines(self) -> list[NumberedLine]:
        """What was said, as rows that follow the newest line."""
        rows: list[NumberedLine] = []
        for each in self.said:
            last, masker = self.lease.last_seq + len(rows), each.lines.masker or NOTHING_SECRET
            rows += numbered(self.lease.deployment_id, last, each.lines.lines, masker)
        return rows

    def full_turn(self) -> Turn:
        """The full turn that goes on from here, with what was said stored already."""
        turn = Turn(self.lease, deployment_to_advance(self.lease.deployment_id))
        for each in self.said:
            turn.targets.store(each)
        return turn


def quick_looks(held: Sequence[Lease]) -> Iterator[Look]:
    """Look at what is due of these deployments; gives back those that need a full turn.

    Of all others the next look is set and the lease let go. A lease that was lost meanwhile is
    passed over, with nothing written.
    """
    calls: dict[Future[Progress], Call] = {}
    looks: dict[int, Look] = {}
    known = [each.deployment_id for each in held if prepared_runs.knows(each.deployment_id)]
    waiting = _waiting_runs(known) if known else {}
    for lease in held:
        runs = waiting.get(lease.deployment_id, [])
        look = Look(lease, runs)
        due = _all_prepared(runs)
        if not due:
            yield look
            continue
        look.asked = len(due)
        looks[lease.deployment_id] = look
        for run, prepared in due:
            held_back = prepared.context.aws.hold_back(run.pk) if prepared.place else 0.0
            if held_back:
                waits = Waiting(run.runner_state, held_back)
                look.said.append(Said(prepared.step, run, TurnLog(), waits))
                continue
            context = prepared_runs.next_context(prepared, run)
            call = Call(prepared.step, run, context, "poll")
            calls[begin_call(call)] = call

    _close([look for look in looks.values() if look.is_answered])

    def renew() -> None:
        leases.renew_all([look.lease for look in looks.values() if look.lease.is_open])

    for together in answers(calls, renew=renew, gather=min(_GATHER, renew_every())):
        answered = []
        for said in together:
            look = looks[said.step.deployment_id]
            look.said.append(said)
            if look.is_answered:
                answered.append(look)
        _close([look for look in answered if look.only_waits])
        yield from (look for look in answered if not look.only_waits)


def _waiting_runs(deployment_ids: Sequence[int]) -> dict[int, list[TargetRun]]:
    """The runs that haven't ended; none of deployments that need more than a look."""
    found: dict[int, list[TargetRun]] = {}
    for run in _WAITING_RUNS.rows(*deployment_ids):
        found.setdefault(vars(run)["deployment"], []).append(run)
    return found


def _select_waiting_runs(*deployments: Given) -> QuerySet[TargetRun]:
    asked = InboxMessage.objects.filter(deployment=OuterRef("step_run__deployment"), taken_at=None)
    runs = TargetRun.objects.filter(
        ~Exists(asked),
        In(F("step_run__deployment_id"), deployments),
        step_run__deployment__state=State.EXECUTING,
        step_run__deployment__crashes=0,
    ).exclude(state__in=(RunState.PENDING, *RUN_FINAL_STATES))
    return runs.annotate(
        deployment=F("step_run__deployment_id"),
        account=F("target__account_id"),
        revision=F("target__account__revision"),
        target_region=F("target__region"),
    )


_WAITING_RUNS: Compiled[TargetRun] = Compiled(_select_waiting_runs)


def _all_prepared(runs: Sequence[TargetRun]) -> list[tuple[TargetRun, PreparedRun]]:
    """What is due, with what this worker knows of it; nothing unless all of it only waits."""
    now = timezone.now()
    found = []
    for run in runs:
        if not run.due_at or run.due_at > now:
            continue
        prepared = prepared_runs.prepared_run(run, _place(run))
        if prepared is None or not _only_waits(run):
            return []
        found.append((run, prepared))
    return found


def _place(run: TargetRun) -> tuple[int, int, str] | None:
    """As `prepared_runs.place_of`, of what was read along."""
    known = vars(run)
    if known["account"] is None:
        return None
    return known["account"], known["revision"], known["target_region"]


def _only_waits(run: TargetRun) -> bool:
    return bool(
        run.state == RunState.EXECUTING
        and run.runner_state
        and not run.intent
        and not run.answer
        and not run.crashes
    )


def _close(looks: Sequence[Look]) -> None:
    """Put what was said into the runs, store it and let the leases go."""
    for look in looks:
        for said in look.said:
            apply(said.step, said.run, said.progress, said.lines, OnFailure())
            if said.context is not None and said.context.resources != said.run.resources:
                masker = said.lines.masker or NOTHING_SECRET
                said.run.resources = masker.mask_json(said.context.resources)
                look.moved.append(said.run)
    if looks:
        _store_held(looks)


def _store_held(looks: Sequence[Look]) -> None:
    """Store all together; where a lease was lost, each by itself and that one not at all."""
    try:
        _store(looks)
    except LeaseLostError:
        if len(looks) == 1:
            log.warning("lease_lost", deployment=looks[0].lease.deployment_id)
            return
        for look in looks:
            _store_held([look])


def _store(looks: Sequence[Look]) -> None:
    """One transaction for all. Raises LeaseLostError, with nothing written."""
    rows = {look.lease.deployment_id: look.lines() for look in looks}
    ends = [
        leases.End(look.lease, look.due_at, len(rows[look.lease.deployment_id])) for look in looks
    ]
    with transaction.atomic():
        leases.close_all(ends)
        update_rows(_CHANGED_BY_A_LOOK, [each.run for look in looks for each in look.said])
        update_rows(("resources",), [run for look in looks for run in look.moved])
        store([line for lines in rows.values() for line in lines])
    for look in looks:
        look.lease.is_open = False
