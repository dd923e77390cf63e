"""Telling a worker that something is due. A nudge may get lost: the tick sends the next one."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from django.db import transaction

from ecsportal.celery import app
from ecsportal.deployments.models import Deployment

log = structlog.get_logger(__name__)
EXPIRES_AFTER = 10.0
"""Seconds after which an unread nudge is worth nothing: the tick has sent another by then."""


def nudge_on_commit(deployment: Deployment) -> None:
    """Send a nudge after the running transaction: a worker can be faster than COMMIT."""
    transaction.on_commit(lambda: send_nudges([deployment.pk]))


def send_nudges(deployment_ids: Sequence[int], *, messages: int = 1) -> None:
    """Send "work is due"; a broker that takes no message costs a log line, not the user's click."""
    try:
        for _ in range(messages):
            app.send_task("deployments.work", expires=EXPIRES_AFTER, retry=False)
    except Exception as error:  # noqa: BLE001 -- each transport raises its own
        log.warning("nudge_not_sent", deployments=list(deployment_ids), error=repr(error))
