"""What a registry tells about an image's tag."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class ImageTag:
    """One tag; `digest` and `pushed_at` are None and `platforms` empty where the registry's list
    doesn't tell them."""

    tag: str
    digest: str | None = None
    pushed_at: datetime | None = None
    platforms: tuple[str, ...] = ()


class FeedError(Exception):
    """A registry can't answer, in words for the person who asked.

    `code` is stable: FEED-CREDENTIALS, FEED-NOT-FOUND, FEED-LIMIT, FEED-UNREACHABLE, FEED-REFUSED,
    FEED-NOT-A-REGISTRY, FEED-ANSWER. `transient` means that asking later may work. A release can be
    created all the same: a tag can be typed.
    """

    def __init__(
        self, code: str, message: str, advice: str = "", *, transient: bool = False
    ) -> None:
        self.code = code
        self.message = message
        self.advice = advice
        self.transient = transient
        super().__init__(message)
