"""One at a time per project and environment; cancel, retry, questions, schedules, double clicks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from ecsportal.audit.models import AuditEvent
from ecsportal.deployments import services
from ecsportal.deployments.models import Deployment, State, TargetRun
from ecsportal.deployments.queries import waiting_for
from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.people.models import User
from ecsportal.problems import Conflict, ValidationProblem
from tests import builders
from tests.deployments.conftest import Queue, run
from tests.deployments.scripted_step import CALLS, scripted, untargeted


def test_the_second_deployment_waits_for_the_first_and_names_it(queue: Queue) -> None:
    first = queue(scripted("First", "wait long"))
    second = queue(project=first.project)
    run(first)
    second.refresh_from_db()
    assert (first.state, second.state) == (State.EXECUTING, State.QUEUED)
    waiting = waiting_for(second)
    assert waiting is not None
    assert (waiting["kind"], waiting["id"]) == ("deployment", first.pk)
    name = first.project.name
    said = f"Waits for deployment {first.pk} ({name} 1.0.1 to Staging), one at a time per"
    assert waiting["text"].startswith(said)


def test_the_page_links_to_the_one_ahead_by_its_number(queue: Queue, deployer: User) -> None:
    first = run(queue(scripted("First", "wait long")))
    second = queue(project=first.project)
    client = builders.api_client(deployer)
    client.force_login(deployer)
    page = client.get(f"/deployments/{second.pk}/").content.decode()
    assert f'<a href="/deployments/{first.pk}/">Waits for deployment {first.pk} (' in page


def test_nobody_is_said_to_wait_for_one_that_holds_up_nobody(queue: Queue, deployer: User) -> None:
    """As the engine has it: one that waits for its time, or lets others pass, is passed over."""
    works = run(queue(scripted("First", "wait long")))
    project, environment = works.project, works.environment
    later = queue(project=project, not_before=timezone.now() + timedelta(hours=1))
    asks = builders.deployment(
        works.release, environment, state=State.WAITING, lets_pass=True, question={"id": 1}
    )
    last = queue(project=project)
    client = builders.api_client(deployer)
    client.force_login(deployer)
    paths = ["/", "/tasks/", f"/projects/{project.slug}/releases/1.0.1/deploy/staging/"]
    pages = {path: client.get(path).content.decode() for path in paths}
    assert f"Behind 1.0.1, deployment {works.pk}" in pages["/"]
    assert f"(deployment {works.pk}), one at a time" in pages["/tasks/"]
    queue_page = pages[paths[-1]].partition("Waits for")[2][:200]
    assert f"/deployments/{last.pk}/" in queue_page
    Deployment.objects.filter(pk__in=[works.pk, last.pk]).update(state=State.CANCELLED)
    pages = {path: client.get(path).content.decode() for path in paths}
    assert "one at a time" not in pages["/tasks/"]
    assert not any(f"Behind {each.release.version}" in pages["/"] for each in (later, asks))
    assert "Waits for" not in pages[paths[-1]]


def test_it_says_where_the_one_ahead_waits_for_a_person_or_is_cancelled(
    queue: Queue, deployer: User
) -> None:
    first = run(queue(untargeted("Approve", "ask", undo="wait long")))
    second = queue(project=first.project)
    path = f"/api/v1/deployments/{second.pk}"
    client = builders.api_client(deployer)
    said = client.get(path).json()["waiting_for"]["text"]
    assert said.endswith("one at a time per environment. That one waits for a person.")
    services.cancel_deployment(first, by=deployer)
    assert run(first).state == State.CANCELLING
    said = client.get(path).json()["waiting_for"]["text"]
    assert said.endswith("one at a time per environment. That one is being cancelled.")


def test_the_next_in_the_queue_goes_on_as_soon_as_the_one_before_it_ends(queue: Queue) -> None:
    first = queue(scripted("First", "succeed"))
    second = queue(project=first.project)
    run(first)
    second.refresh_from_db()
    assert (first.state, second.state) == (State.SUCCEEDED, State.SUCCEEDED)
    assert first.finished_at is not None
    assert second.started_at is not None
    assert first.finished_at <= second.started_at


def test_the_database_allows_one_active_deployment_only(queue: Queue) -> None:
    first = queue(scripted("First", "wait long"))
    second = queue(project=first.project)
    run(first)
    with pytest.raises(IntegrityError):
        Deployment.objects.filter(pk=second.pk).update(state=State.EXECUTING)


def test_a_double_click_queues_once(queue: Queue) -> None:
    first = queue(scripted("First", "succeed"), request_token="abc")
    again = queue(project=first.project, request_token="abc")
    assert again.pk == first.pk
    assert Deployment.objects.count() == 1


def test_cancelling_a_queued_deployment_starts_nothing(queue: Queue, deployer: User) -> None:
    deployment = queue(scripted("First", "succeed"))
    services.cancel_deployment(deployment, by=deployer)
    run(deployment)
    assert deployment.state == State.CANCELLED
    assert CALLS == []
    assert {run.state for run in TargetRun.objects.all()} == {"cancelled"}


def test_cancelling_asks_the_runner_and_starts_no_further_step(
    queue: Queue, deployer: User
) -> None:
    deployment = run(queue(scripted("First", "wait long"), scripted("Second", "succeed")))
    services.cancel_deployment(deployment, by=deployer)
    run(deployment)
    assert deployment.state == State.CANCELLED
    assert [step.state for step in deployment.steps.all()] == ["cancelled", "cancelled"]
    assert [call[0] for call in CALLS] == ["start", "cancel"]


def test_cancelling_what_has_ended_is_refused(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "succeed")))
    with pytest.raises(Conflict, match="ended already"):
        services.cancel_deployment(deployment, by=deployer)


def test_cancelling_twice_is_one_cancel(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "wait long")))
    services.cancel_deployment(deployment, by=deployer)
    services.cancel_deployment(deployment, by=deployer)
    assert run(deployment).state == State.CANCELLED
    assert [call[0] for call in CALLS] == ["start", "cancel"]


def test_a_question_waits_for_a_person_and_goes_on_with_the_answer(
    queue: Queue, deployer: User
) -> None:
    deployment = run(queue(scripted("First", "ask", "succeed")))
    assert deployment.state == State.WAITING
    assert deployment.question is not None
    services.answer_question(
        deployment, question=deployment.question["id"], answer="retry", by=deployer
    )
    run(deployment)
    assert deployment.state == State.SUCCEEDED
    assert TargetRun.objects.get().outputs["Answer"] == "retry"


def test_an_answer_that_was_not_offered_is_refused(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "ask", "succeed")))
    assert deployment.question is not None
    number = deployment.question["id"]
    with pytest.raises(ValidationProblem, match="retry, fail"):
        services.answer_question(deployment, question=number, answer="perhaps", by=deployer)
    with pytest.raises(Conflict, match="isn't open"):
        services.answer_question(deployment, question=number + 1, answer="retry", by=deployer)


def test_a_retry_leaves_out_what_succeeded(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "succeed"), scripted("Second", "fail")))
    again = services.retry_deployment(deployment, by=deployer)
    assert again.skip_steps == ["first"]
    assert again.retry_of == deployment


def expired(deployment: Deployment) -> dict[str, Any]:
    """The deployment's error after a turn that came when its time to start had passed."""
    Deployment.objects.filter(pk=deployment.pk).update(
        expires_at=timezone.now() - timedelta(seconds=1), due_at=timezone.now()
    )
    assert run(deployment).state == State.TIMED_OUT
    assert deployment.error is not None
    error: dict[str, Any] = deployment.error
    return error


