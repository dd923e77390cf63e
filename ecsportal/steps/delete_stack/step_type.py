"""What the step declares to the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ecsportal.steps.contract import JsonDict, StepRunner
from ecsportal.steps.delete_stack.inputs import DeleteStackInputs, check_rules
from ecsportal.steps.delete_stack.summary import summary
from ecsportal.steps.look_ahead import Foreseen
from ecsportal.steps.modelled import ModelledStep
from ecsportal.steps.problems import Problem
from ecsportal.steps.step_type import Confirmation, StepType

if TYPE_CHECKING:
    from ecsportal.steps.forms.parts import Section


class DeleteStack(ModelledStep[DeleteStackInputs]):
    """Deletes a stack with all that it holds."""

    slug = "delete-stack"
    name = "Delete an AWS CloudFormation stack"
    summary = "Takes a stack away: a preview that has been looked at, or a clean-up after failure."
    choose_when = "A stack is needed for a while only, or has to go when something failed."
    model = DeleteStackInputs
    runs_on_targets = True

    @cached_property
    def runner(self) -> StepRunner:
        """The deletion on one target."""
        from ecsportal.steps.delete_stack.run import (  # noqa: PLC0415 -- checks need no AWS client
            DeleteStackRunner,
        )

        return DeleteStackRunner()

    def sections(self) -> Sequence[Section]:
        """The stack, and how long it is followed."""
        from ecsportal.steps.delete_stack.form import (  # noqa: PLC0415 -- checks need no form
            SECTIONS,
        )

        return SECTIONS

    def rules(self, inputs: DeleteStackInputs) -> list[Problem]:
        """The stack is named."""
        return check_rules(inputs)

    def summarise(self, inputs: JsonDict) -> str:
        """The stack."""
        return summary(inputs)

    def look_ahead(
        self, inputs: JsonDict, version: int, *, stack_name: str, clients: Callable[[str], Any]
    ) -> list[Foreseen]:
        """Whether the stack may be deleted."""
        from ecsportal.steps.delete_stack.look_ahead import (  # noqa: PLC0415 -- checks need no AWS client
            look_ahead,
        )

        return look_ahead(inputs, clients)

    def confirmations(self, inputs: JsonDict) -> list[Confirmation]:
        """The stack's name."""
        name = str(inputs.get("stack_name") or "")
        does = f"deletes the stack {name} with all that it holds"
        return [Confirmation(name, does)] if name else []


STEP_TYPE: StepType = DeleteStack()
