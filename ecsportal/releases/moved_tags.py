"""Tags that were pushed again after a release froze them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ecsportal.infrastructure.asking import ASK_SECONDS, ask_all
from ecsportal.infrastructure.models import Feed
from ecsportal.releases.models import Release, ReleaseImage
from ecsportal.releases.tags import TagFacts, feeds_by_slug, find_tag


@dataclass(frozen=True)
class MovedTag:
    """A tag that means other bytes now; `now` is empty where the tag is gone."""

    step: str
    reference: str
    repository: str
    tag: str
    was: str
    now: str
    pushed_at: datetime | None = None


@dataclass(frozen=True)
class TagLook:
    """What the feeds say about a release's tags; `unasked` are sentences on what they don't."""

    moved: tuple[MovedTag, ...]
    unasked: tuple[str, ...]
    silent: frozenset[str] = frozenset()
    """Slugs of the feeds that told nothing."""


def look_at_tags(
    release: Release,
    *,
    steps: Collection[str] | None = None,
    feeds: Mapping[str, Feed] | None = None,
    seconds: float = ASK_SECONDS,
) -> TagLook:
    """The images whose tag moved since; what a feed doesn't tell in `seconds` counts as unmoved.

    `steps` are slugs, None means all; `feeds` by slug, where the caller has read them: images of
    others are left out. Asks the feeds: call it from a `/remote/` page or the worker.
    """
    images = [
        image
        for image in release.images.all()
        if image.digest
        and (steps is None or image.step in steps)
        and (feeds is None or image.feed in feeds)
    ]
    known = feeds_by_slug({image.feed for image in images}) if feeds is None else feeds

    def look(image: ReleaseImage) -> TagFacts:
        feed: Feed | None = known.get(image.feed)
        return find_tag(feed, image.repository, image.tag)

    too_late = TagFacts(exists=None, problem="Its feed doesn't answer.")
    answers = ask_all(look, images, too_late=too_late, seconds=seconds)
    return _told(list(zip(images, answers, strict=True)))


def _told(asked: Sequence[tuple[ReleaseImage, TagFacts]]) -> TagLook:
    answering = {image.feed for image, facts in asked if facts.exists is not None}
    return TagLook(
        moved=tuple(
            MovedTag(
                step=image.step,
                reference=image.reference,
                repository=image.repository,
                tag=image.tag,
                was=image.digest,
                now=facts.digest,
                pushed_at=facts.pushed_at,
            )
            for image, facts in asked
            if facts.exists is not None and facts.digest != image.digest
        ),
        unasked=tuple(
            f"{image.repository}:{image.tag} could not be looked up. {facts.problem}"
            for image, facts in asked
            if facts.exists is None
        ),
        silent=frozenset(image.feed for image, _ in asked) - answering,
    )
