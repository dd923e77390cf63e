"""Cancelling in every state: what the page says beforehand, what happens, what is told."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ecsportal.deployments import engine, leases, services
from ecsportal.deployments import queue as deployment_queue
from ecsportal.deployments.models import (
    Deployment,
    InboxMessage,
    Level,
    RunState,
    State,
    TargetRun,
)
from ecsportal.deployments.tasklog import Line
from ecsportal.infrastructure.models import Environment
from ecsportal.people.models import User
from ecsportal.problems import Conflict
from tests import builders
from tests.deployments.conftest import Queue, run
from tests.deployments.scripted_step import CALLS, scripted, untargeted

JSON = "application/json"
SERVICE = {"services": [{"name": "shop-web", "revisions": []}]}
STACK = {"name": "cf-ecs-web", "status": "UPDATE_ROLLBACK_IN_PROGRESS", "resources": []}


def cancelled(deployment: Deployment, by: User, *, abandon: bool = False) -> Deployment:
    services.cancel_deployment(deployment, by=by, abandon=abandon)
    return run(deployment)


@pytest.fixture
def cancelling(queue: Queue, deployer: User) -> Deployment:
    """Its stack goes back, which takes an hour."""
    deployment = run(queue(scripted("First", "wait long", undo="wait long")))
    assert cancelled(deployment, deployer).state == State.CANCELLING
    TargetRun.objects.update(resources={"stack": STACK}, stack_name="cf-ecs-web")
    return deployment


def test_a_second_cancel_ends_the_wait_and_says_what_goes_on(
    cancelling: Deployment, deployer: User
) -> None:
    cancelled(cancelling, deployer, abandon=True)
    assert cancelling.state == State.CANCELLED
    assert cancelling.due_at is None
    told = list(cancelling.lines.filter(level=Level.WARNING).values_list("text", flat=True))
    assert told[-2:] == [
        "Nobody waits any more. Stack cf-ecs-web was in UPDATE_ROLLBACK_IN_PROGRESS when it was "
        "last seen; what CloudFormation has begun goes on.",
        "dora stopped waiting for the cancel to end. What AWS has begun goes on there.",
    ]
    assert TargetRun.objects.get().state == RunState.CANCELLED


def test_the_api_takes_a_second_cancel_for_the_end_of_the_wait(
    cancelling: Deployment, deployer: User
) -> None:
    client = builders.api_client(deployer)
    path = f"/api/v1/deployments/{cancelling.pk}/cancel"
    assert client.post(path, {}, content_type=JSON).status_code == 202
    assert run(cancelling).state == State.CANCELLED
    assert client.post(path, {}, content_type=JSON).status_code == 409


def test_a_cancel_that_is_sent_again_for_its_lost_answer_is_no_second_one(
    queue: Queue, deployer: User
) -> None:
    deployment = run(queue(scripted("First", "wait long", undo="wait long")))
    client = builders.api_client(deployer)
    for _ in range(2):
        answer = client.post(
            f"/api/v1/deployments/{deployment.pk}/cancel",
            {},
            content_type=JSON,
            headers={"Idempotency-Key": "stop it"},
        )
        assert answer.status_code == 202
        assert run(deployment).state == State.CANCELLING
    document = client.get("/api/v1/openapi.json").json()
    operation = document["paths"]["/api/v1/deployments/{deployment_id}/cancel"]["post"]
    assert "a second cancel ends the wait" in operation["description"]
    assert "Idempotency-Key" in operation["description"]


def test_a_double_click_does_not_end_the_wait(cancelling: Deployment, deployer: User) -> None:
    browser: Client = builders.signed_in(deployer)
    browser.post(f"/deployments/{cancelling.pk}/cancel/")
    assert run(cancelling).state == State.CANCELLING
    browser.post(f"/deployments/{cancelling.pk}/cancel/", {"abandon": "1"})
    assert run(cancelling).state == State.CANCELLED


def test_a_question_that_a_runner_asks_while_it_stops_is_not_asked(
    queue: Queue, deployer: User
) -> None:
    deployment = run(queue(scripted("First", "wait long", undo="ask")))
    assert cancelled(deployment, deployer).state == State.CANCELLED
    text = 'It would have asked "Go on?"; nothing further is done.'
    assert deployment.lines.filter(text=text).exists()


def test_a_deployment_that_waits_for_a_person_is_cancelled(queue: Queue, deployer: User) -> None:
    deployment = run(queue(untargeted("First", "ask")))
    assert cancelled(deployment, deployer).state == State.CANCELLED
    assert deployment.question is None
    assert [call[0] for call in CALLS] == ["start", "cancel"]


def test_a_cancel_at_the_instant_of_completion_is_told_and_changes_nothing(
    queue: Queue, deployer: User
) -> None:
    deployment = run(queue(scripted("First", "wait long")))
    deployment = Deployment.objects.select_related("release", "environment").get(pk=deployment.pk)
    Deployment.objects.filter(pk=deployment.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    lease = leases.take(deployment.pk, "worker")
    assert lease is not None
    # The worker has looked into the inbox, and ends the deployment.
    services.cancel_deployment(deployment, by=deployer)
    line = Line(Level.HIGHLIGHT, "Deployed.")
    deployment_queue.end(lease, deployment, State.SUCCEEDED, line)
    told = list(deployment.lines.order_by("seq").values_list("text", flat=True))
    assert told[-2:] == ["dora asked to cancel, but all had ended already.", "Deployed."]
    deployment.refresh_from_db()
    assert deployment.state == State.SUCCEEDED
    assert InboxMessage.objects.get().taken_at is not None
    with pytest.raises(Conflict, match="ended already"):
        services.cancel_deployment(deployment, by=deployer)


def test_two_cancels_of_one_that_waits_in_the_queue_are_one(queue: Queue, deployer: User) -> None:
    deployment = queue(scripted("First", "succeed"))
    for _ in range(2):
        services.cancel_deployment(deployment, by=deployer)
    engine.advance_due()
    deployment.refresh_from_db()
    assert deployment.state == State.CANCELLED
    assert [line.text for line in deployment.lines.all()] == [
        "Cancelled by dora before it started."
    ]
    assert not InboxMessage.objects.filter(taken_at=None).exists()


# What the dialog says beforehand


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("", "Stack cf-ecs-web is being created: it is deleted again."),
        ("CREATE_IN_PROGRESS", "Stack cf-ecs-web is being created: it is deleted again."),
        (
            "UPDATE_IN_PROGRESS",
            "CloudFormation takes stack cf-ecs-web back to what ran before, which keeps serving "
            "meanwhile.",
        ),
        (
            "UPDATE_ROLLBACK_IN_PROGRESS",
            "Stack cf-ecs-web goes back already: that is followed to its end.",
        ),
        (
            "DELETE_IN_PROGRESS",
            "Stack cf-ecs-web is being deleted, which can't be stopped; nothing is created "
            "afterwards.",
        ),
        ("UPDATE_COMPLETE", "Stack cf-ecs-web is in UPDATE_COMPLETE: what it holds stays."),
    ],
)
def test_the_dialog_says_what_happens_to_each_stack(
    queue: Queue, client_of_administrator: Client, status: str, words: str
) -> None:
    steps = scripted("First", "succeed"), scripted("Second", "wait long"), scripted("Third", "wait")
    deployment = run(queue(*steps))
    second = TargetRun.objects.filter(step_run__slug="second")
    second.update(resources={"stack": STACK | {"status": status}}, announced="update")
    says = dialog(client_of_administrator, deployment)
    assert words in says
    assert "1 First has ended and stays as it is." in says
    assert "3 Third isn't started." in says


def test_the_dialog_names_the_release_that_the_step_brought_last(
    queue: Queue, client_of_administrator: Client
) -> None:
    """Not what the whole deployment would go back to: a later step's failure changes nothing."""
    steps = (
        scripted("First", in_release("1.0.3", "wait long")),
        scripted("Second", in_release("1.0.2", "fail")),
    )
    project = run(queue(*steps)).project
    assert run(queue(project=project)).state == State.FAILED
    deployment = run(queue(project=project))
    TargetRun.objects.filter(step_run__deployment=deployment).update(
        resources={"stack": STACK | {"status": "UPDATE_IN_PROGRESS"}}, announced="update"
    )
    says = dialog(client_of_administrator, deployment)
    assert "takes stack cf-ecs-web back to 1.0.2, which keeps serving meanwhile." in says
    assert "Cancel and go back to 1.0.2<" in says


