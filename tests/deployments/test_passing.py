"""A question that doesn't hold up other deployments: they pass, and it goes on after them."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.deployments import services
from ecsportal.deployments.models import Deployment, State
from ecsportal.people.models import User
from tests import builders
from tests.deployments.conftest import Queue, run
from tests.deployments.scripted_step import CALLS, scripted, untargeted

PASSES: dict[str, Any] = {"asks": {"holds_others": False}}


@pytest.fixture
def asking(queue: Queue) -> Deployment:
    """Waits for an answer and holds nobody up."""
    return run(queue(untargeted("Approve", "ask", "succeed", **PASSES), scripted("Web", "succeed")))


def later(queue: Queue, asking: Deployment, *script: str) -> Deployment:
    """Another deployment of the same project to the same environment."""
    builders.process(asking.project, [scripted("Web", *script)])
    return queue(project=asking.project)


def answer(deployment: Deployment, by: User) -> Deployment:
    assert deployment.question is not None
    services.answer_question(
        deployment, question=int(deployment.question["id"]), answer="retry", by=by
    )
    return run(deployment)


def test_another_deployment_passes(queue: Queue, asking: Deployment) -> None:
    assert (asking.state, asking.lets_pass) == (State.WAITING, True)
    assert run(later(queue, asking, "succeed")).state == State.SUCCEEDED
    asking.refresh_from_db()
    assert asking.state == State.WAITING


def test_an_ordinary_question_holds_others_up(queue: Queue) -> None:
    asking = run(queue(untargeted("Approve", "ask", "succeed")))
    waiting = run(later(queue, asking, "succeed"))
    assert (waiting.state, asking.lets_pass) == (State.QUEUED, False)


def test_answered_it_waits_until_the_other_has_ended(
    queue: Queue, asking: Deployment, deployer: User
) -> None:
    other = run(later(queue, asking, "ask", "succeed"))
    assert other.state == State.WAITING
    answer(asking, deployer)
    assert asking.state == State.EXECUTING
    assert ("poll", "", ("succeed", False, "retry")) not in CALLS
    client = builders.api_client(deployer)
    told = client.get(f"/api/v1/deployments/{asking.pk}").json()["waiting_for"]
    assert (told["kind"], told["id"]) == ("deployment", other.pk)
    assert answer(other, deployer).state == State.SUCCEEDED
    asking.refresh_from_db()
    assert (asking.state, asking.lets_pass) == (State.SUCCEEDED, False)


def test_answered_it_comes_before_those_in_the_queue(
    queue: Queue, asking: Deployment, deployer: User
) -> None:
    other = run(later(queue, asking, "ask", "succeed"))
    answer(asking, deployer)
    queued = run(queue(project=asking.project))
    CALLS.clear()
    answer(other, deployer)
    run(queued)
    assert [call[0] for call in CALLS][:2] == ["poll", "poll"]  # the other's end, then the answer
    assert CALLS[1][1] == ""


def test_it_holds_others_up_while_another_step_of_it_works(queue: Queue) -> None:
    beside = scripted("Web", "wait long", start="with_previous")
    asking = run(queue(untargeted("Approve", "ask", "succeed", **PASSES), beside))
    assert (asking.state, asking.lets_pass) == (State.WAITING, False)


def test_one_that_lets_others_pass_can_be_cancelled_beside_them(
    queue: Queue, asking: Deployment, deployer: User
) -> None:
    other = run(later(queue, asking, "wait long"))
    services.cancel_deployment(asking, by=deployer)
    assert run(asking).state == State.CANCELLED
    other.refresh_from_db()
    assert other.state == State.EXECUTING
