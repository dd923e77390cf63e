"""Questions that only a person can answer: instructions, who may, with which note."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.audit.models import AuditEvent
from ecsportal.deployments import services
from ecsportal.deployments.models import Deployment, InboxMessage, Level, State, TargetRun
from ecsportal.infrastructure.models import Environment
from ecsportal.people.models import Role, User
from ecsportal.problems import NotAllowed, ValidationProblem
from tests import builders
from tests.deployments.conftest import Queue, run
from tests.deployments.scripted_step import untargeted

INSTRUCTIONS = "Look at **the board** first.\n\n<script>alert(1)</script>"


@pytest.fixture
def asking(queue: Queue) -> Deployment:
    """Waits for a lead of Staging, who has to write a note."""
    asks = {"instructions": INSTRUCTIONS, "responsible": ["lead"], "note_required": True}
    return run(queue(untargeted("Approve", "ask", "succeed", asks=asks)))


@pytest.fixture
def lead(transactional_db: None) -> User:
    return builders.user_with_role(Role.LEAD, name="lea")


@pytest.fixture
def only_deployer(transactional_db: None) -> User:
    return builders.user_with_role(Role.DEPLOYER)


def question_of(deployment: Deployment) -> int:
    assert deployment.question is not None
    return int(deployment.question["id"])


def answered(deployment: Deployment, by: User, note: str = "seen") -> Deployment:
    services.answer_question(
        deployment, question=question_of(deployment), answer="retry", note=note, by=by
    )
    return run(deployment)


def test_the_api_tells_all_of_the_question(asking: Deployment, lead: User) -> None:
    client = builders.api_client(lead)
    waiting = client.get(f"/api/v1/deployments/{asking.pk}").json()["waiting_for"]
    assert waiting | {"id": 0} == {
        "kind": "question",
        "id": 0,
        "until": None,
        "text": "Go on?",
        "answers": ["retry", "fail"],
        "instructions": INSTRUCTIONS,
        "responsible": ["lead"],
        "note_required": True,
        "assigned_to": "",
        "ahead": 0,
    }


def test_the_runner_learns_who_answered_and_what_they_noted(asking: Deployment, lead: User) -> None:
    assert answered(asking, lead).state == State.SUCCEEDED
    outputs = TargetRun.objects.get().outputs
    assert (outputs["Answer"], outputs["Note"], outputs["By"]) == ("retry", "seen", "lea")


def test_an_answer_is_logged_and_audited(asking: Deployment, lead: User) -> None:
    answered(asking, lead)
    assert asking.lines.filter(level=Level.HIGHLIGHT, text='lea answered retry: "seen"').exists()
    event = AuditEvent.objects.get(action="deployment.answered")
    assert (event.username, event.after["note"]) == ("lea", "seen")


def test_whoever_is_not_responsible_reads_who_is(asking: Deployment, only_deployer: User) -> None:
    with pytest.raises(NotAllowed, match="Only a lead of Staging may answer this"):
        answered(asking, only_deployer)
    client = builders.api_client(only_deployer)
    path = f"/api/v1/deployments/{asking.pk}/answer"
    sent = {"question": question_of(asking), "answer": "retry", "note": "seen"}
    answer = client.post(path, sent, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "NOT_RESPONSIBLE")


@pytest.mark.parametrize("role", [Role.LEAD, Role.ADMINISTRATOR])
def test_a_higher_role_covers_a_lower_one(asking: Deployment, role: str) -> None:
    assert answered(asking, builders.user_with_role(role)).state == State.SUCCEEDED


def test_a_role_counts_only_where_it_was_given(asking: Deployment) -> None:
    elsewhere: Environment = builders.environment("Production")
    of_elsewhere = builders.user_with_role(Role.LEAD, environments=[elsewhere])
    with pytest.raises(NotAllowed):
        answered(asking, of_elsewhere)


def test_a_wanted_note_that_is_missing_is_refused_beside_its_field(
    asking: Deployment, lead: User
) -> None:
    with pytest.raises(ValidationProblem) as caught:
        answered(asking, lead, note="  ")
    assert [error.path for error in caught.value.errors] == ["note"]
    client = builders.signed_in(lead)
    sent: dict[str, Any] = {"question": question_of(asking), "answer": "retry", "note": ""}
    answer = client.post(f"/deployments/{asking.pk}/answer/", sent)
    assert answer.status_code == 422
    assert 'id="answer-note-error">Write a note: this question needs one.' in (
        answer.content.decode()
    )
    assert not InboxMessage.objects.exists()


def test_the_page_shows_the_instructions_and_never_their_html(
    asking: Deployment, lead: User, only_deployer: User
) -> None:
    html = builders.signed_in(lead).get(f"/deployments/{asking.pk}/").content.decode()
    assert "Look at <strong>the board</strong> first." in html
    assert "<script>alert" not in html
    assert 'data-needs="Role-lead"' in html
    assert "Role-lead" in html.split('data-may="')[1].split('"')[0]
    other = builders.signed_in(only_deployer).get(f"/deployments/{asking.pk}/").content.decode()
    assert "Only a lead of Staging may answer this." in other


def test_an_answer_that_comes_late_does_not_answer_the_next_question(
    queue: Queue, deployer: User
) -> None:
    deployment = run(queue(untargeted("Approve", "ask", "ask", "succeed")))
    first = question_of(deployment)
    for _ in range(2):  # a double click
        services.answer_question(deployment, question=first, answer="retry", by=deployer)
    run(deployment)
    assert deployment.state == State.WAITING
    assert question_of(deployment) != first


def both_answer(
    asking: Deployment, first: User, second: User, answers: tuple[str, str]
) -> list[str]:
    """Two people who saw the same question answer it; the log's lines about answers."""
    seen = question_of(asking)
    for by, answer in zip((first, second), answers, strict=True):
        services.answer_question(asking, question=seen, answer=answer, note="seen", by=by)
    run(asking)
    return [line.text for line in asking.lines.order_by("seq") if " answered " in line.text]


def test_of_two_answers_the_second_is_told_to_have_come_to_nothing(
    asking: Deployment, lead: User
) -> None:
    other = builders.user_with_role(Role.LEAD, name="otto")
    assert both_answer(asking, lead, other, ("retry", "fail")) == [
        'lea answered retry: "seen"',
        "otto answered fail, but lea had answered retry before: nothing follows from it.",
    ]
    assert asking.state == State.SUCCEEDED
    assert TargetRun.objects.get().outputs["By"] == "lea"


def test_a_double_click_on_an_answer_is_told_once(asking: Deployment, lead: User) -> None:
    assert both_answer(asking, lead, lead, ("retry", "retry")) == ['lea answered retry: "seen"']


def test_an_answer_that_a_cancel_was_ahead_of_is_told(asking: Deployment, lead: User) -> None:
    seen = question_of(asking)
    services.cancel_deployment(asking, by=lead)
    services.answer_question(asking, question=seen, answer="retry", note="seen", by=lead)
    assert run(asking).state == State.CANCELLED
    text = "lea answered retry, but the question was closed already: nothing follows from it."
    assert asking.lines.filter(level=Level.WARNING, text=text).exists()