def test_the_dialog_of_a_redeployment_names_the_same_release(
    queue: Queue, client_of_administrator: Client
) -> None:
    project = run(queue(scripted("First", "succeed"))).project
    first = run(queue(project=project))
    again = services.queue_deployment(first.release, environment=first.environment, by=None)
    TargetRun.objects.filter(step_run__deployment=again).update(
        state=RunState.EXECUTING,
        resources={"stack": STACK | {"status": "UPDATE_IN_PROGRESS"}},
        announced="update",
    )
    Deployment.objects.filter(pk=again.pk).update(state=State.EXECUTING, started_at=timezone.now())
    page = client_of_administrator.get(f"/deployments/{again.pk}/").content.decode()
    assert "back to 1.0.2, which keeps serving meanwhile." in page
    assert "deployed again" in page
    assert "replaces" not in page


def test_with_several_targets_the_dialog_says_on_which(
    queue: Queue, client_of_administrator: Client, staging: Environment
) -> None:
    builders.target("a1", environments=[staging])
    builders.target("b1", environments=[staging])
    deployment = run(queue(scripted("First", "wait long", window=1)))
    runs = TargetRun.objects.order_by("target_slug")
    for slug, state in (("a1", RunState.SUCCEEDED), ("b1", RunState.EXECUTING)):
        runs.filter(target_slug=slug).update(
            state=state, resources={"stack": STACK}, announced="update"
        )
    says = dialog(client_of_administrator, deployment)
    assert "Stack cf-ecs-web on b1 goes back already" in says
    assert "1 First has ended on a1: there it stays as it is." in says
    assert "1 First isn't started on shop-staging." in says


