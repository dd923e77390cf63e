"""A tag that was pushed again after the release was made: said at deploy, never in the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Hashable, Mapping, Sequence

import structlog
from django.conf import settings

from ecsportal.deployments.leases import Lease
from ecsportal.deployments.models import Deployment
from ecsportal.deployments.tasklog import TurnLog
from ecsportal.infrastructure.models import Feed
from ecsportal.releases.models import Release
from ecsportal.releases.moved_tags import MovedTag, look_at_tags

log = structlog.get_logger(__name__)
LOOK_AT_MOST = 4.0
"""Seconds: a slow feed must not hold up a deployment; well below a lease."""
TOLD_FOR = 15.0
"""Seconds for which a release's tags aren't asked for again."""
SILENT_FOR = 60.0
"""Seconds for which a feed that didn't answer isn't asked again."""


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
) -> Sequence[MovedTag]:
    try:
        return _looks.moved(deployment.release, steps, feeds)
    except Exception as error:  # noqa: BLE001 -- a courtesy must not stop a deployment
        log.warning("moved_tags_not_checked", deployment=deployment.pk, error=str(error))
        return []


class _Looks:
    """What feeds told this worker lately; one that kept silent is left alone for a while.

    A release may go to many environments at once, and a registry may be out of reach: neither is a
    reason to ask, or to wait, for each deployment anew.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: dict[Hashable, tuple[float, Sequence[MovedTag]]] = {}
        self._silent: dict[Hashable, float] = {}

    def moved(
        self, release: Release, steps: Collection[str], feeds: Mapping[str, Feed]
    ) -> Sequence[MovedTag]:
        """The moved tags of these steps' images, as far as their feeds tell."""
        key = (release.pk, release.created_at, *sorted(steps))
        with self._lock:
            now = time.monotonic()
            self._told = {k: kept for k, kept in self._told.items() if kept[0] > now}
            self._silent = {k: until for k, until in self._silent.items() if until > now}
            if key in self._told:
                return self._told[key][1]
            answering = {
                slug: feed for slug, feed in feeds.items() if _address(feed) not in self._silent
            }
        seconds = min(LOOK_AT_MOST, 0.4 * settings.LEASE_SECONDS)
        look = look_at_tags(release, steps=steps, feeds=answering, seconds=seconds)
        with self._lock:
            now = time.monotonic()
            self._told[key] = now + TOLD_FOR, look.moved
            for slug in look.silent:
                self._silent[_address(answering[slug])] = now + SILENT_FOR
        return look.moved


_looks = _Looks()


def _address(feed: Feed) -> Hashable:
    return feed.pk, feed.url, feed.region


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
