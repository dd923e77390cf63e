"""Release notes as HTML."""

from __future__ import annotations

from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}
"""The page's own headings come first, so those of the notes begin below them."""


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # Raw HTML stays text, and markdown-it refuses javascript:, vbscript:, file: and data: links.
    # Images are off: a page of ours loads nothing from elsewhere, and the CSP would block them.
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    parser.core.ruler.push("lower_headings", _lower_headings)
    return parser


def _lower_headings(state: StateCore) -> None:
    for token in state.tokens:
        token.tag = HEADINGS.get(token.tag, token.tag)


def rendered(notes: str) -> SafeString:
    """The notes as HTML that is safe to show."""
    html: str = _parser().render(notes)
    return mark_safe(html)
