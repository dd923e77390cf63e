"""Is what was deployed still there? Stacks get deleted behind the portal's back.

A sweep in the worker looks each stack up that a successful deployment left behind, soon after the
worker starts and every few minutes; pages then say "nothing runs there".
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.db.models import Exists, F, OuterRef, Q
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

Place = tuple[int, str]
"""An account's id, and a region."""


class Sweep(threading.Thread):
    """Sweeps beside the tick, in whichever worker holds it; `stop()` ends it."""

    def __init__(self, owner: str) -> None:
        super().__init__(name="sweep", daemon=True)
        self._stopped = threading.Event()
        self._owner = owner
        self._began = timezone.now()

    def run(self) -> None:
        """Look every half minute; what breaks off a look waits for the next time."""
        pause = FIRST_SWEEP_AFTER
        while not self._stopped.wait(pause):
            pause = SWEEP_EVERY
            self._begin(lambda: sweep(self._began))
            self._begin(look_up_late_outcomes)
            close_old_connections()
        connection.close()

    def _begin(self, look: Callable[[], int]) -> None:
        """One of the looks, if this worker is the one to; neither keeps the other from its turn."""
        try:
            if TickLease.objects.filter(owner=self._owner).exists():
                look()
        except (DatabaseError, InterfaceError) as error:
            log.warning("sweep_failed", error=str(error))
        except Exception:  # noqa: BLE001 -- the thread has to live as long as its worker
            log.exception("sweep_broke")

    def stop(self) -> None:
        """Ask the thread to end; a look under way may take its time-out."""
        self._stopped.set()


def sweep(since: datetime) -> int:
    """Look up stacks not looked at since a time or for a while; the number looked at.

    Those looked at longest ago first, so that each has its turn, whatever their number. Cells with
    a deployment under way are left out: what is there changes anyway.
    """
    old = Q(looked_at=None) | Q(looked_at__lt=max(since, timezone.now() - LOOK_AGAIN_AFTER))
    under_way = Deployment.objects.filter(
        state__in=ACTIVE_STATES, project=OuterRef("project"), environment=OuterRef("environment")
    )
    by_turn = StackBinding.objects.filter(old, ~Exists(under_way)).order_by(
        F("looked_at").asc(nulls_first=True), "pk"
    )
    bindings = list(by_turn[:STACKS_PER_SWEEP])
    targets = {
        target.slug: target
        for target in DeploymentTarget.objects.select_related("account").filter(
            slug__in={binding.target for binding in bindings}
        )
    }
    silent: set[Place] = set()
    for binding in bindings:
        found = _found(binding, targets.get(binding.target), silent)
        StackBinding.objects.filter(pk=binding.pk).update(found=found, looked_at=timezone.now())
    return len(bindings)


def _found(
    binding: StackBinding, target: DeploymentTarget | None, silent: set[Place]
) -> bool | None:
    """Whether the stack is there; the last answer stands where AWS doesn't tell.

    An account and region that gave no answer is `silent`: it isn't asked again in this sweep.
    """
    if target is None or (place := (target.account_id, target.region)) in silent:
        return binding.found
    try:
        cloudformation = client("cloudformation", aws_credentials(target.account), target.region)
        stack = describe_stack(cloudformation, binding.stack_name)
    except AwsError as error:
        if error.is_of_the_place:
            silent.add(place)
        log.info("presence_unknown", stack=binding.stack_name, error=str(error))
        return binding.found
    except Exception:  # one stack's oddity must not keep the others from their turn
        log.exception("presence_broke", stack=binding.stack_name)
        return binding.found
    return stack is not None and stack.status != "DELETE_COMPLETE"