def test_a_deployment_not_started_before_it_expires_is_timed_out(queue: Queue) -> None:
    soon = timezone.now() + timedelta(hours=1)
    deployment = queue(scripted("First", "succeed"), expires_at=soon)
    error = expired(deployment)
    assert error["code"] == "DEPLOYMENT-EXPIRED"
    assert "Nothing was ahead of it" in error["message"]
    assert deployment.lines.get().text == error["message"]


def test_one_that_waits_for_another_says_what_that_did_when_it_expires(
    queue: Queue, deployer: User
) -> None:
    first = run(queue(scripted("First", "wait long")))
    stack = {"name": "web", "status": "UPDATE_IN_PROGRESS"}
    TargetRun.objects.update(resources={"stack": stack})
    second = queue(project=first.project, expires_at=timezone.now() + timedelta(seconds=5))
    run(second)
    assert second.due_at is not None
    assert second.expires_at is not None
    assert second.due_at <= second.expires_at
    expired(second)
    client = builders.api_client(deployer)
    error = client.get(f"/api/v1/deployments/{second.pk}").json()["error"]
    assert (error["code"], error["waited_for"]) == ("DEPLOYMENT-EXPIRED", first.pk)
    assert error["message"].startswith("Not started before it expired at ")
    assert (
        f": it waited for deployment {first.pk} ({first.project.name} 1.0.1 to Staging), which was "
        "at step First on shop-staging: its stack was in UPDATE_IN_PROGRESS."
    ) in error["message"]
    client.force_login(deployer)
    page = client.get(f"/deployments/{second.pk}/").content.decode()
    assert f'It waited for <a href="/deployments/{first.pk}/">deployment {first.pk}</a>' in page
    assert "wait for its end or cancel it" in page
    assert "its stack was in UPDATE_IN_PROGRESS" in client.get("/").content.decode()


