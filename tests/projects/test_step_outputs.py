"""Whose outputs a step can use."""

from __future__ import annotations

import pytest

from ecsportal.projects.step_outputs import StepOutputs
from tests import builders


def output(step: str) -> str:
    return f"#{{Octopus.Action[{step}].Output.AwsOutputs[Url] | ToUpper}}"


@pytest.fixture
def outputs() -> StepOutputs:
    steps = [
        builders.web_step("First"),
        builders.web_step("Second"),
        builders.web_step("Beside", start="with_previous"),
        builders.web_step("Last"),
    ]
    return StepOutputs(steps, without=["first"])


@pytest.mark.parametrize(
    ("token", "step", "why"),
    [
        (output("SECOND"), "last", ""),
        (output("beside"), "last", ""),
        (output("Last"), "second", "Last hasn't ended when this step begins."),
        (output("Second"), "beside", "Second hasn't ended when this step begins."),
        (output("Second"), "second", "A step can't use its own output."),
        (output("Secnd"), "last", 'There is no step "Secnd" in this process.'),
        (output("First"), "last", "First doesn't run."),
        ("#{Octopus.Action[Second].Output[shop-prod].Url}", "last", ""),
        ("#{Cpu}", "last", ""),
    ],
)
def test_why_an_output_can_never_be_there(
    outputs: StepOutputs, token: str, step: str, why: str
) -> None:
    assert outputs.why_never(token, step) == why


def test_only_an_output_can_come(outputs: StepOutputs) -> None:
    assert outputs.can_come(output("Second"), "last")
    assert not outputs.can_come(output("Last"), "second")
    assert not outputs.can_come("#{Cpu}", "last")
