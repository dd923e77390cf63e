"""The pasted template as the form and the rules read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from ecsportal.cloudformation.documents import DocumentError
from ecsportal.cloudformation.parameters import Parameter, declared_parameters
from ecsportal.cloudformation.template_bucket import MOST_BYTES
from ecsportal.steps.bound_template import has_blocks, image_references, parse_bound
from ecsportal.steps.contract import JsonDict


@dataclass(frozen=True)
class Source:
    """What is known of a template's text. `content` is None where it can't be read.

    `error` says why; `is_open` is true where blocks (`#{if ...}`) decide what the template is, so
    that it can be read only when deploying.
    """

    content: JsonDict | None = None
    error: DocumentError | None = None
    is_open: bool = False
    parameters: tuple[Parameter, ...] = ()
    images: tuple[str, ...] = ()
    by_name: dict[str, Parameter] = field(default_factory=dict)


@lru_cache(maxsize=4)
def read_source(text: str) -> Source:
    """Read the text; kept for the next look, since a form asks several times. Don't change it."""
    if not text.strip() or len(text.encode()) > MOST_BYTES:
        return Source(images=tuple(image_references(text[:MOST_BYTES])))
    images, is_open = tuple(image_references(text)), has_blocks(text)
    try:
        content = parse_bound(text)
    except DocumentError as error:
        return Source(error=error, is_open=is_open, images=images)
    parameters = tuple(declared_parameters(content))
    return Source(content, None, is_open, parameters, images, {p.name: p for p in parameters})
