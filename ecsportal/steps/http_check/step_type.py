"""What the step declares to the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ecsportal.steps.contract import JsonDict, StepRunner
from ecsportal.steps.http_check.inputs import HttpCheckInputs, check_rules
from ecsportal.steps.modelled import ModelledStep
from ecsportal.steps.problems import Problem
from ecsportal.steps.step_type import StepType

if TYPE_CHECKING:
    from ecsportal.steps.forms.parts import Section


class HttpCheck(ModelledStep[HttpCheckInputs]):
    """Asks an address until it answers as expected."""

    slug = "http-check"
    name = "HTTP check"
    summary = 'Asks an address after a deploy, so that "it runs" means "it answers".'
    choose_when = "Running tasks are not proof enough: users need an answer of this address."
    model = HttpCheckInputs
    runs_on_targets = False

    @cached_property
    def runner(self) -> StepRunner:
        """One question a turn."""
        from ecsportal.steps.http_check.run import (  # noqa: PLC0415 -- checks need no HTTP client
            HttpCheckRunner,
        )

        return HttpCheckRunner()

    def sections(self) -> Sequence[Section]:
        """Request, answer, attempts."""
        from ecsportal.steps.http_check.form import SECTIONS  # noqa: PLC0415 -- checks need no form

        return SECTIONS

    def rules(self, inputs: HttpCheckInputs) -> list[Problem]:
        """The address can be asked, and the numbers fit."""
        return check_rules(inputs)

    def summarise(self, inputs: JsonDict) -> str:
        """`GET https://shop.example/healthz, expecting 200`."""
        url = str(inputs.get("url") or "")
        if not url:
            return "No address yet"
        return f"{inputs.get('method', 'GET')} {url}, expecting {inputs.get('status', 200)}"


STEP_TYPE: StepType = HttpCheck()
