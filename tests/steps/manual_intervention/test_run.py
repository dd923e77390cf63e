"""The question, and what each answer makes of the deployment."""

from __future__ import annotations

from typing import Any

from ecsportal.steps.contract import Asks, Cancelled, Failed, JsonDict, Succeeded
from ecsportal.steps.manual_intervention.run import ManualInterventionRunner
from tests.steps.contexts import context

RUNNER = ManualInterventionRunner()
INPUTS: JsonDict = {"instructions": "Look at **the board**.", "responsible": ["lead"]}


def asked(**inputs: Any) -> Asks:
    progress = RUNNER.start(context(INPUTS | inputs))
    assert isinstance(progress, Asks)
    return progress


def test_it_asks_the_responsible_with_instructions() -> None:
    assert asked(note_required=True) == Asks(
        question="A step: go on with 1.4.2 in Production?",
        answers=("proceed", "abort"),
        state={"asked": True},
        instructions="Look at **the board**.",
        responsible=("lead",),
        note_required=True,
    )


def test_it_may_let_others_pass() -> None:
    assert asked().holds_others
    assert not asked(block=False).holds_others


def test_proceeding_tells_who_and_why() -> None:
    run = context(INPUTS, answer="proceed", answered_by="lea", answer_note="board is green")
    assert RUNNER.poll(run, asked().state) == Succeeded(
        {"Manual.Notes": "board is green", "Manual.ResponsibleUser.Username": "lea"}
    )


def test_aborting_fails_the_step_with_name_and_note() -> None:
    run = context(INPUTS, answer="abort", answered_by="lea", answer_note="loses baskets")
    progress = RUNNER.poll(run, asked().state)
    assert isinstance(progress, Failed)
    assert progress.error.code == "MANUAL-ABORTED"
    assert progress.error.message == 'lea aborted the deployment at A step: "loses baskets".'


def test_an_abort_without_a_note_is_a_sentence_too() -> None:
    progress = RUNNER.poll(context(INPUTS, answer="abort", answered_by="lea"), {"asked": True})
    assert isinstance(progress, Failed)
    assert progress.error.message == "lea aborted the deployment at A step."


def test_without_an_answer_the_question_still_stands() -> None:
    assert RUNNER.poll(context(INPUTS), {"asked": True}) == asked()


def test_inputs_that_turn_out_wrong_ask_nobody() -> None:
    progress = RUNNER.start(context({"instructions": " ", "responsible": ["everyone"]}))
    assert isinstance(progress, Failed)
    assert progress.error.code == "ECS-VALIDATION"
    assert len(progress.error.details) == 2


def test_a_cancel_takes_the_question_back() -> None:
    assert RUNNER.cancel(context(INPUTS), asked().state) == Cancelled("Nobody had answered.")
