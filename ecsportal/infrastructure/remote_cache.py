"""What feeds and AWS accounts said, kept for a while.

An answer counts as fresh for a minute. Where the other side doesn't answer, the last one serves for
a day (an old list beats none, and everything can be typed). A refusal is kept for a few seconds, so
that ten open pages don't each wait for somebody who is down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.core.cache import cache
from django.utils import timezone

from ecsportal.problems import RemoteFailed

FRESH = timedelta(minutes=1)
KEPT_SECONDS = 24 * 3600
REFUSAL_SECONDS = 10
READING_SECONDS = 20

T = TypeVar("T")


@dataclass(frozen=True)
class Kept(Generic[T]):
    """An answer as it was read at `read_at`; `refusal` says why it isn't a fresh one."""

    value: T
    read_at: datetime
    refusal: RemoteFailed | None = None


def read_kept(key: str, read: Callable[[], T], *, anew: bool = False) -> Kept[T]:
    """The answer from the cache, or from `read`; RemoteFailed where neither has any."""
    kept: Kept[T] | None = cache.get(key)
    if kept and not anew and timezone.now() - kept.read_at < FRESH:
        return kept
    refusal: tuple[str, str, str] | None = None if anew else cache.get(f"{key}:refusal")
    if refusal:
        return _old_or_raise(kept, _as_problem(refusal))
    if kept and not anew and not cache.add(f"{key}:reading", True, READING_SECONDS):
        return kept  # somebody is reading it already
    try:
        fresh = Kept(read(), timezone.now())
    except RemoteFailed as problem:
        facts = (problem.detail, problem.code, str(problem.extra.get("field", "")))
        cache.set(f"{key}:refusal", facts, REFUSAL_SECONDS)
        return _old_or_raise(kept, problem)
    finally:
        cache.delete(f"{key}:reading")
    cache.set(key, fresh, KEPT_SECONDS)
    return fresh


def _old_or_raise(kept: Kept[T] | None, refusal: RemoteFailed) -> Kept[T]:
    if kept is None:
        raise refusal
    return Kept(kept.value, kept.read_at, refusal)


def _as_problem(facts: tuple[str, str, str]) -> RemoteFailed:
    detail, code, field = facts
    return RemoteFailed(detail, code=code, field=field)
