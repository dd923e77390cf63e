"""A tag that was pushed again after the release was made: said at deploy, never in the way."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import structlog
from django.conf import settings

from ecsportal.deployments.leases import Lease
from ecsportal.deployments.models import Deployment
from ecsportal.deployments.tasklog import TurnLog
from ecsportal.infrastructure.models import Feed
from ecsportal.releases.moved_tags import MovedTag, moved_tags

log = structlog.get_logger(__name__)
LOOK_AT_MOST = 4.0
"""Seconds: a slow feed must not hold up a deployment; well below a lease."""


def warn_of_moved_tags(
    lease: Lease, deployment: Deployment, steps: Collection[str], *, feeds: Mapping[str, Feed]
) -> None:
    """Log a warning for each tag of these steps' images that means other bytes now.

    `feeds` are those of the images by slug, with what asking them needs.
    """
    by_step: dict[str, TurnLog] = {}
    for moved in _moved(deployment, steps, feeds):
        by_step.setdefault(moved.step, TurnLog(moved.step)).warning(_sentence(moved))
    lines = [line for told in by_step.values() for line in told.lines]
    if lines:
        with lease.commit(lines):
            return


def _moved(
    deployment: Deployment, steps: Collection[str], feeds: Mapping[str, Feed]
) -> list[MovedTag]:
    try:
        seconds = min(LOOK_AT_MOST, 0.4 * settings.LEASE_SECONDS)
        return moved_tags(deployment.release, steps=steps, feeds=feeds, seconds=seconds)
    except Exception as error:  # noqa: BLE001 -- a courtesy must not stop a deployment
        log.warning("moved_tags_not_checked", deployment=deployment.pk, error=str(error))
        return []


def _sentence(moved: MovedTag) -> str:
    if not moved.now:
        return (
            f"Tag {moved.tag} of {moved.repository} is gone from its feed. "
            f"The release recorded {_short(moved.was)}."
        )
    return (
        f"Tag {moved.tag} of {moved.repository} was pushed again since the release was made: "
        f"it is {_short(moved.now)} now and was {_short(moved.was)}."
    )


def _short(digest: str) -> str:
    """`sha256:9f2c47d19f2c…`, as much as tells two apart."""
    return f"{digest[:19]}…"
