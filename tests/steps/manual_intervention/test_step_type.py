"""What the step declares: rules, form, schema."""

from __future__ import annotations

from typing import Any

from ecsportal.steps.manual_intervention.step_type import STEP_TYPE


def problems(**inputs: Any) -> dict[str, str]:
    given = {"instructions": "Look."} | inputs
    return {problem.path: problem.message for problem in STEP_TYPE.check(given, 1)}


def test_a_new_step_states_every_default_and_waits_for_instructions() -> None:
    inputs = STEP_TYPE.initial_inputs()
    assert inputs == {
        "instructions": "",
        "responsible": ["deployer"],
        "block": True,
        "note_required": False,
    }
    assert [problem.path for problem in STEP_TYPE.check(inputs, 1)] == ["instructions"]
    assert set(STEP_TYPE.schema(1)["properties"]) == set(inputs)


def test_roles_that_may_answer_are_taken_and_others_named() -> None:
    assert problems(responsible=["deployer", "lead", "administrator", "#{Approver}"]) == {}
    assert problems(responsible=["lead", "viewer"]) == {
        "responsible[1]": '"viewer" may not answer: deployer, lead or administrator can be named.'
    }
    assert set(problems(responsible=[])) == {"responsible"}


def test_instructions_have_an_end() -> None:
    assert set(problems(instructions="x" * 20_001)) == {"instructions"}


def test_it_is_summarised_in_a_line() -> None:
    inputs = {"instructions": "Look at the board.\nThen decide.", "responsible": ["lead"]}
    assert STEP_TYPE.summarise(inputs) == "Asks lead: Look at the board."
    assert STEP_TYPE.summarise({"instructions": 3, "responsible": "x"}) == "Asks nobody yet: 3"
    assert STEP_TYPE.summarise({"instructions": "## **Stop** here"}) == "Asks deployer: Stop here"
