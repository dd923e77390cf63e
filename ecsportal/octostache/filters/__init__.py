"""The built-in filters by name (SPEC section 12).

A filter takes the left side (None: unresolved), its arguments and the evaluation's budget. It
returns None where it fails, which leaves the expression as it stands, and raises FilterError
where the reference engine raises.
"""

from ecsportal.octostache.characters import to_lower
from ecsportal.octostache.filters import (
    dates,
    encodings,
    escapes,
    formats,
    markdown,
    patterns,
    texts,
    uris,
    versions,
)
from ecsportal.octostache.nodes import Filter

_FILTERS: dict[str, Filter] = {
    **texts.FILTERS,
    **patterns.FILTERS,
    **escapes.FILTERS,
    **encodings.FILTERS,
    **uris.FILTERS,
    **versions.FILTERS,
    **formats.FILTERS,
    **dates.FILTERS,
    **markdown.FILTERS,
}

NAMES: tuple[str, ...] = tuple(sorted(_FILTERS))
"""Names as the reference spells them."""

_BY_LOWER_NAME = {to_lower(name): function for name, function in _FILTERS.items()}


def find(name: str) -> Filter | None:
    """The built-in filter of this name, in any case; None if there is none."""
    return _BY_LOWER_NAME.get(to_lower(name))