@pytest.mark.parametrize(
    ("status", "stays"), [("CREATE_IN_PROGRESS", "stays as it is"), ("", "isn't created")]
)
def test_the_dialog_says_where_nothing_was_changed_yet(
    queue: Queue, client_of_administrator: Client, status: str, stays: str
) -> None:
    deployment = run(queue(scripted("First", "wait long")))
    TargetRun.objects.update(resources={"stack": STACK | {"status": status}})
    says = dialog(client_of_administrator, deployment)
    assert f"1 First on shop-staging has changed nothing yet: stack cf-ecs-web {stays}." in says


@pytest.mark.parametrize(
    ("announced", "shown", "words"),
    [
        ("run", {"tasks": []}, "is stopped, and so is the task that it runs."),
        ("register", SERVICE, "has changed nothing yet: service shop-web stays as it is."),
        ("update", SERVICE, ": service shop-web goes back to what ran before."),
        ("back", SERVICE, ": service shop-web goes back already: that is followed to its end."),
    ],
)
def test_the_dialog_says_what_happens_to_a_task_or_a_service(
    queue: Queue,
    client_of_administrator: Client,
    announced: str,
    shown: dict[str, Any],
    words: str,
) -> None:
    deployment = run(queue(scripted("First", "wait long")))
    TargetRun.objects.update(announced=announced, resources=shown)
    says = dialog(client_of_administrator, deployment)
    assert f"1 First on shop-staging{words if words[0] == ':' else f' {words}'}" in says


def test_the_dialog_of_a_queued_deployment_says_that_nothing_changes(
    queue: Queue, client_of_administrator: Client
) -> None:
    deployment = queue(scripted("First", "succeed"))
    says = dialog(client_of_administrator, deployment)
    assert "It hasn't started. Nothing in AWS changes." in says


def test_the_dialog_of_one_that_asks_says_that_nothing_is_sent(
    queue: Queue, client_of_administrator: Client
) -> None:
    deployment = run(queue(untargeted("Approve", "ask")))
    says = dialog(client_of_administrator, deployment)
    assert "1 Approve is stopped." in says


def test_the_dialog_of_a_failure_that_asks_says_that_it_ends_as_failed(
    queue: Queue, deployer: User, client_of_administrator: Client
) -> None:
    deployment = run(queue(scripted("First", "fail"), guided_failure=True))
    says = dialog(client_of_administrator, deployment)
    assert "It ends as failed, because 1 First failed on shop-staging." in says
    assert cancelled(deployment, deployer).state == State.FAILED


def test_the_second_dialog_says_what_goes_on(
    cancelling: Deployment, client_of_administrator: Client
) -> None:
    says = dialog(client_of_administrator, cancelling)
    assert says.count("Stop waiting for the cancel?") == 1
    assert "Stack cf-ecs-web is in UPDATE_ROLLBACK_IN_PROGRESS" in says
    assert "goes on without anybody watching" in says


def in_release(version: str, script: str) -> str:
    return f'#{{if Octopus.Release.Number == "{version}"}}{script}#{{else}}succeed#{{/if}}'


def dialog(client: Client, deployment: Deployment) -> str:
    page = client.get(f"/deployments/{deployment.pk}/").content.decode()
    return " ".join(html.unescape(page[page.index('id="cancel"') :]).split())
