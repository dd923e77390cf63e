"""Pages of a list, with opaque tokens."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TypeVar

from ecsportal.sandbox.errors import AwsError

Item = TypeVar("Item")


def page(
    items: Sequence[Item], size: int, token: str | None, *, error: AwsError
) -> tuple[list[Item], str | None]:
    """One page, and the token of the next (None at the end); a foreign token raises `error`."""
    start = 0
    if token:
        try:
            start = int(base64.urlsafe_b64decode(token.encode()).decode().removeprefix("page-"))
        except ValueError:
            raise error from None
    end = start + size
    following = base64.urlsafe_b64encode(f"page-{end}".encode()).decode()
    return list(items[start:end]), following if end < len(items) else None
