"""What a run was begun with, kept by this worker between two looks: nothing of it changes.

The variables are frozen, the steps before have ended, the stack's name is fixed: evaluating them
anew for each look would cost more than the look. A worker that has nothing kept (another one began
the run) evaluates once and goes on from there.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from ecsportal.aws.sessions import TargetClients
from ecsportal.deployments.masking import Masker
from ecsportal.deployments.models import TargetRun
from ecsportal.deployments.tasklog import TurnLog
from ecsportal.infrastructure.accounts import aws_credentials
from ecsportal.infrastructure.models import AwsAccount
from ecsportal.steps.contract import NO_AWS, RunContext

KEPT = 1_000
"""Runs; the one looked at longest ago goes first."""

_Key = tuple[int, int, datetime | None]


@dataclass(frozen=True)
class PreparedRun:
    """A context without what belongs to one turn, and the masker of its deployment."""

    context: RunContext
    masker: Masker
    account: tuple[int, int] | None
    """Id and revision of the account whose keys the masker knows."""


_lock = threading.Lock()
_prepared: OrderedDict[_Key, PreparedRun] = OrderedDict()


def keep(run: TargetRun, context: RunContext, masker: Masker) -> None:
    """Keep what this context was built from, for the looks to come."""
    lasting = replace(
        context,
        aws=NO_AWS,
        log=TurnLog(),
        resources={},
        answer=None,
        answer_note="",
        answered_by="",
    )
    prepared = PreparedRun(lasting, masker, _account_of(run))
    with _lock:
        _prepared[_key(run)] = prepared
        _prepared.move_to_end(_key(run))
        while len(_prepared) > KEPT:
            _prepared.popitem(last=False)


def prepared_run(run: TargetRun) -> PreparedRun | None:
    """What is kept of the run's attempt; None where nothing is, or its account changed since."""
    with _lock:
        found = _prepared.get(_key(run))
        if found is not None:
            _prepared.move_to_end(_key(run))
    return found if found is not None and found.account == _account_of(run) else None


def forget(run: TargetRun) -> None:
    """The run has ended, or begins anew."""
    with _lock:
        _prepared.pop(_key(run), None)


def next_context(prepared: PreparedRun, run: TargetRun, *, deployment_id: int) -> RunContext:
    """The context of one more look: its clock, its log, its clients, what the page shows so far."""
    now = timezone.now()
    aws = NO_AWS
    if run.target is not None:
        aws = clients_of(run, deployment_id=deployment_id)
    return replace(
        prepared.context,
        aws=aws,
        log=TurnLog(run.step_run.slug, run.target_slug, masker=prepared.masker),
        now=now,
        started_at=run.started_at or now,
        intent_is_new=False,
        resources=dict(run.resources),
    )


def clients_of(run: TargetRun, *, deployment_id: int) -> TargetClients:
    """The AWS clients of the run's target; the deployment shows in CloudTrail."""
    assert run.target is not None
    return TargetClients(
        aws_credentials(run.target.account),
        run.target.region,
        session_name=f"ecs-portal-{deployment_id}",
    )


def _key(run: TargetRun) -> _Key:
    return run.pk, run.attempt, run.started_at


def _account_of(run: TargetRun) -> tuple[int, int] | None:
    if run.target is None:
        return None
    account: AwsAccount = run.target.account
    return account.pk, account.revision
