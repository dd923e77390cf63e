"""The worker process: Celery's threads pool for turns, and the tick beside it."""

from __future__ import annotations

from typing import Any

from celery.signals import worker_ready, worker_shutting_down

from ecsportal.celery import app
from ecsportal.deployments import tasks  # noqa: F401 -- registers the task
from ecsportal.deployments.tick import Tick


def run_worker(*, concurrency: int) -> None:
    """Work until SIGTERM or SIGINT; a running turn is finished first."""
    tick = Tick()

    def begin(**_: Any) -> None:
        tick.start()

    def end(**_: Any) -> None:
        tick.stop()

    worker_ready.connect(begin, weak=False)
    worker_shutting_down.connect(end, weak=False)
    worker = app.Worker(
        pool="threads",
        concurrency=concurrency,
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
