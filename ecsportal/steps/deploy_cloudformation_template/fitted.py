"""Inputs fitted to their template: a place for each parameter and for each image it uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_cloudformation_template.source import Source, read_source
from ecsportal.steps.step_type import ImageNeed


def source_of(document: JsonDict) -> Source:
    """What is known of the document's template, whatever shape the document has."""
    text = document.get("template")
    return read_source(text if isinstance(text, str) else "")


def fitted(document: JsonDict, choices: Mapping[str, Any]) -> JsonDict:
    """The document with a value for every parameter, in the template's order, and every image.

    What the template no longer has is kept while it has a value: a message tells, and clearing it
    takes it out. While the template can't be read nothing changes. `choices` may have `images`, the
    needs of the process's other steps: an image of the same reference is taken from there.
    """
    source = source_of(document)
    fit = dict(document)
    if source.content is not None and not source.is_open:
        fit["parameters"] = _parameters(_objects(document.get("parameters")), source)
    if source.content is not None:
        fit["images"] = _images(
            _objects(document.get("images")), source.images, choices.get("images", ())
        )
    return fit


def _parameters(given: list[JsonDict], source: Source) -> list[JsonDict]:
    by_name = {str(entry.get("name")): entry for entry in reversed(given)}
    declared = [
        by_name.get(parameter.name, {"name": parameter.name, "value": ""})
        for parameter in source.parameters
    ]
    gone = [
        entry for entry in given if entry.get("name") not in source.by_name and entry.get("value")
    ]
    return [*declared, *gone]


def _images(
    given: list[JsonDict], used: Sequence[str], elsewhere: Sequence[ImageNeed]
) -> list[JsonDict]:
    wanted = {reference.lower() for reference in used}
    kept = [
        image
        for image in given
        if str(image.get("reference", "")).lower() in wanted
        or image.get("repository")
        or image.get("feed")
        or not image.get("reference")
    ]
    there = {str(image.get("reference", "")).lower() for image in kept}
    known = {need.reference.lower(): need for need in elsewhere}
    new = [reference for reference in used if reference.lower() not in there]
    return [*kept, *(_proposed(reference, known.get(reference.lower())) for reference in new)]


def _proposed(reference: str, need: ImageNeed | None) -> JsonDict:
    return {
        "reference": reference,
        "feed": need.feed if need else "",
        "repository": need.repository if need else "",
    }


def _objects(value: Any) -> list[JsonDict]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
