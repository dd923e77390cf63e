"""What feeds say about tags, bounded in time: a release is never held up by a feed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ecsportal.infrastructure import feeds
from ecsportal.infrastructure.models import Feed
from ecsportal.problems import RemoteFailed
from ecsportal.registries.tags import ImageTag
from ecsportal.steps.bound import is_bound


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
