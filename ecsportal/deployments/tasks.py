"""The one Celery task."""

from __future__ import annotations

from ecsportal.celery import app
from ecsportal.deployments import engine


@app.task(name="deployments.work")
def work() -> None:
    """Advance whatever is due, until nothing is."""
    engine.advance_due()
