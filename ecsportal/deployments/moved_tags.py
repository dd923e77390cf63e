"""A tag that was pushed again after the release was made: said at deploy, never in the way."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

import structlog

from ecsportal.deployments.leases import Lease
from ecsportal.deployments.masking import Masker
from ecsportal.deployments.models import Deployment
from ecsportal.deployments.tasklog import TurnLog, store_lines
from ecsportal.infrastructure.models import Feed

if TYPE_CHECKING:
    from ecsportal.releases.models import ReleaseImage

log = structlog.get_logger(__name__)
LOOK_AT_MOST = 4.0
"""Seconds: a slow feed must not hold up a deployment."""

# A pool of its own: feeds that never answer must not take the threads that speak to AWS.
_pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="moved-tags")


def warn_of_moved_tags(lease: Lease, deployment: Deployment, steps: Iterable[str]) -> None:
    """Compare the digests of the steps' images with their feeds' and log a warning for each moved tag."""
    feeds = {feed.slug: feed for feed in Feed.objects.select_related("account")}
    images = [
        image
        for image in deployment.release.images.filter(step__in=list(steps))
        if image.digest and image.feed in feeds
    ]
    asked = {_pool.submit(_digest_now, feeds[image.feed], image): image for image in images}
    done, _ = wait(asked, timeout=LOOK_AT_MOST)
    by_step: dict[str, TurnLog] = {}
    for future in done:
        image, now = asked[future], future.result()
        if now and now != image.digest:
            by_step.setdefault(image.step, TurnLog(image.step)).warning(
                f"Tag {image.tag} of {image.repository} was pushed again since the release was "
                f"made: it is {now[:19]}… now and was {image.digest[:19]}…"
            )
    lines = [line for log in by_step.values() for line in log.lines]
    if lines:
        with lease.commit():
            store_lines(deployment.pk, lines, Masker([]))


def _digest_now(feed: Feed, image: ReleaseImage) -> str:
    """The tag's digest in its feed, or empty where the feed doesn't tell."""
    from ecsportal.infrastructure.feeds import find_digest  # noqa: PLC0415 -- loads the clients

    try:
        return find_digest(feed, image.repository, image.tag)
    except Exception as error:  # noqa: BLE001 -- a courtesy must not stop a deployment
        log.info("moved_tag_not_checked", feed=feed.slug, tag=image.tag, error=str(error))
        return ""
