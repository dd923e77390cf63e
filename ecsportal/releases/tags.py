"""What feeds say about tags, bounded in time: a release is never held up by a feed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import connections

from ecsportal.infrastructure import feeds
from ecsportal.infrastructure.models import Feed
from ecsportal.problems import RemoteFailed
from ecsportal.registries.tags import ImageTag
from ecsportal.steps.bound import is_bound

ASK_SECONDS = 14.0
"""A little more than a feed's own limit, so that its words arrive before ours."""
ASKED_AT_ONCE = 8

Question = TypeVar("Question")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class ListedTags:
    """A repository's tags, newest version first, as read at `read_at`.

    `problem` says why the feed could not be asked now; tags may still be there, from before.
    """

    tags: tuple[ImageTag, ...] = ()
    problem: str = ""
    read_at: datetime | None = None

    def find(self, tag: str) -> ImageTag | None:
        """The entry of this tag, or None where the list lacks it."""
        return next((known for known in self.tags if known.tag == tag), None)


@dataclass(frozen=True)
class TagFacts:
    """What a feed says about one tag. `exists` is None where it could not be asked."""

    exists: bool | None
    digest: str = ""
    pushed_at: datetime | None = None
    problem: str = ""


def feeds_by_slug(slugs: Iterable[str]) -> dict[str, Feed]:
    """The feeds with what asking them needs, so that no thread has to read the database."""
    return {
        feed.slug: feed for feed in Feed.objects.select_related("account").filter(slug__in=slugs)
    }


def read_tags(feed: Feed | None, repository: str, *, anew: bool = False) -> ListedTags:
    """The repository's tags, at most a minute old where the feed answers; never raises for it."""
    why_not = _cannot_ask(feed, repository)
    if feed is None or why_not:
        return ListedTags(problem=why_not)
    try:
        read = feeds.tags_of(feed, repository, anew=anew)
    except RemoteFailed as refusal:
        return ListedTags(problem=refusal.detail)
    problem = read.refusal.detail if read.refusal else ""
    return ListedTags(tuple(read.tags), problem, read.read_at)


def find_tag(feed: Feed | None, repository: str, tag: str) -> TagFacts:
    """Which bytes the tag means now; asks the feed itself, since a list may be a minute old."""
    why_not = _cannot_ask(feed, repository)
    if feed is None or why_not:
        return TagFacts(exists=None, problem=why_not)
    try:
        digest = feeds.find_digest(feed, repository, tag)
    except feeds.TagMissing as missing:
        return TagFacts(exists=False, problem=missing.detail)
    except RemoteFailed as refusal:
        return TagFacts(exists=None, problem=refusal.detail)
    known = read_tags(feed, repository).find(tag)
    return TagFacts(exists=True, digest=digest, pushed_at=known.pushed_at if known else None)


_BOUND = "It holds an expression: which image it means is known only when deploying."


def _cannot_ask(feed: Feed | None, repository: str) -> str:
    if is_bound(repository):
        return _BOUND
    if feed is None:
        return "Its feed doesn't exist any more. Choose another one in the step."
    return ""


def ask_all(
    ask: Callable[[Question], Answer],
    questions: Sequence[Question],
    *,
    too_late: Answer,
    seconds: float = ASK_SECONDS,
) -> list[Answer]:
    """The answers in the order of the questions, asked side by side.

    What hasn't answered within `seconds` counts as `too_late`; its thread ends by the feed's own
    time-out.
    """
    if not questions:
        return []
    pool = ThreadPoolExecutor(max_workers=ASKED_AT_ONCE, thread_name_prefix="feeds")
    try:
        futures: list[Future[Answer]] = [pool.submit(_in_thread, ask, each) for each in questions]
        wait(futures, timeout=seconds)
        return [future.result() if future.done() else too_late for future in futures]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _in_thread(ask: Callable[[Question], Answer], question: Question) -> Answer:
    try:
        return ask(question)
    finally:
        # A thread of its own gets connections of its own, which nobody else would close.
        connections.close_all()
