"""Before anything is sent to AWS: has every expression of every step a value, and a fitting one?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ecsportal.deployments.models import StepRun, TargetRun
from ecsportal.projects.step_document import known_type
from ecsportal.steps.contract import StepError
from ecsportal.steps.step_type import NamesItsValidation
from ecsportal.steps.wording import broken_inputs


@dataclass(frozen=True)
class Fault:
    """What is wrong with one step's inputs on one target: (path, token or message) pairs."""

    step: StepRun
    run: TargetRun
    unresolved: tuple[tuple[str, str], ...] = ()
    broken: tuple[tuple[str, str], ...] = ()

    @property
    def details(self) -> tuple[str, ...]:
        """A line for each."""
        return tuple(f"{path}: {what}" for path, what in (*self.unresolved, *self.broken))


def error_of(fault: Fault) -> StepError:
    """The error of a run whose inputs can't be used."""
    if fault.unresolved:
        return StepError(
            code="ECS-VALIDATION",
            message=_named(fault, _unresolved(fault.unresolved)),
            advice="Give the variables a value, or replace the expressions. "
            "A release takes changed variables over with Update variables.",
            cause="unresolved-expression",
            details=fault.details,
        )
    return StepError(
        code="ECS-VALIDATION",
        message=_named(fault, broken_inputs([path for path, _ in fault.broken])),
        advice="Correct the step's inputs or the variables they use, and deploy again.",
        cause="validation",
        details=fault.details,
    )


def _unresolved(found: tuple[tuple[str, str], ...]) -> str:
    """`#{Database.Url} has no value.`; of several tokens the first and how many more."""
    tokens = list(dict.fromkeys(what for _, what in found))
    if len(tokens) == 1:
        return f"{tokens[0]} has no value."
    return f"{tokens[0]} and {len(tokens) - 1} more have no value."


def _named(fault: Fault, message: str) -> str:
    kind = known_type(fault.step.type)
    if isinstance(kind, NamesItsValidation):
        return f"{kind.validation_error}: {message}"
    return message


def errors_of(faults: Sequence[Fault]) -> list[tuple[Fault, StepError]]:
    """An error for each fault; the first one lists those of the other steps too."""
    errors = [(fault, error_of(fault)) for fault in faults]
    if not errors:
        return []
    first, error = errors[0]
    others = dict.fromkeys(
        f"{fault.step.name}: {detail}"
        for fault in faults[1:]
        if fault.step.pk != first.step.pk
        for detail in fault.details
    )
    errors[0] = first, replace(error, details=(*error.details, *others))
    return errors
