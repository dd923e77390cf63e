"""What feeds said about tags and repositories, kept as `remote_cache` keeps it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache

from ecsportal.infrastructure.models import Feed
from ecsportal.infrastructure.remote_cache import FRESH, read_kept
from ecsportal.problems import RemoteFailed
from ecsportal.registries.tags import ImageTag


@dataclass(frozen=True)
class TagList:
    """Tags, newest version first, as the feed listed them at `read_at`.

    `refusal` says why the list isn't a fresh one; None where it is.
    """

    tags: list[ImageTag]
    read_at: datetime
    refusal: RemoteFailed | None = None


def read_cached(
    feed: Feed, repository: str, read: Callable[[], list[ImageTag]], anew: bool = False
) -> TagList:
    """The tags from the cache, or from `read`; RemoteFailed where neither has any."""
    kept = read_kept(_key("tags", feed, repository), read, anew=anew)
    return TagList(kept.value, kept.read_at, kept.refusal)


def read_cached_names(feed: Feed, search: str, read: Callable[[], list[str]]) -> list[str]:
    """Repository names from the cache while they are fresh, or from `read`."""
    key = _key("repositories", feed, search)
    kept: list[str] | None = cache.get(key)
    if kept is None:
        kept = read()
        cache.set(key, kept, FRESH.total_seconds())
    return kept


def _key(what: str, feed: Feed, text: str) -> str:
    """Changes with every edit of the feed or its account, so that nothing old outlives one."""
    revisions = f"{feed.revision}.{feed.account.revision if feed.account else 0}"
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    return f"feed:{feed.pk}:{revisions}:{what}:{digest}"
