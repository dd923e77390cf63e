"""What a run was begun with, kept by this worker between two looks: nothing of it changes.

The variables are frozen, the steps before have ended, the stack's name is fixed: evaluating them
anew for each look would cost more than the look. A worker that has nothing kept (another one began
the run) evaluates once and goes on from there.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from ecsportal.deployments.masking import Masker
from ecsportal.deployments.models import StepRun, TargetRun
from ecsportal.deployments.tasklog import TurnLog
from ecsportal.infrastructure.models import AwsAccount
from ecsportal.steps.contract import RunContext

KEPT = 1_000
"""Runs; the one looked at longest ago goes first."""

_Key = tuple[int, int, datetime | None]
_Place = tuple[int, int, str]
"""Id and revision of the account, and the region."""


@dataclass(frozen=True)
class PreparedRun:
    """A context without what belongs to one turn, and the masker of its deployment."""

    step: StepRun
    context: RunContext
    masker: Masker
    place: _Place | None
    """Where it runs; the account's revision tells whether the masker knows its keys."""


_lock = threading.Lock()
_prepared: OrderedDict[_Key, PreparedRun] = OrderedDict()
_deployments: Counter[int] = Counter()
"""How many runs are kept of each deployment."""


def keep(step: StepRun, run: TargetRun, context: RunContext, masker: Masker) -> None:
    """Keep what this context was built from, for the looks to come."""
    lasting = replace(
        context,
        log=TurnLog(),
        resources={},
        answer=None,
        answer_note="",
        answered_by="",
    )
    with _lock:
        if _key(run) not in _prepared:
            _deployments[step.deployment_id] += 1
        _prepared[_key(run)] = PreparedRun(step, lasting, masker, place_of(run))
        _prepared.move_to_end(_key(run))
        while len(_prepared) > KEPT:
            _drop(next(iter(_prepared)))


def prepared_run(run: TargetRun, place: _Place | None) -> PreparedRun | None:
    """What is kept of the run's attempt; None where nothing is, or its account changed since."""
    with _lock:
        found = _prepared.get(_key(run))
        if found is not None:
            _prepared.move_to_end(_key(run))
    return found if found is not None and found.place == place else None


def knows(deployment_id: int) -> bool:
    """Whether anything is kept of the deployment: then a look at it may be a quick one."""
    return deployment_id in _deployments


def forget(run: TargetRun) -> None:
    """The run has ended, or begins anew."""
    with _lock:
        if _key(run) in _prepared:
            _drop(_key(run))


def _drop(key: _Key) -> None:
    deployment = _prepared.pop(key).step.deployment_id
    _deployments[deployment] -= 1
    if not _deployments[deployment]:
        del _deployments[deployment]


def next_context(
    prepared: PreparedRun, run: TargetRun, *, intent_is_new: bool = False
) -> RunContext:
    """The context of one more call: its clock, its log, what the page shows so far."""
    now = timezone.now()
    return replace(
        prepared.context,
        log=TurnLog(prepared.step.slug, run.target_slug, masker=prepared.masker),
        now=now,
        started_at=run.started_at or now,
        intent_is_new=intent_is_new,
        resources=dict(run.resources),
    )


def place_of(run: TargetRun) -> _Place | None:
    """Where the run's target is now; None without one."""
    if run.target is None:
        return None
    account: AwsAccount = run.target.account
    return account.pk, account.revision, run.target.region


def _key(run: TargetRun) -> _Key:
    return run.pk, run.attempt, run.started_at
