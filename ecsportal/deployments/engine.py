"""Advancing deployments: take the lease, do what is due, write it down, let go.

Nothing here waits for AWS to finish: a turn lasts seconds, a deployment costs a row. A worker that
is killed loses nothing; the lease runs out and another goes on from the row.
"""

from __future__ import annotations

import os
import socket
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict

import structlog
from django.db import InterfaceError, OperationalError

from ecsportal.deployments import leases, prepared_runs, queue
from ecsportal.deployments.leases import Due, Lease
from ecsportal.deployments.models import Deployment, Level, State
from ecsportal.deployments.quick_looks import quick_looks
from ecsportal.deployments.tasklog import Line
from ecsportal.steps.contract import StepError

log = structlog.get_logger(__name__)
CLAIMED_AT_ONCE = 40
LOOKED_AT_TOGETHER = 20
BROKEN_TURNS = 8
"""So many turns in a row that break on a bug of ours fail the deployment: it must not hang."""

stopping = threading.Event()
"""Set when the worker shuts down: running turns are finished, no further one begins."""


def advance_due() -> int:
    """Advance due deployments until none is left; the number of turns.

    Several workers and threads may run this side by side: each deployment is taken by one of them.
    """
    turns = misses = 0
    with waiting_list.at_work():
        while not stopping.is_set() and misses < CLAIMED_AT_ONCE:
            following = waiting_list.next()
            if not following:
                break
            took = _advance_all(leases.take_all(following, owner_name()))
            turns += took
            misses = 0 if took else misses + 1
    return turns


def threads_at_work() -> int:
    """How many threads of this process take what is due, one after the other, right now."""
    return waiting_list.threads


class _WaitingList:
    """What is due, shared by the threads of this process: each takes others.

    Those of which this worker knows what they wait for are looked at together; a full turn may
    take seconds and is given to one thread by itself.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._due: deque[list[Due]] = deque()
        self.threads = 0
        """How many take from it now."""

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While a thread takes from it."""
        with self._lock:
            self.threads += 1
        try:
            yield
        finally:
            with self._lock:
                self.threads -= 1

    def next(self) -> list[Due]:
        """What one thread takes on; nothing where nothing is due."""
        with self._lock:
            if not self._due:
                self._due.extend(_shared_out(leases.due(CLAIMED_AT_ONCE)))
            return self._due.popleft() if self._due else []


def _shared_out(due_now: Sequence[Due]) -> Iterator[list[Due]]:
    known = [each for each in due_now if prepared_runs.knows(each.deployment_id)]
    for first in range(0, len(known), LOOKED_AT_TOGETHER):
        yield known[first : first + LOOKED_AT_TOGETHER]
    yield from ([each] for each in due_now if each not in known)


waiting_list = _WaitingList()


def advance(deployment_id: int) -> bool:
    """Give one deployment a turn; False where it isn't due or another worker has it."""
    lease = leases.take(deployment_id, owner_name())
    return bool(lease and _advance_all([lease]))


def _advance_all(held: Sequence[Lease]) -> int:
    """Give these deployments a turn each; how many there were."""
    if len(held) == 1:
        with _guarded(held[0]):
            _look_and_go_on(held)
        return 1
    try:
        _look_and_go_on(held)
    except (OperationalError, InterfaceError):
        log.exception("database_unavailable")
        raise
    except Exception:  # noqa: BLE001 -- one of them broke: each by itself tells which
        log.exception("looks_broke")
        for lease in held:
            if lease.is_open:
                _advance_all([lease])
    return len(held)


def _look_and_go_on(held: Sequence[Lease]) -> None:
    """One look at each; those that need more get their full turn after it."""
    for look in quick_looks(held):
        with _guarded(look.lease):
            if len(held) > 1:
                look.lease.renew()  # those before it took their time
            turn = look.full_turn()
            turn.run()
            look.lease.release()


@contextmanager
def _guarded(lease: Lease) -> Iterator[None]:
    """A turn that broke is tried again, later each time."""
    try:
        with structlog.contextvars.bound_contextvars(deployment=lease.deployment_id):
            yield
    except leases.LeaseLostError:
        log.warning("lease_lost", lease=lease.number)
        return
    except (OperationalError, InterfaceError):
        # The database is away or busy: nothing can be written, the lease runs out by itself.
        log.exception("database_unavailable")
        raise
    except Exception:  # noqa: BLE001 -- the outermost edge of a turn
        log.exception("turn_broke")
        _put_off(lease)
        lease.release()


def _put_off(lease: Lease) -> None:
    held = Deployment.objects.filter(pk=lease.deployment_id, lease_number=lease.number)
    crashes = held.values_list("crashes", flat=True).first()
    if crashes is None:
        return
    if crashes < BROKEN_TURNS:
        held.update(crashes=crashes + 1, due_at=leases.in_future(min(60, 2**crashes)))
        return
    error = StepError(
        code="PORTAL-ERROR",
        message="The portal met an error of its own and can't go on with this deployment.",
        advice="Whoever runs the portal finds the details in the worker's log. "
        "What AWS was asked to do goes on there.",
    )
    deployment = Deployment.objects.get(pk=lease.deployment_id)
    line = Line(Level.FATAL, f"{error.code}: {error.message}")
    queue.end(lease, deployment, State.FAILED, line, error=asdict(error))


def owner_name() -> str:
    """Who holds a lease: host, process and thread."""
    return f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"[:100]
