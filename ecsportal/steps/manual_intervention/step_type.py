"""What the step declares to the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ecsportal.steps.contract import JsonDict, StepRunner
from ecsportal.steps.manual_intervention.inputs import ManualInterventionInputs, check_rules
from ecsportal.steps.modelled import ModelledStep
from ecsportal.steps.problems import Problem
from ecsportal.steps.step_type import StepType

if TYPE_CHECKING:
    from ecsportal.steps.forms.parts import Section


class ManualIntervention(ModelledStep[ManualInterventionInputs]):
    """Waits until a person lets the deployment go on, or ends it."""

    slug = "manual-intervention"
    name = "Manual intervention"
    summary = "Waits until a person has read the instructions and lets the deployment go on."
    choose_when = "Somebody has to agree, or to do something by hand, before what follows."
    model = ManualInterventionInputs
    runs_on_targets = False

    @cached_property
    def runner(self) -> StepRunner:
        """Asks, and reads the answer."""
        from ecsportal.steps.manual_intervention.run import (  # noqa: PLC0415 -- checks need no runner
            ManualInterventionRunner,
        )

        return ManualInterventionRunner()

    def sections(self) -> Sequence[Section]:
        """Instructions and answer."""
        from ecsportal.steps.manual_intervention.form import (  # noqa: PLC0415 -- checks need no form
            SECTIONS,
        )

        return SECTIONS

    def rules(self, inputs: ManualInterventionInputs) -> list[Problem]:
        """Instructions are there, and who may answer."""
        return check_rules(inputs)

    def summarise(self, inputs: JsonDict) -> str:
        """Who is asked, and the first line of what."""
        from ecsportal.steps.manual_intervention.form import (  # noqa: PLC0415 -- as above
            asked,
            first_line,
        )

        first = first_line(inputs)
        return f"Asks {asked(self.initial_inputs() | inputs)}" + (f": {first}" if first else "")


STEP_TYPE: StepType = ManualIntervention()
