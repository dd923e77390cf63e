"""An image of the form in one of its states: not asked yet, or with what its feed said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ecsportal.infrastructure.models import Feed
from ecsportal.registries.tags import ImageTag
from ecsportal.registries.versions import parse
from ecsportal.releases.choosing import ChosenImage, Pick, choose_image, missing_words
from ecsportal.releases.proposal import NeededImage, Proposal
from ecsportal.releases.tags import ListedTags, read_tags

SHOWN_TAGS = 100


@dataclass(frozen=True)
class TagOption:
    """A tag in the picker."""

    entry: ImageTag
    is_latest: bool
    is_last: bool
    is_version: bool


@dataclass(frozen=True)
class Options:
    """The tags that the picker shows, and how many there are in all."""

    shown: tuple[TagOption, ...]
    matching: int
    total: int


@dataclass(frozen=True)
class ImageRow:
    """A row of the form. `choice` is None while the feed hasn't been asked."""

    number: int
    need: NeededImage
    tag: str
    pick: Pick = "latest"
    starts_step: bool = False
    choice: ChosenImage | None = None
    options: Options | None = None
    error: str = ""
    anew: bool = False
    picked: bool = False

    @property
    def can_pick(self) -> bool:
        """True where there is a list to pick from; else the tag is typed."""
        return bool(self.options and self.options.total)

    @property
    def problem(self) -> str:
        """Why the feed couldn't be asked, or empty."""
        return self.choice.problem if self.choice and self.choice.exists is None else ""

    @property
    def comparison(self) -> str:
        """Against the last release: `new`, `same`, `moved` (same tag, other bytes) or `other`."""
        if not self.need.last_tag:
            return "new"
        if self.tag != self.need.last_tag:
            return "other"
        digests = (self.need.last_digest, self.choice.digest if self.choice else "")
        return "moved" if all(digests) and digests[0] != digests[1] else "same"

    @property
    def is_newer(self) -> bool:
        """True where the tag is a higher version than the last release's."""
        return parse(self.tag) > parse(self.need.last_tag)


def unread_rows(
    proposal: Proposal,
    *,
    tags: Mapping[str, str],
    pick: Pick = "latest",
    errors: Mapping[str, str] | None = None,
    anew: bool = False,
) -> list[ImageRow]:
    """All rows before any feed was asked; `tags` by the image's key."""
    rows = []
    step = ""
    for number, need in enumerate(proposal.images):
        rows.append(
            ImageRow(
                number=number,
                need=need,
                tag=tags.get(need.key, ""),
                pick=pick,
                starts_step=need.step != step,
                error=(errors or {}).get(need.key, ""),
                anew=anew,
            )
        )
        step = need.step
    return rows


def read_row(
    proposal: Proposal,
    need: NeededImage,
    feed: Feed | None,
    *,
    tag: str,
    pick: Pick,
    anew: bool = False,
    picked: bool = False,
) -> ImageRow:
    """The row with what the feed says; asks it, bounded in time."""
    listed = read_tags(feed, need.repository, anew=anew)
    choice = choose_image(need, feed, tag=tag, pick=pick, listed=listed)
    error = ""
    if choice.exists is False:
        error = choice.problem if not listed.find(choice.tag) else ""
        error = error or missing_words(need, choice.tag)
    return ImageRow(
        number=proposal.images.index(need),
        need=need,
        tag=choice.tag,
        pick=pick,
        choice=choice,
        options=options_of(listed, need),
        error=error,
        picked=picked,
    )


def options_of(listed: ListedTags, need: NeededImage, *, search: str = "") -> Options:
    """The newest tags that contain `search`."""
    needle = search.strip().lower()
    matching: Sequence[ImageTag] = [e for e in listed.tags if needle in e.tag.lower()]
    latest = listed.tags[0].tag if listed.tags else ""
    return Options(
        shown=tuple(
            TagOption(
                entry=entry,
                is_latest=entry.tag == latest,
                is_last=entry.tag == need.last_tag,
                is_version=parse(entry.tag).has_numbers,
            )
            for entry in matching[:SHOWN_TAGS]
        ),
        matching=len(matching),
        total=len(listed.tags),
    )
