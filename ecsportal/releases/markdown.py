"""Release notes as HTML."""

from __future__ import annotations

from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # Raw HTML stays text, and markdown-it refuses javascript:, vbscript:, file: and data: links.
    # Images are off: a page of ours loads nothing from elsewhere, and the CSP would block them.
    return (
        MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")
    )


def rendered(notes: str) -> SafeString:
    """The notes as HTML that is safe to show."""
    html: str = _parser().render(notes)
    return mark_safe(html)