def test_one_that_expires_behind_several_names_the_one_that_works(
    queue: Queue, deployer: User
) -> None:
    first = run(queue(untargeted("Approve", "ask", undo="wait long")))
    queue(project=first.project)
    third = queue(project=first.project, expires_at=timezone.now() + timedelta(seconds=5))
    message = expired(third)["message"]
    assert f"deployment {first.pk} (" in message
    assert message.endswith("which waited for a person at step Approve. 1 more was ahead of it.")
    services.cancel_deployment(first, by=deployer)
    run(first)
    again = queue(project=first.project, expires_at=timezone.now() + timedelta(seconds=5))
    message = expired(again)["message"]
    assert "which was at step Approve, being cancelled" in message


@pytest.mark.parametrize(
    ("options", "path", "words"),
    [
        ({"not_before": timedelta(days=31)}, "not_before", "At most 30 days ahead"),
        ({"expires_at": timedelta(minutes=-1)}, "expires_at", "a time after now"),
        (
            {"not_before": timedelta(hours=2), "expires_at": timedelta(hours=1)},
            "expires_at",
            "a time after the start",
        ),
    ],
)
def test_a_time_that_makes_no_sense_is_refused(
    queue: Queue, options: dict[str, timedelta], path: str, words: str
) -> None:
    times = {name: timezone.now() + ahead for name, ahead in options.items()}
    with pytest.raises(ValidationProblem, match=words) as caught:
        queue(scripted("First", "succeed"), **times)
    assert [error.path for error in caught.value.errors] == [path]


@pytest.mark.parametrize("field", ["not_before", "expires_at"])
def test_a_time_without_its_zone_is_refused(queue: Queue, deployer: User, field: str) -> None:
    release = queue(scripted("First", "succeed")).release
    answer = builders.api_client(deployer).post(
        f"/api/v1/releases/{release.pk}/deployments",
        {"environment": "staging", field: "2099-11-27T10:00:00"},
        content_type="application/json",
    )
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "path": field,
            "message": "Say the time's zone, as in 2026-11-26T16:00:00Z.",
            "code": "zone",
        }
    ]


def test_a_scheduled_deployment_waits_for_its_time_and_holds_up_nobody(queue: Queue) -> None:
    later = timezone.now() + timedelta(hours=1)
    scheduled = queue(scripted("First", "succeed"), not_before=later)
    now = queue(project=scheduled.project)
    run(now)
    scheduled.refresh_from_db()
    assert (scheduled.state, now.state) == (State.QUEUED, State.SUCCEEDED)


def test_a_step_whose_tags_match_no_target_is_refused_with_the_tag(queue: Queue) -> None:
    with pytest.raises(ValidationProblem, match='carries "worker"'):
        queue(scripted("First", "succeed", tags=("worker",)))


def test_a_step_with_only_disabled_targets_is_refused_with_their_names(queue: Queue) -> None:
    DeploymentTarget.objects.update(disabled=True)
    with pytest.raises(ValidationProblem, match=r"disabled \(shop-staging\)"):
        queue(scripted("First", "succeed"))


def test_a_step_whose_type_is_gone_is_refused_with_its_name(queue: Queue) -> None:
    with pytest.raises(ValidationProblem, match='has no step type "retired" any more') as caught:
        queue(scripted("First", "succeed") | {"type": "retired"})
    assert [error.path for error in caught.value.errors] == ["steps[0].type"]


def test_a_deployment_in_which_nothing_would_run_is_refused(queue: Queue) -> None:
    with pytest.raises(ValidationProblem, match="No step is left"):
        queue(scripted("First", "succeed"), skip_steps=["first"])


def test_queueing_is_audited_with_who_and_what(queue: Queue, deployer: User) -> None:
    deployment = queue(scripted("First", "succeed"))
    event = AuditEvent.objects.get(action="deployment.queued")
    assert (event.username, event.project_slug) == ("dora", deployment.project.slug)
    assert event.environment_slug == "staging"


def test_other_environments_run_side_by_side(queue: Queue, deployer: User) -> None:
    first = queue(scripted("First", "wait long"))
    other: Environment = builders.environment("Production")
    builders.target("shop-production", environments=[other])
    second = services.queue_deployment(first.release, environment=other, by=deployer)
    run(first)
    second.refresh_from_db()
    assert (first.state, second.state) == (State.EXECUTING, State.EXECUTING)
