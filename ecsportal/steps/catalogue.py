"""All step types: one package each under `steps/`, found by its `step_type` module.

Adding a step type is adding a folder; nothing here or elsewhere names it.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator

import ecsportal.steps
from ecsportal.steps.step_type import StepType

_registered: dict[str, StepType] = {}
_found: dict[str, StepType] = {}


class UnknownStepTypeError(LookupError):
    """No step type has this slug."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(f"There is no step type {slug}.")


def register(step_type: StepType) -> None:
    """Add a step type at run time; it takes the place of one with the same slug."""
    _registered[step_type.slug] = step_type


def unregister(slug: str) -> None:
    """Take back what `register` added; nothing happens where it added nothing."""
    _registered.pop(slug, None)


def unregister_all() -> None:
    """Take back all that `register` added."""
    _registered.clear()


def get(slug: str) -> StepType:
    """The step type of this slug; raises UnknownStepTypeError."""
    try:
        return _by_slug()[slug]
    except KeyError:
        raise UnknownStepTypeError(slug) from None


def runs_on_targets(slug: str) -> bool:
    """False where steps of this type run once, without a target; a type that is gone had them."""
    step_type = _by_slug().get(slug)
    return step_type is None or step_type.runs_on_targets


def all() -> list[StepType]:  # noqa: A001 -- read as catalogue.all()
    """Every step type, by name."""
    return sorted(_by_slug().values(), key=lambda step_type: step_type.name)


def _by_slug() -> dict[str, StepType]:
    if not _found:
        _found.update({step_type.slug: step_type for step_type in _scan()})
    return {**_found, **_registered}


def _scan() -> Iterator[StepType]:
    prefix = f"{ecsportal.steps.__name__}."
    for module in pkgutil.iter_modules(ecsportal.steps.__path__, prefix):
        declared_in = f"{module.name}.step_type"
        if module.ispkg and importlib.util.find_spec(declared_in):
            yield importlib.import_module(declared_in).STEP_TYPE
