"""The tick: sends nudges for what became due, and says that this worker lives.

It runs as a thread in every worker; one row in the database says which of them sends the nudges.
A nudge that got lost, a worker that died with a lease, a wait that is over: all are found here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from ecsportal.deployments import engine
from ecsportal.deployments.compiled import Compiled
from ecsportal.deployments.engine import owner_name
from ecsportal.deployments.models import Deployment, TickLease, WorkerBeat
from ecsportal.deployments.nudges import send_nudges
from ecsportal.deployments.row_writes import update_where

log = structlog.get_logger(__name__)
LONGEST_NAP = 1.0
SHORTEST_NAP = 0.2
"""Seconds: with hundreds of deployments something is due all the time."""
NUDGE_AGAIN_AFTER = 3.0
NUDGED_TOGETHER = 500
BEAT_EVERY = 2.0
FORGET_WORKERS_AFTER = timedelta(hours=1)


class Tick(threading.Thread):
    """The tick's thread; `stop()` ends it."""

    def __init__(self) -> None:
        super().__init__(name="tick", daemon=True)
        self._stopped = threading.Event()
        self.owner = owner_name()
        self._nudging = Nudging(self.owner)
        self._without_broker = WithoutBroker()

    def run(self) -> None:
        """Look, nudge, sleep until something is due, at most a second."""
        next_beat = 0.0
        nap = 0.0
        while not self._stopped.wait(nap):
            try:
                if timezone.now().timestamp() >= next_beat:
                    beat(self.owner)
                    next_beat = timezone.now().timestamp() + BEAT_EVERY
                    if is_overdue():
                        self._without_broker.go_on()
                nap = self._nudging.nudge_due()
            except (DatabaseError, InterfaceError) as error:
                log.warning("tick_failed", error=str(error))
                close_old_connections()
                nap = LONGEST_NAP
            except Exception:  # noqa: BLE001 -- without the tick nothing of this worker goes on
                log.exception("tick_broke")
                nap = LONGEST_NAP
        forget_worker(self.owner)
        connection.close()

    def stop(self) -> None:
        """Ask the thread to end and wait a moment for it."""
        self._stopped.set()
        self.join(timeout=3)


class WithoutBroker:
    """Advances what is due in a thread of this process, where no message brings it to a worker.

    The broker may be down or its consumer lost: deployments don't stand still for that.
    """

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def go_on(self) -> threading.Thread:
        """Begin, unless it is at it already; the thread ends once nothing is due."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._advance, name="no-broker", daemon=True)
            self._thread.start()
        return self._thread

    def _advance(self) -> None:
        log.warning("nudges_do_not_arrive")
        try:
            engine.advance_due()
        except (DatabaseError, InterfaceError) as error:
            log.warning("advance_failed", error=str(error))
        finally:
            connection.close()


def is_overdue() -> bool:
    """True where something has been due for long, and an idle worker was not told of it.

    While all threads are at work, what is late is so for its number alone.
    """
    if engine.threads_at_work() >= settings.WORKER_CONCURRENCY:
        return False
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    since = timezone.now() - timedelta(seconds=settings.OVERDUE_SECONDS)
    return Deployment.objects.filter(free, due_at__lt=since).exists()


def beat(name: str) -> None:
    """Note that this worker lives, and forget those that have long been silent."""
    now = timezone.now()
    WorkerBeat.objects.update_or_create(
        name=name, defaults={"seen_at": now}, create_defaults={"seen_at": now, "started_at": now}
    )
    WorkerBeat.objects.filter(seen_at__lt=now - FORGET_WORKERS_AFTER).delete()


def forget_worker(name: str) -> None:
    """Mark a worker that ends in order as not seen any more, so that pages say so at once."""
    try:
        ended = timezone.now() - timedelta(minutes=1)
        WorkerBeat.objects.filter(name=name).update(seen_at=ended)
        TickLease.objects.filter(owner=name).delete()
    except (DatabaseError, InterfaceError) as error:
        log.warning("farewell_failed", error=str(error))


class Nudging:
    """Sends nudges for due deployments that nobody advances, while this worker is the one to.

    What was nudged is known to this object alone: whoever takes over nudges once more, which costs
    a message. A lease that was taken since makes the deployment one that wasn't nudged yet.
    """

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._mine_until = 0.0
        """The monotonic time until which nobody else can take the row."""
        self._nudged: dict[tuple[int, ...], float] = {}
        """When each was nudged, by the deployment's id and the number of its last lease."""

    def nudge_due(self) -> float:
        """Send what has to be sent; seconds until the next look."""
        if not self._is_mine():
            return LONGEST_NAP
        due = self._not_nudged(_DUE.rows())
        idle = settings.WORKER_CONCURRENCY - engine.threads_at_work()
        if due:
            send_nudges(due, messages=max(1, min(len(due), idle)))
        following = _DUE_NEXT.first()
        if following is None:
            return LONGEST_NAP
        wait: float = (following[0] - timezone.now()).total_seconds()
        # A worker whose threads are all at work takes what is due without being told.
        return min(LONGEST_NAP, max(SHORTEST_NAP, wait)) if idle > 0 else LONGEST_NAP

    def _not_nudged(self, due: Sequence[Sequence[int]]) -> list[int]:
        """Those that were not nudged a moment ago; they count as nudged now."""
        now = time.monotonic()
        before = {key: at for key, at in self._nudged.items() if now - at < NUDGE_AGAIN_AFTER}
        chosen = [tuple(row) for row in due if tuple(row) not in before]
        self._nudged = before | dict.fromkeys(chosen, now)
        return [deployment_id for deployment_id, _ in chosen]

    def _is_mine(self) -> bool:
        """True where this worker sends the nudges; asked anew once half of its time is over."""
        now, lease = time.monotonic(), float(settings.TICK_LEASE_SECONDS)
        if self._mine_until - now < lease / 2:
            self._mine_until = now + lease if _holds_tick(self._owner) else 0.0
        return self._mine_until > now


def _select_due() -> QuerySet[Deployment, Any]:
    free = Q(lease_until=None) | Q(lease_until__lt=Now())
    due = Deployment.objects.filter(free, due_at__lte=Now())
    return due.values_list("pk", "lease_number")[:NUDGED_TOGETHER]


def _select_due_next() -> QuerySet[Deployment, Any]:
    return Deployment.objects.filter(due_at__gt=Now()).order_by("due_at").values_list("due_at")[:1]


_DUE: Compiled[Sequence[int]] = Compiled(_select_due)
_DUE_NEXT: Compiled[tuple[datetime]] = Compiled(_select_due_next)


def _holds_tick(owner: str) -> bool:
    """True where this worker sends the nudges; takes the row over once its holder is silent."""
    now = timezone.now()
    lease = timedelta(seconds=settings.TICK_LEASE_SECONDS)
    if update_where(TickLease, {"until": now + lease}, {"pk": 1, "owner": owner}):
        return True
    silent = TickLease.objects.filter(pk=1, until__lt=now)
    if silent.update(owner=owner, until=now + lease):
        return True
    _, created = TickLease.objects.get_or_create(
        pk=1, defaults={"owner": owner, "until": now + lease}
    )
    return created
