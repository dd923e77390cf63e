"""`Markdown` and `MarkdownToHtml`."""

from ecsportal.octostache.characters import trim
from ecsportal.octostache.filters.texts import without_arguments
from ecsportal.octostache.nodes import Filter


def _html(text: str) -> str:
    # noqa comment below: a template without Markdown should not wait for the library's import.
    from ecsportal.octostache.filters.commonmark import to_html  # noqa: PLC0415 -- slow import

    return to_html(trim(text)) + "\n"


FILTERS: dict[str, Filter] = {
    "Markdown": without_arguments(_html),
    "MarkdownToHtml": without_arguments(_html),
}
