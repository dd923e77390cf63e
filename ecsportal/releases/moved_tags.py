"""Tags that were pushed again after a release froze them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ecsportal.infrastructure.models import Feed
from ecsportal.releases.models import Release, ReleaseImage
from ecsportal.releases.tags import TagFacts, ask_all, feeds_by_slug, find_tag


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


def moved_tags(release: Release) -> list[MovedTag]:
    """The images whose tag moved since; what a feed doesn't tell counts as unmoved.

    Asks the feeds, bounded in time: call it from a `/remote/` page or the worker.
    """
    images = [image for image in release.images.all() if image.digest]
    known = feeds_by_slug({image.feed for image in images})

    def look(image: ReleaseImage) -> TagFacts:
        feed: Feed | None = known.get(image.feed)
        return find_tag(feed, image.repository, image.tag)

    answers = ask_all(look, images, too_late=TagFacts(exists=None))
    return [
        MovedTag(
            step=image.step,
            reference=image.reference,
            repository=image.repository,
            tag=image.tag,
            was=image.digest,
            now=facts.digest,
            pushed_at=facts.pushed_at,
        )
        for image, facts in zip(images, answers, strict=True)
        if facts.exists is not None and facts.digest != image.digest
    ]
