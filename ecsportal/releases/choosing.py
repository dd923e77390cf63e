"""Choosing a tag for each image of a release, and finding out which bytes it means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ecsportal.infrastructure.asking import ASK_SECONDS, ask_all
from ecsportal.infrastructure.models import Feed
from ecsportal.problems import FieldError
from ecsportal.releases.proposal import NeededImage
from ecsportal.releases.tags import ListedTags, feeds_by_slug, find_tag, read_tags
from ecsportal.steps.bound import is_bound

Pick = Literal["latest", "last"]
MAX_TAG = 128
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
"""Source: OCI distribution specification, "reference"."""


@dataclass(frozen=True)
class ChosenImage:
    """An image with its tag; `problem` says why digest or tag could not be learnt."""

    need: NeededImage
    tag: str
    digest: str = ""
    pushed_at: datetime | None = None
    exists: bool | None = None
    problem: str = ""


def choose_all(
    needs: Sequence[NeededImage],
    tags: Mapping[str, str],
    *,
    pick: Pick = "latest",
    seconds: float = ASK_SECONDS,
) -> list[ChosenImage]:
    """A tag for each image: the one named in `tags` by the image's key, or what `pick` says.

    Asks all feeds side by side. A feed that doesn't answer within `seconds` leaves the digest
    empty, and the last release's tag where none was named; an image without either has the tag "".
    """
    known = feeds_by_slug({need.feed for need in needs})

    def choose(need: NeededImage) -> ChosenImage:
        return choose_image(need, known.get(need.feed), tag=tags.get(need.key, ""), pick=pick)

    chosen = ask_all(choose, needs, too_late=None, seconds=seconds)
    return [
        choice or _unanswered(need, known.get(need.feed), tags.get(need.key, ""))
        for need, choice in zip(needs, chosen, strict=True)
    ]


def choose_image(
    need: NeededImage,
    feed: Feed | None,
    *,
    tag: str = "",
    pick: Pick = "latest",
    listed: ListedTags | None = None,
) -> ChosenImage:
    """One image's tag and digest; `listed` saves a second look where the tags are read already."""
    problem = ""
    if not tag and pick == "last":
        tag = need.last_tag
    if not tag:
        listed = listed or read_tags(feed, need.repository)
        tag = listed.tags[0].tag if listed.tags else need.last_tag
        problem = listed.problem
    if not tag:
        return ChosenImage(need, "", problem=problem or "The repository has no tags yet.")
    if fault_of_tag(tag):
        return ChosenImage(need, tag, exists=False, problem=fault_of_tag(tag))
    if problem:
        return ChosenImage(need, tag, problem=problem)
    facts = find_tag(feed, need.repository, tag)
    return ChosenImage(need, tag, facts.digest, facts.pushed_at, facts.exists, facts.problem)


def _unanswered(need: NeededImage, feed: Feed | None, tag: str) -> ChosenImage:
    named = feed.name if feed else need.feed
    problem = f"The feed {named} doesn't answer in time."
    return ChosenImage(need, tag or need.last_tag, problem=problem)


def fault_of_tag(tag: str) -> str:
    """What forbids this text as a tag, in words; empty where nothing does."""
    if _TAG.fullmatch(tag):
        return ""
    if len(tag) > MAX_TAG:
        return f"A tag has at most {MAX_TAG} characters."
    return 'Letters, digits, "_", "." and "-" only; the first is no "." and no "-".'


def errors_of(chosen: Sequence[ChosenImage], known: Mapping[str, Feed]) -> list[FieldError]:
    """What stands in the way of a release of these images, at `images.<step>/<reference>`."""
    errors = []
    for choice in chosen:
        path = f"images.{choice.need.key}"
        if choice.need.feed not in known:
            errors.append(FieldError(path, _no_feed(choice.need), "unknown_feed"))
        elif not choice.tag:
            message = f"Type a tag for {choice.need.label}. {choice.problem}".strip()
            errors.append(FieldError(path, message, "missing"))
        elif fault_of_tag(choice.tag):
            errors.append(FieldError(path, fault_of_tag(choice.tag), "pattern"))
        elif choice.exists is False:
            errors.append(FieldError(path, missing_words(choice.need, choice.tag), "unknown_tag"))
    return errors


def _no_feed(need: NeededImage) -> str:
    if not need.feed:
        return f"{need.label} names no feed. Choose one in {need.step_name}."
    if is_bound(need.feed):
        return f"The feed of {need.label} is an expression. A release needs a feed by name."
    return f'There is no feed "{need.feed}". Choose another for {need.label} in {need.step_name}.'


def missing_words(need: NeededImage, tag: str) -> str:
    """The sentence about a tag that its feed doesn't have."""
    last = f" The last release has {need.last_tag}." if need.last_tag not in ("", tag) else ""
    return f"{need.repository} has no tag {tag}. Push it, or choose another.{last}"
