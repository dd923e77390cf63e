"""The usual turn: targets wait for AWS, nobody asked anything, each target is looked at once.

A deployment spends most of its life like that, so this turn is made of few queries: it goes on from
what this worker prepared, and closes with one transaction. Whatever comes up that is more than
waiting on is left to the full turn, which takes the deployment as it finds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from datetime import datetime

from django.utils import timezone

from ecsportal.deployments import prepared_runs
from ecsportal.deployments.leases import Lease
from ecsportal.deployments.masking import Masker
from ecsportal.deployments.models import (
    RUN_FINAL_STATES,
    Deployment,
    RunState,
    State,
    TargetRun,
)
from ecsportal.deployments.outcomes import OnFailure, apply
from ecsportal.deployments.prepared_runs import PreparedRun
from ecsportal.deployments.target_turns import Call, Said, TargetTurns, begin_call
from ecsportal.deployments.tasklog import store_lines
from ecsportal.steps.contract import Progress, Waiting

_CHANGED_BY_A_LOOK = ["runner_state", "due_at", "intent", "crashes", "answer", "resources"]


def quick_look(lease: Lease, deployment: Deployment, targets: TargetTurns) -> bool:
    """Look at what is due; True where that was all, and the next look is set.

    The lease is let go with it. Raises LeaseLostError, with nothing written.
    """
    runs = _waiting_runs(deployment)
    now = timezone.now()
    due = [run for run in runs if run.due_at and run.due_at <= now]
    prepared = [(run, prepared_runs.prepared_run(run)) for run in due]
    if not due or any(not _only_waits(run, found) for run, found in prepared):
        return False
    calls: dict[Future[Progress], Call] = {}
    for run, found in prepared:
        if found is None:
            continue  # ruled out above
        context = prepared_runs.next_context(found, run, deployment_id=deployment.pk)
        call = Call(run.step_run, run, context, "poll")
        calls[begin_call(call)] = call
    waiting: list[Said] = []
    for said in targets.answers(calls, crashed=0):
        if isinstance(said.progress, Waiting):
            waiting.append(said)
            apply(said.step, said.run, said.progress, said.lines, OnFailure())
        else:
            prepared_runs.forget(said.run)
            targets.store(said)
    is_all = len(waiting) == len(due)
    closing = lease.close(due_at=_earliest(runs)) if is_all else lease.commit()
    with closing:
        for said in waiting:
            _store(deployment, said)
        if is_all and _is_asked(deployment):
            # A message that came during this turn made the deployment due: it stays so.
            Deployment.objects.filter(pk=deployment.pk).update(due_at=timezone.now())
    return is_all


def _waiting_runs(deployment: Deployment) -> list[TargetRun]:
    """The runs that haven't ended; none where the deployment needs more than a look."""
    if deployment.state != State.EXECUTING or deployment.crashes or _is_asked(deployment):
        return []
    runs = TargetRun.objects.filter(step_run__deployment=deployment)
    begun = runs.exclude(state__in=(RunState.PENDING, *RUN_FINAL_STATES))
    return list(begun.select_related("step_run", "target__account"))


def _is_asked(deployment: Deployment) -> bool:
    return deployment.inbox.filter(taken_at=None).exists()


def _only_waits(run: TargetRun, prepared: PreparedRun | None) -> bool:
    return bool(
        prepared
        and run.state == RunState.EXECUTING
        and run.runner_state
        and not run.intent
        and not run.answer
        and not run.crashes
    )


def _store(deployment: Deployment, said: Said) -> None:
    run, masker = said.run, said.lines.masker or Masker([])
    if said.context is not None:
        run.resources = masker.mask_json(said.context.resources)
    run.save(update_fields=_CHANGED_BY_A_LOOK)
    store_lines(deployment.pk, said.lines.lines, masker)


def _earliest(runs: Sequence[TargetRun]) -> datetime:
    return min(run.due_at or timezone.now() for run in runs)
