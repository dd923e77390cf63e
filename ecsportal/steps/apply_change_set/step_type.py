"""What the step declares to the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ecsportal.steps.apply_change_set.inputs import ApplyChangeSetInputs, check_rules
from ecsportal.steps.apply_change_set.summary import summary
from ecsportal.steps.contract import JsonDict, StepRunner
from ecsportal.steps.modelled import ModelledStep
from ecsportal.steps.problems import Problem
from ecsportal.steps.step_type import StepType

if TYPE_CHECKING:
    from ecsportal.steps.forms.parts import Section


class ApplyChangeSet(ModelledStep[ApplyChangeSetInputs]):
    """Executes a change set that an earlier step proposed."""

    slug = "apply-change-set"
    name = "Apply an AWS CloudFormation change set"
    summary = "Executes what a template step only proposed, for instance after an approval."
    choose_when = "A person should see what a template step would change before it does."
    model = ApplyChangeSetInputs
    runs_on_targets = True

    @cached_property
    def runner(self) -> StepRunner:
        """The execution on one target."""
        from ecsportal.steps.apply_change_set.run import (  # noqa: PLC0415 -- checks need no AWS client
            ApplyChangeSetRunner,
        )

        return ApplyChangeSetRunner()

    def sections(self) -> Sequence[Section]:
        """The change set, and how long it is followed."""
        from ecsportal.steps.apply_change_set.form import (  # noqa: PLC0415 -- checks need no form
            SECTIONS,
        )

        return SECTIONS

    def rules(self, inputs: ApplyChangeSetInputs) -> list[Problem]:
        """Stack and change set are named."""
        return check_rules(inputs)

    def summarise(self, inputs: JsonDict) -> str:
        """The change set and its stack."""
        return summary(inputs)


STEP_TYPE: StepType = ApplyChangeSet()
