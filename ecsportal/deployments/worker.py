"""The worker process: Celery's threads pool for turns, and the tick beside it."""

from __future__ import annotations

import gc
import warnings
from typing import Any

from celery.exceptions import SecurityWarning
from celery.signals import worker_ready, worker_shutting_down

from ecsportal.celery import app
from ecsportal.deployments import engine, tasks  # noqa: F401 -- tasks registers the task
from ecsportal.deployments.presence import Sweep
from ecsportal.deployments.tick import Tick

NOTICES_END_WITHIN = 1.0


def run_worker(*, concurrency: int) -> None:
    """Work until SIGTERM or SIGINT; a running turn is finished first."""
    tick = Tick()
    sweep = Sweep(tick.owner)

    def begin(sender: Any, **_: Any) -> None:
        _spare_the_collector()
        tick.start()
        sweep.start()
        if sender.hub:
            # An idle AMQP loop sleeps until its next heartbeat, and no signal wakes it.
            sender.hub.call_repeatedly(NOTICES_END_WITHIN, lambda: None)

    def end(**_: Any) -> None:
        engine.stopping.set()
        sweep.stop()
        tick.stop()

    # Containers run as root; whoever starts the worker decides that, not Celery.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    worker_ready.connect(begin, weak=False)
    worker_shutting_down.connect(end, weak=False)
    worker = app.Worker(
        pool="threads",
        concurrency=concurrency,
        loglevel="WARNING",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()


def _spare_the_collector() -> None:
    """Look for garbage more seldom: what a turn reads is gone with the turn, without a search."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
