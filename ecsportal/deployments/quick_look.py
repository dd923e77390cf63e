"""The usual turn: targets wait for AWS, nobody asked anything, each target is looked at once.

A deployment spends most of its life like that, so this turn is made of few queries: it goes on from
what this worker prepared, and closes with one transaction. Whatever comes up that is more than
waiting on is left to the full turn, which takes the deployment as it finds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils import timezone

from ecsportal.deployments import prepared_runs
from ecsportal.deployments.leases import Lease
from ecsportal.deployments.masking import Masker
from ecsportal.deployments.models import (
    RUN_FINAL_STATES,
    Deployment,
    InboxMessage,
    RunState,
    State,
    TargetRun,
)
from ecsportal.deployments.outcomes import OnFailure, apply
from ecsportal.deployments.prepared_runs import PreparedRun
from ecsportal.deployments.target_turns import Call, Said, answers, begin_call
from ecsportal.deployments.tasklog import store_lines
from ecsportal.deployments.turn import Turn, deployment_to_advance
from ecsportal.steps.contract import Progress, Waiting

_CHANGED_BY_A_LOOK = ["runner_state", "due_at", "intent", "crashes", "answer", "resources"]


def quick_look(lease: Lease) -> Turn | None:
    """Look at what is due; None where that was all: the next look is set and the lease let go.

    Else the full turn, which is to go on from here. Raises LeaseLostError, with nothing written.
    """
    runs = _waiting_runs(lease.deployment_id)
    now = timezone.now()
    due = [run for run in runs if run.due_at and run.due_at <= now]
    prepared = [(run, prepared_runs.prepared_run(run)) for run in due]
    if not due or any(not _only_waits(run, found) for run, found in prepared):
        return Turn(lease, deployment_to_advance(lease.deployment_id))
    calls: dict[Future[Progress], Call] = {}
    for run, found in prepared:
        if found is None:
            continue  # ruled out above
        context = prepared_runs.next_context(found, run, deployment_id=lease.deployment_id)
        call = Call(run.step_run, run, context, "poll")
        calls[begin_call(call)] = call
    waiting: list[Said] = []
    other: list[Said] = []
    for said in answers(lease, calls):
        if isinstance(said.progress, Waiting):
            waiting.append(said)
            apply(said.step, said.run, said.progress, said.lines, OnFailure())
        else:
            other.append(said)
    _close(lease, waiting, due_at=None if other else _earliest(runs))
    if not other:
        return None
    turn = Turn(lease, deployment_to_advance(lease.deployment_id))
    for said in other:
        prepared_runs.forget(said.run)
        turn.targets.store(said)
    return turn


def _waiting_runs(deployment_id: int) -> list[TargetRun]:
    """The runs that haven't ended; none where the deployment needs more than a look."""
    asked = InboxMessage.objects.filter(deployment=OuterRef("pk"), taken_at=None)
    row = Deployment.objects.filter(pk=deployment_id).values_list("state", "crashes", Exists(asked))
    if row.get() != (State.EXECUTING, 0, False):
        return []
    runs = TargetRun.objects.filter(step_run__deployment=deployment_id)
    begun = runs.exclude(state__in=(RunState.PENDING, *RUN_FINAL_STATES))
    return list(begun.select_related("step_run", "target__account"))


def _only_waits(run: TargetRun, prepared: PreparedRun | None) -> bool:
    return bool(
        prepared
        and run.state == RunState.EXECUTING
        and run.runner_state
        and not run.intent
        and not run.answer
        and not run.crashes
    )


def _close(lease: Lease, waiting: Sequence[Said], *, due_at: datetime | None) -> None:
    """Store the looks; with `due_at` let the lease go until then."""
    with lease.close(due_at=due_at) if due_at else lease.commit():
        for said in waiting:
            _store(lease.deployment_id, said)
        if (
            due_at
            and InboxMessage.objects.filter(deployment=lease.deployment_id, taken_at=None).exists()
        ):
            # A message that came during this turn made the deployment due: it stays so.
            Deployment.objects.filter(pk=lease.deployment_id).update(due_at=timezone.now())


def _store(deployment_id: int, said: Said) -> None:
    run, masker = said.run, said.lines.masker or Masker([])
    if said.context is not None:
        run.resources = masker.mask_json(said.context.resources)
    run.save(update_fields=_CHANGED_BY_A_LOOK)
    store_lines(deployment_id, said.lines.lines, masker)


def _earliest(runs: Sequence[TargetRun]) -> datetime:
    return min(run.due_at or timezone.now() for run in runs)
