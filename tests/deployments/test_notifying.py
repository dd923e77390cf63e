"""Hooks that are told when a deployment begins to wait for a person."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.deployments import notifying, services
from ecsportal.deployments.models import State
from ecsportal.people.models import User
from tests.demo.running_demo import eventually
from tests.deployments.conftest import Queue, run
from tests.deployments.scripted_step import scripted

TOLD: list[notifying.Asked] = []
HERE = "tests.deployments.test_notifying"


def tell(asked: notifying.Asked) -> None:
    """The hook of these tests."""
    TOLD.append(asked)


def break_down(asked: notifying.Asked) -> None:
    """A hook with a bug."""
    raise RuntimeError(asked.question)


@pytest.fixture(autouse=True)
def _told(settings: Any) -> None:
    TOLD.clear()
    settings.NOTIFICATION_HOOKS = [f"{HERE}.tell"]
    settings.PUBLIC_URL = "https://deploy.example.com"


def test_a_question_is_told_once_with_where_to_answer_it(queue: Queue) -> None:
    deployment = run(queue(scripted("First", "ask", asks={"responsible": ("lead",)})))
    run(deployment)

    eventually(lambda: TOLD, within=5)
    (asked,) = TOLD
    assert asked == notifying.Asked(
        deployment=deployment.pk,
        project=deployment.project.name,
        release=deployment.release.version,
        environment="Staging",
        step="first",
        target="shop-staging",
        question="Go on?",
        answers=("retry", "fail"),
        responsible=("lead",),
        url=f"https://deploy.example.com/deployments/{deployment.pk}/",
    )


def test_the_next_question_is_told_too(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "ask", "ask", "succeed")))
    assert deployment.question is not None
    services.answer_question(
        deployment, question=deployment.question["id"], answer="retry", by=deployer
    )

    run(deployment)

    eventually(lambda: len(TOLD) == 2, within=5)
    assert deployment.state == State.WAITING


def test_a_hook_that_breaks_holds_up_nothing(queue: Queue, deployer: User, settings: Any) -> None:
    settings.NOTIFICATION_HOOKS = [f"{HERE}.break_down", "no.such.function", f"{HERE}.tell"]
    deployment = run(queue(scripted("First", "ask", "succeed")))
    eventually(lambda: TOLD, within=5)
    assert deployment.question is not None
    services.answer_question(
        deployment, question=deployment.question["id"], answer="retry", by=deployer
    )

    assert run(deployment).state == State.SUCCEEDED


def test_without_hooks_nobody_is_told(queue: Queue, settings: Any) -> None:
    settings.NOTIFICATION_HOOKS = []

    assert run(queue(scripted("First", "ask"))).state == State.WAITING
    assert TOLD == []
