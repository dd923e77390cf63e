"""Letting other deployments pass while a question waits that doesn't hold them up.

The place is given away only while nothing of this deployment is under way, and has to be taken back
before anything goes on: of two deployments to one environment only one ever works.
"""

from __future__ import annotations

from django.db import IntegrityError
from django.utils import timezone

from ecsportal.deployments import queue
from ecsportal.deployments.leases import Lease
from ecsportal.deployments.models import (
    RUN_FINAL_STATES,
    Deployment,
    Level,
    RunState,
    State,
    TargetRun,
)
from ecsportal.deployments.tasklog import Line


def has_to_wait(deployment: Deployment) -> bool:
    """True for one that was answered and has not got its place back."""
    return deployment.lets_pass and deployment.state == State.EXECUTING


def let_pass(lease: Lease, deployment: Deployment) -> None:
    """Give the place away where all that goes on is waiting for answers that allow it."""
    if deployment.state != State.WAITING or deployment.lets_pass or not _may_pass(deployment):
        return
    text = f"Other deployments to {deployment.environment.name} may start meanwhile."
    with lease.commit([Line(Level.INFO, text)], lets_pass=True):
        queue.wake_waiting(deployment, timezone.now())
    deployment.lets_pass = True


def _may_pass(deployment: Deployment) -> bool:
    runs = TargetRun.objects.filter(step_run__deployment=deployment).exclude(
        state__in=(RunState.PENDING, *RUN_FINAL_STATES)
    )
    return all(
        run.state == RunState.WAITING and (run.question or {}).get("holds_others") is False
        for run in runs
    )


def _goes_on(deployment: Deployment) -> bool:
    """True once something may be done again: one of several answers is enough."""
    if deployment.state == State.CANCELLING:
        return False
    executing = TargetRun.objects.filter(step_run__deployment=deployment, state=RunState.EXECUTING)
    return has_to_wait(deployment) or executing.exists()


def take_back(lease: Lease, deployment: Deployment) -> bool:
    """Take the place back once there is an answer; False while another deployment has it.

    A cancel needs no place: nothing is under way that it would have to undo.
    """
    if not deployment.lets_pass or not _goes_on(deployment):
        return True
    if queue.holding_up(deployment).exists():
        return False
    try:
        with lease.commit(lets_pass=False):
            pass
    except IntegrityError:
        return False  # another one of the same project and environment was faster
    deployment.lets_pass = False
    return True
