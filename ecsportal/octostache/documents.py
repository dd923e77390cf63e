"""Whole documents: every text of a step's inputs, with the path of what could not be found."""

from collections.abc import Mapping
from typing import Any

from ecsportal.octostache.errors import OctostacheError
from ecsportal.octostache.variables import Variables


def evaluate_document(
    document: Any, variables: Variables | Mapping[str, str | None]
) -> tuple[Any, list[tuple[str, str]]]:
    """A copy with every text evaluated, and (path, missing token) for what found nothing.

    Keys stay as they are; so do numbers, booleans and None. A bound number comes out as text. A
    text that does not parse counts as missing as a whole. What evaluation raises carries the path
    in front of its message.
    """
    known = variables if isinstance(variables, Variables) else Variables(variables)
    missing: list[tuple[str, str]] = []
    holder: list[Any] = [document]
    todo: list[tuple[Any, Any, str]] = [(holder, 0, "")]  # container, key in it, path of the value
    while todo:
        container, key, path = todo.pop()
        value = container[key]
        if isinstance(value, str):
            container[key] = _evaluated(value, path, known, missing)
        elif isinstance(value, Mapping):
            copy: Any = dict(value)
            container[key] = copy
            places = [(copy, name, f"{path}.{name}" if path else str(name)) for name in copy]
            todo.extend(reversed(places))
        elif isinstance(value, (list, tuple)):
            copy = list(value)
            container[key] = copy
            places = [(copy, index, f"{path}[{index}]") for index in range(len(copy))]
            todo.extend(reversed(places))
    return holder[0], missing


def _evaluated(
    text: str, path: str, variables: Variables, missing: list[tuple[str, str]]
) -> str | None:
    try:
        outcome = variables.evaluate(text)
    except OctostacheError as error:
        error.args = (f"{path}: {error}" if path else str(error),)
        raise
    if outcome.parse_error is not None:
        missing.append((path, text))
    missing.extend((path, token) for token in outcome.missing)
    return outcome.text
