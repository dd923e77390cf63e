"""Guided failure: a person decides to fail, retry, ignore or leave the target out."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from ecsportal.audit.models import AuditEvent
from ecsportal.deployments import services
from ecsportal.deployments.models import Deployment, Level, RunState, State, TargetRun
from ecsportal.deployments.queries import last_success_before
from ecsportal.infrastructure.models import Environment
from ecsportal.people.models import Role, User
from ecsportal.problems import Conflict, ValidationProblem
from tests import builders
from tests.deployments.conftest import Queue, run
from tests.deployments.scripted_step import CALLS, scripted, untargeted

# On the first attempt only: a retry that somebody chose succeeds.
FAILS_ONCE = "fail once"


def decide(deployment: Deployment, answer: str, by: User, note: str = "") -> Deployment:
    assert deployment.question is not None
    number = deployment.question["id"]
    services.answer_question(deployment, question=number, answer=answer, note=note, by=by)
    return run(deployment)


@pytest.fixture
def two(staging: Environment) -> None:
    builders.target("a1", environments=[staging])


def fail_on(target: str) -> str:
    return f'#{{if Octopus.Machine.Id == "{target}"}}fail#{{else}}succeed#{{/if}}'


def test_a_failure_asks_with_what_went_wrong(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "fail"), guided_failure=True))
    assert deployment.state == State.WAITING
    waiting = (
        builders.api_client(deployer)
        .get(f"/api/v1/deployments/{deployment.pk}")
        .json()["waiting_for"]
    )
    assert waiting["text"] == "First failed on shop-staging: It broke."
    assert waiting["answers"] == ["retry", "fail", "ignore", "exclude_target"]
    assert deployment.lines.filter(level="error", text="TEST-FAILED: It broke.").exists()


def test_fail_fails_the_deployment(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "fail"), guided_failure=True))
    assert decide(deployment, "fail", deployer).state == State.FAILED
    assert deployment.error is not None
    assert deployment.error["code"] == "TEST-FAILED"


def test_the_question_keeps_the_cause_alone_for_places_with_little_room(queue: Queue) -> None:
    deployment = run(queue(scripted("First", "fail"), guided_failure=True))
    assert deployment.question is not None
    cause = deployment.question["cause"]
    assert cause
    assert deployment.question["text"] == f"First failed on shop-staging: {cause}"


def test_retry_is_a_new_attempt(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", FAILS_ONCE), guided_failure=True))
    assert decide(deployment, "retry", deployer).state == State.SUCCEEDED
    only = TargetRun.objects.get()
    assert (only.attempt, only.error, only.state) == (2, None, RunState.SUCCEEDED)
    assert [call[0] for call in CALLS] == ["start", "start"]


def test_a_retry_that_fails_asks_anew(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "fail"), guided_failure=True))
    first = deployment.question
    assert decide(deployment, "retry", deployer).state == State.WAITING
    assert first is not None
    assert deployment.question is not None
    assert deployment.question["id"] != first["id"]


def test_ignore_goes_on_and_the_deployment_has_warnings(queue: Queue, deployer: User) -> None:
    steps = scripted("First", "fail"), scripted("Second", "succeed")
    deployment = run(queue(*steps, guided_failure=True))
    decide(deployment, "ignore", deployer, note="known")
    assert (deployment.state, deployment.warnings) == (State.SUCCEEDED, True)
    assert deployment.error is None
    first = deployment.steps.get(slug="first")
    assert (first.state, first.warnings) == ("succeeded", True)
    assert first.targets.get().set_aside == "ignored"
    assert deployment.lines.filter(text='dora answered ignore: "known"').exists()
    event = AuditEvent.objects.get(action="deployment.answered")
    assert (event.username, event.after["answer"], event.after["note"]) == (
        "dora",
        "ignore",
        "known",
    )


@pytest.mark.parametrize("answer", ["ignore", "exclude_target"])
def test_what_went_on_without_a_target_is_nothing_to_go_back_to(
    queue: Queue, deployer: User, answer: str
) -> None:
    good = run(queue(scripted("First", "succeed")))
    ignored = run(queue_failing(queue, good))
    decide(ignored, answer, deployer)
    assert ignored.state == State.SUCCEEDED
    last = ignored.lines.latest("seq")
    assert last.level == Level.WARNING
    assert last.text.startswith("Ended deploying 1.0.2 to Staging after ")
    assert last.text.endswith(": what failed on the way was set aside.")
    grid = builders.signed_in(deployer).get(f"/projects/{good.project.slug}/").content.decode()
    assert 'Last good <b class="p-strong">1.0.1</b>' in grid
    assert "With warnings" in grid
    board = builders.signed_in(deployer).get("/").content.decode()
    assert "What failed was set aside · 1.0.1 was the last to succeed" in board
    assert last_success_before(queue_failing(queue, good)) == good


def queue_failing(queue: Queue, before: Deployment) -> Deployment:
    """A further release of the same project, whose step fails and asks."""
    builders.process(before.project, [scripted("First", "fail")])
    return queue(project=before.project, guided_failure=True)


@pytest.mark.usefixtures("two")
def test_an_excluded_target_is_left_out_of_all_that_follows(queue: Queue, deployer: User) -> None:
    steps = scripted("First", fail_on("a1")), scripted("Second", "succeed")
    deployment = run(queue(*steps, guided_failure=True))
    CALLS.clear()
    assert decide(deployment, "exclude_target", deployer).state == State.SUCCEEDED
    assert [call[1] for call in CALLS] == ["shop-staging"]
    left_out = TargetRun.objects.get(step_run__slug="second", target_slug="a1")
    assert left_out.state == RunState.SKIPPED
    assert left_out.reason == "Not run: a1 was excluded after First failed."


@pytest.mark.usefixtures("two")
def test_a_rolling_step_waits_for_the_decision(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", fail_on("a1"), window=1), guided_failure=True))
    assert [call[1] for call in CALLS] == ["a1"]
    decide(deployment, "ignore", deployer)
    assert [call[1] for call in CALLS] == ["a1", "shop-staging"]
    assert deployment.state == State.SUCCEEDED


@pytest.mark.usefixtures("two")
def test_targets_that_failed_are_asked_about_one_after_the_other(
    queue: Queue, deployer: User
) -> None:
    deployment = run(queue(scripted("First", "fail"), guided_failure=True))
    assert deployment.question is not None
    assert deployment.question["target"] == "a1"
    decide(deployment, "ignore", deployer)
    assert deployment.question["target"] == "shop-staging"
    decide(deployment, "fail", deployer)
    assert deployment.state == State.FAILED


@pytest.mark.usefixtures("two")
def test_the_page_says_which_target_asks_and_how_many_ask_after_it(
    queue: Queue, deployer: User
) -> None:
    deployment = run(queue(scripted("First", "fail"), guided_failure=True))
    browser = builders.signed_in(deployer)
    page = browser.get(f"/deployments/{deployment.pk}/").content.decode()
    assert "1 First on a1 failed for the reason below. How should it go on?" in page
    assert "1 First on a1; 1 more asks after it" in page
    decide(deployment, "ignore", deployer)
    page = browser.get(f"/deployments/{deployment.pk}/").content.decode()
    assert "1 First on shop-staging failed for the reason below." in page
    assert "after it" not in page


@pytest.mark.usefixtures("two")
def test_what_was_set_aside_stands_on_top_of_what_succeeded(queue: Queue, deployer: User) -> None:
    steps = scripted("First", fail_on("a1")), scripted("Second", fail_on("shop-staging"))
    deployment = run(queue(*steps, guided_failure=True))
    decide(deployment, "exclude_target", deployer)
    decide(deployment, "ignore", deployer)
    assert (deployment.state, deployment.warnings) == (State.SUCCEEDED, True)
    page = builders.signed_in(deployer).get(f"/deployments/{deployment.pk}/").content.decode()
    assert "1 First failed on a1, and the target was excluded: It broke." in page
    assert "2 Second failed on shop-staging, and that was ignored: It broke." in page
    assert deployment.lines.filter(text="dora answered exclude target").exists()
    assert "Only what failed or was left out runs again." in page
    again = services.retry_deployment(deployment, by=deployer)
    runs = TargetRun.objects.filter(step_run__deployment=again, state=RunState.PENDING)
    assert sorted(runs.values_list("step_run__slug", "target_slug")) == [
        ("first", "a1"),
        ("second", "a1"),
        ("second", "shop-staging"),
    ]
    page = builders.signed_in(deployer).get(f"/deployments/{deployment.pk}/").content.decode()
    assert "/retry/" not in page


def test_a_required_step_offers_neither_ignore_nor_exclude(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "fail", required=True), guided_failure=True))
    with pytest.raises(ValidationProblem, match="One of: retry, fail"):
        decide(deployment, "ignore", deployer)


def test_a_step_without_target_has_no_target_to_exclude(queue: Queue) -> None:
    deployment = run(queue(untargeted("First", "fail"), guided_failure=True))
    assert deployment.question is not None
    assert deployment.question["answers"] == ["retry", "fail", "ignore"]
    assert deployment.question["text"] == "First failed: It broke."


def test_attempts_come_before_the_question(queue: Queue) -> None:
    deployment = run(queue(scripted("First", "fail", attempts=2), guided_failure=True))
    assert deployment.state == State.EXECUTING


def test_what_a_person_ended_is_neither_tried_again_nor_asked_about(queue: Queue) -> None:
    deployment = run(queue(scripted("First", "abort", attempts=3), guided_failure=True))
    assert deployment.state == State.FAILED
    assert TargetRun.objects.get().attempt == 1


def test_cancelling_while_it_asks_ends_it_as_failed(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "fail"), guided_failure=True))
    services.cancel_deployment(deployment, by=deployer)
    assert run(deployment).state == State.FAILED
    assert [call[0] for call in CALLS] == ["start"]


@pytest.mark.parametrize(
    ("environment", "project", "chosen", "asks"),
    [
        (False, "", None, False),
        (True, "", None, True),
        (True, "off", None, False),
        (False, "on", None, True),
        (True, "", False, False),
        (False, "off", True, True),
    ],
)
def test_the_deployment_decides_then_the_project_then_the_environment(
    queue: Queue,
    staging: Environment,
    environment: bool,
    project: str,
    chosen: bool | None,
    asks: bool,
) -> None:
    staging.guided_failure = environment
    staging.save()
    of = builders.project(steps=[scripted("First", "fail")], guided_failure=project)
    deployment = run(queue(project=of, guided_failure=chosen))
    assert deployment.state == (State.WAITING if asks else State.FAILED)


def test_assign_to_me_is_shown_logged_and_audited(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "fail"), guided_failure=True))
    client = builders.api_client(deployer)
    path = f"/api/v1/deployments/{deployment.pk}"
    question = client.get(path).json()["waiting_for"]["id"]
    sent = client.post(f"{path}/assign", {"question": question}, content_type="application/json")
    assert sent.status_code == 202
    run(deployment)
    assert client.get(path).json()["waiting_for"]["assigned_to"] == "dora"
    assert deployment.lines.filter(text="dora takes care of it.").exists()
    assert AuditEvent.objects.filter(action="deployment.assigned", username="dora").exists()
    page = builders.signed_in(deployer).get(f"/deployments/{deployment.pk}/").content.decode()
    assert "dora takes care of it" in page


def test_who_may_only_read_sees_who_takes_care(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "fail"), guided_failure=True))
    assert deployment.question is not None
    services.assign_question(deployment, question=deployment.question["id"], by=deployer)
    run(deployment)
    viewer = builders.signed_in(builders.user_with_role(Role.VIEWER))
    page = viewer.get(f"/deployments/{deployment.pk}/").content.decode()
    readers = page[page.index('data-lacks="InterruptionSubmit"') :]
    assert "dora takes care of it." in readers[: readers.index("</form>")]


def test_taking_care_twice_is_told_once(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "fail"), guided_failure=True))
    for _ in range(2):
        assert deployment.question is not None
        services.assign_question(deployment, question=deployment.question["id"], by=deployer)
        run(deployment)
    assert deployment.lines.filter(text="dora takes care of it.").count() == 1
    assert AuditEvent.objects.filter(action="deployment.assigned").count() == 1


def test_assigning_a_closed_question_is_refused(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "fail"), guided_failure=True))
    with pytest.raises(Conflict, match="isn't open"):
        services.assign_question(deployment, question=1, by=deployer)


def test_the_page_takes_the_assignment(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "fail"), guided_failure=True))
    assert deployment.question is not None
    browser: Client = builders.signed_in(deployer)
    sent: dict[str, Any] = {"question": deployment.question["id"]}
    answer = browser.post(f"/deployments/{deployment.pk}/assign/", sent)
    assert answer.headers["Location"] == f"/deployments/{deployment.pk}/"
    run(deployment)
    assert deployment.question["assigned_to"] == "dora"
    viewer = builders.signed_in(builders.user_with_role(Role.VIEWER))
    assert viewer.post(f"/deployments/{deployment.pk}/assign/", sent).status_code == 403
