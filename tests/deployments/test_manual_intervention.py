"""A manual intervention in a whole deployment: asked, answered, and what follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.deployments import services
from ecsportal.deployments.models import Deployment, RunState, State, StepRun
from ecsportal.people.models import Role, User
from tests import builders
from tests.deployments.conftest import Queue, run
from tests.deployments.scripted_step import scripted, untargeted

APPROVE = untargeted("Approve") | {
    "type": "manual-intervention",
    "inputs": {
        "instructions": "Deploy **#{Octopus.Release.Number}** to #{Octopus.Environment.Name}?",
        "responsible": ["lead"],
        "note_required": True,
    },
}
NOTE = "#{Octopus.Action[Approve].Output.Manual.Notes}"


@pytest.fixture
def lead(transactional_db: None) -> User:
    return builders.user_with_role(Role.LEAD, name="lea")


@pytest.fixture
def waiting(queue: Queue) -> Deployment:
    return run(
        queue(
            APPROVE,
            scripted("Web", "succeed", text=NOTE),
            scripted("Undo", "succeed", condition="failure"),
            scripted("Tell", "succeed", condition="always"),
        )
    )


def answered(deployment: Deployment, answer: str, by: User) -> Deployment:
    assert deployment.question is not None
    question = int(deployment.question["id"])
    services.answer_question(deployment, question=question, answer=answer, note="seen", by=by)
    return run(deployment)


def states(deployment: Deployment) -> dict[str, str]:
    return dict(StepRun.objects.filter(deployment=deployment).values_list("slug", "state"))


def test_the_question_waits_with_its_instructions_filled_in(
    waiting: Deployment, lead: User
) -> None:
    assert waiting.state == State.WAITING
    page = builders.signed_in(lead).get(f"/deployments/{waiting.pk}/").content.decode()
    assert "Deploy <strong>1.0.1</strong> to Staging?" in page
    assert "Approve: go on with 1.0.1 in Staging?" in page


def test_the_dashboard_says_that_it_waits(waiting: Deployment, lead: User) -> None:
    html = builders.signed_in(lead).get("/").content.decode()
    attention = html[html.index('id="attention"') :].partition("</section>")[0]
    assert "Waiting" in attention
    assert "Approve: go on with 1.0.1 in Staging?" in attention


def test_proceeding_goes_on_and_the_note_is_an_output(waiting: Deployment, lead: User) -> None:
    assert answered(waiting, "proceed", lead).state == State.SUCCEEDED
    web = StepRun.objects.get(slug="web").targets.get()
    assert web.outputs["Inputs"] == "seen"
    assert states(waiting)["undo"] == RunState.SKIPPED


def test_aborting_fails_the_deployment_and_later_steps_clean_up(
    waiting: Deployment, lead: User
) -> None:
    assert answered(waiting, "abort", lead).state == State.FAILED
    assert waiting.error is not None
    wanted: dict[str, Any] = {"code": "MANUAL-ABORTED", "step": "approve"}
    assert {key: waiting.error[key] for key in wanted} == wanted
    assert states(waiting) == {
        "approve": RunState.FAILED,
        "web": RunState.SKIPPED,
        "undo": RunState.SUCCEEDED,
        "tell": RunState.SUCCEEDED,
    }


def test_cancelling_takes_the_question_back(waiting: Deployment, lead: User) -> None:
    services.cancel_deployment(waiting, by=lead)
    assert run(waiting).state == State.CANCELLED
    assert waiting.question is None
