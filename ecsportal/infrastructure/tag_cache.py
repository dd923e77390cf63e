"""What feeds said, kept for a while.

An answer counts as fresh for a minute. Where the feed doesn't answer, the last one serves for a day
(an old list beats none, and a tag can be typed). A refusal is kept for a few seconds, so that ten
open pages don't each wait for a registry that is down.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

from ecsportal.infrastructure.models import Feed
from ecsportal.problems import RemoteFailed
from ecsportal.registries.tags import ImageTag

FRESH = timedelta(minutes=1)
KEPT_SECONDS = 24 * 3600
REFUSAL_SECONDS = 10
READING_SECONDS = 20


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
    key = _key("tags", feed, repository)
    kept: TagList | None = cache.get(key)
    if kept and not anew and timezone.now() - kept.read_at < FRESH:
        return kept
    refusal: tuple[str, str, str] | None = None if anew else cache.get(f"{key}:refusal")
    if refusal:
        return _old_or_raise(kept, _as_problem(refusal))
    if kept and not anew and not cache.add(f"{key}:reading", True, READING_SECONDS):
        return kept  # somebody is reading it already
    try:
        fresh = TagList(read(), timezone.now())
    except RemoteFailed as problem:
        facts = (problem.detail, problem.code, str(problem.extra.get("field", "")))
        cache.set(f"{key}:refusal", facts, REFUSAL_SECONDS)
        return _old_or_raise(kept, problem)
    finally:
        cache.delete(f"{key}:reading")
    cache.set(key, fresh, KEPT_SECONDS)
    return fresh


def read_cached_names(feed: Feed, search: str, read: Callable[[], list[str]]) -> list[str]:
    """Repository names from the cache while they are fresh, or from `read`."""
    key = _key("repositories", feed, search)
    kept: list[str] | None = cache.get(key)
    if kept is None:
        kept = read()
        cache.set(key, kept, FRESH.total_seconds())
    return kept


def _old_or_raise(kept: TagList | None, refusal: RemoteFailed) -> TagList:
    if kept is None:
        raise refusal
    return TagList(kept.tags, kept.read_at, refusal)


def _as_problem(facts: tuple[str, str, str]) -> RemoteFailed:
    detail, code, field = facts
    return RemoteFailed(detail, code=code, field=field)


def _key(what: str, feed: Feed, text: str) -> str:
    """Changes with every edit of the feed or its account, so that nothing old outlives one."""
    revisions = f"{feed.revision}.{feed.account.revision if feed.account else 0}"
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    return f"feed:{feed.pk}:{revisions}:{what}:{digest}"
