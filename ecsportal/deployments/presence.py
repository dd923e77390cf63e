"""Is what was deployed still there? Stacks get deleted behind the portal's back.

A sweep in the worker looks each stack up that a successful deployment left behind, soon after the
worker starts and every few minutes; pages then say "nothing runs there".
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.db.models import Q
from django.utils import timezone

from ecsportal.aws.errors import AwsError
from ecsportal.aws.sessions import client
from ecsportal.cloudformation.stacks import describe_stack
from ecsportal.deployments.late_outcomes import look_up_late_outcomes
from ecsportal.deployments.models import ACTIVE_STATES, Deployment, StackBinding, TickLease
from ecsportal.infrastructure.accounts import aws_credentials
from ecsportal.infrastructure.models import DeploymentTarget

log = structlog.get_logger(__name__)
LOOK_AGAIN_AFTER = timedelta(minutes=5)
STACKS_PER_SWEEP = 50
FIRST_SWEEP_AFTER = 3.0
SWEEP_EVERY = 30.0


class Sweep(threading.Thread):
    """Sweeps beside the tick, in whichever worker holds it; `stop()` ends it."""

    def __init__(self, owner: str) -> None:
        super().__init__(name="sweep", daemon=True)
        self._stopped = threading.Event()
        self._owner = owner
        self._began = timezone.now()

    def run(self) -> None:
        """Look every half minute; an unreachable AWS or database waits for the next time."""
        pause = FIRST_SWEEP_AFTER
        while not self._stopped.wait(pause):
            pause = SWEEP_EVERY
            try:
                if TickLease.objects.filter(owner=self._owner).exists():
                    sweep(self._began)
                    look_up_late_outcomes()
            except (DatabaseError, InterfaceError) as error:
                log.warning("sweep_failed", error=str(error))
            close_old_connections()
        connection.close()

    def stop(self) -> None:
        """Ask the thread to end; a look under way may take its time-out."""
        self._stopped.set()


def sweep(since: datetime) -> int:
    """Look up the stacks not looked at since a time or for a while; the number looked at.

    Cells with a deployment under way are left out: what is there changes anyway.
    """
    old = Q(looked_at=None) | Q(looked_at__lt=max(since, timezone.now() - LOOK_AGAIN_AFTER))
    busy = Deployment.objects.filter(state__in=ACTIVE_STATES).values_list(
        "project_id", "environment_id"
    )
    cells = set(busy)
    bindings = [
        binding
        for binding in StackBinding.objects.filter(old).order_by("target")[:STACKS_PER_SWEEP]
        if (binding.project_id, binding.environment_id) not in cells
    ]
    for slug, group in groupby(bindings, key=attrgetter("target")):
        target = DeploymentTarget.objects.select_related("account").filter(slug=slug).first()
        _look(target, list(group))
    return len(bindings)


def _look(target: DeploymentTarget | None, bindings: list[StackBinding]) -> None:
    for binding in bindings:
        found = binding.found
        if target is not None:
            try:
                cloudformation = client(
                    "cloudformation", aws_credentials(target.account), target.region
                )
                stack = describe_stack(cloudformation, binding.stack_name)
                found = stack is not None and stack.status != "DELETE_COMPLETE"
            except AwsError as error:
                # Not knowing changes nothing: the last answer stands.
                log.info("presence_unknown", stack=binding.stack_name, error=str(error))
        StackBinding.objects.filter(pk=binding.pk).update(found=found, looked_at=timezone.now())
