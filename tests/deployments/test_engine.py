"""What the engine does with a deployment: states, lines, intents, crashes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from ecsportal.deployments import engine, leases, target_turns
from ecsportal.deployments.models import Deployment, RunState, State, TargetRun
from ecsportal.infrastructure.models import DeploymentTarget
from ecsportal.projects.models import ProcessRevision
from tests import builders
from tests.deployments.conftest import Queue, run
from tests.deployments.scripted_step import CALLS, HELD, scripted


def texts(deployment: Deployment, *levels: str) -> list[str]:
    rows = deployment.lines.order_by("seq")
    return [line.text for line in (rows.filter(level__in=levels) if levels else rows)]


def make_due() -> None:
    """As if the time that everything waits for had come."""
    past = timezone.now() - timedelta(seconds=1)
    TargetRun.objects.exclude(due_at=None).update(due_at=past)
    Deployment.objects.exclude(due_at=None).update(due_at=past)


def test_a_deployment_runs_its_steps_in_order_and_succeeds(queue: Queue) -> None:
    deployment = run(queue(scripted("First", "wait", "succeed"), scripted("Second", "succeed")))
    assert deployment.state == State.SUCCEEDED
    assert deployment.due_at is None
    assert [step.state for step in deployment.steps.all()] == ["succeeded", "succeeded"]
    assert [line for line in texts(deployment) if line.startswith("move")] == [
        "move 0: wait",
        "move 1: succeed",
        "move 0: succeed",
    ]


def test_log_lines_are_numbered_from_one_without_gaps(queue: Queue) -> None:
    deployment = run(queue(scripted("First", "wait", "wait", "succeed")))
    numbers = list(deployment.lines.order_by("seq").values_list("seq", flat=True))
    assert numbers == list(range(1, deployment.last_seq + 1))


def test_an_intent_is_committed_before_its_call_and_forgotten_after_it(queue: Queue) -> None:
    deployment = run(queue(scripted("First", "intend", "wait long")))
    target = TargetRun.objects.get()
    assert CALLS == [
        ("start", "shop-staging", ("intend", False, None)),
        ("poll", "shop-staging", ("wait long", True, None)),
    ]
    assert target.intent is None
    assert deployment.state == State.EXECUTING


def test_an_intent_that_another_worker_finds_is_not_new(queue: Queue) -> None:
    deployment = queue(scripted("First", "intend", "succeed"))
    step = deployment.steps.get()
    Deployment.objects.filter(pk=deployment.pk).update(state=State.EXECUTING)
    deployment.steps.update(state=RunState.EXECUTING)
    step.targets.update(
        state=RunState.EXECUTING,
        runner_state={"at": 1},
        due_at=timezone.now(),
        intent={"operation": "create", "token": "t"},
    )
    run(deployment)
    assert CALLS == [("poll", "shop-staging", ("succeed", False, None))]


def test_a_failed_step_fails_the_deployment_and_the_rest_is_skipped(queue: Queue) -> None:
    deployment = run(queue(scripted("First", "fail"), scripted("Second", "succeed")))
    assert deployment.state == State.FAILED
    assert deployment.error == {
        "code": "TEST-FAILED",
        "message": "It broke.",
        "advice": "Mend it.",
        "cause": "test",
        "still_serving": "",
        "details": [],
        "evidence": [],
        "step": "first",
        "target": "shop-staging",
    }
    assert [step.state for step in deployment.steps.all()] == ["failed", "skipped"]
    assert "TEST-FAILED: It broke." in texts(deployment, "error")


@pytest.mark.parametrize(
    ("condition", "script", "state"),
    [
        ("always", "fail", "succeeded"),
        ("failure", "fail", "succeeded"),
        ("failure", "succeed", "skipped"),
        ("success", "fail", "skipped"),
    ],
)
def test_a_steps_condition_decides_whether_it_runs(
    queue: Queue, condition: str, script: str, state: str
) -> None:
    last = scripted("Last", "succeed", condition=condition)
    deployment = run(queue(scripted("First", script), last))
    assert deployment.steps.get(slug="last").state == state


def test_steps_that_start_with_the_previous_one_run_side_by_side(queue: Queue) -> None:
    beside = scripted("Beside", "wait long", start="with_previous")
    deployment = run(queue(scripted("First", "wait long"), beside, scripted("Third", "succeed")))
    assert [step.state for step in deployment.steps.all()] == ["executing", "executing", "pending"]


def test_a_failed_attempt_is_made_again_as_often_as_the_step_says(queue: Queue) -> None:
    deployment = run(queue(scripted("First", "fail", attempts=2)))
    target = TargetRun.objects.get()
    assert (target.attempt, target.state) == (2, RunState.EXECUTING)
    make_due()
    assert run(deployment).state == State.FAILED


def test_every_matching_target_runs_and_one_failure_fails_the_step(
    queue: Queue, staging: object
) -> None:
    builders.target("second", environments=[staging])  # type: ignore[list-item]
    deployment = run(queue(scripted("First", "succeed")))
    runs = TargetRun.objects.order_by("target_slug")
    assert [(r.target_slug, r.state) for r in runs] == [
        ("second", "succeeded"),
        ("shop-staging", "succeeded"),
    ]
    assert deployment.state == State.SUCCEEDED


def test_a_target_deleted_meanwhile_fails_with_its_name(queue: Queue) -> None:
    deployment = queue(scripted("First", "succeed"))
    DeploymentTarget.objects.all().delete()
    run(deployment)
    assert deployment.state == State.FAILED
    assert deployment.error is not None
    assert deployment.error["code"] == "TARGET-DELETED"
    assert "shop-staging was deleted" in deployment.error["message"]


def test_a_target_disabled_meanwhile_fails_with_its_name(queue: Queue) -> None:
    deployment = queue(scripted("First", "succeed"))
    DeploymentTarget.objects.update(disabled=True)
    run(deployment)
    assert deployment.error is not None
    assert deployment.error["code"] == "TARGET-DISABLED"


def test_an_expression_without_a_value_fails_before_the_runner_is_called(queue: Queue) -> None:
    deployment = run(queue(scripted("First", "succeed", text="#{Nowhere}")))
    assert deployment.error is not None
    assert deployment.error["code"] == "ECS-VALIDATION"
    assert deployment.error["details"] == ["text: #{Nowhere}"]
    assert CALLS == []


def test_expressions_see_the_environment_and_outputs_of_earlier_steps(queue: Queue) -> None:
    text = "#{Octopus.Environment.Name} #{Octopus.Action[First].Output.Answer}"
    deployment = run(queue(scripted("First", "succeed"), scripted("Second", "succeed", text=text)))
    second = TargetRun.objects.get(step_run__slug="second", step_run__deployment=deployment)
    assert second.outputs["Inputs"] == "Staging none"


def test_a_bug_in_a_step_type_is_tried_again_then_told_with_an_id(queue: Queue) -> None:
    deployment = run(queue(scripted("First", "wait", "crash")))
    for _ in range(5):
        make_due()
        run(deployment)
    assert deployment.state == State.FAILED
    assert deployment.error is not None
    assert deployment.error["code"] == "PORTAL-ERROR"


def test_a_deployment_that_another_worker_holds_is_left_alone(queue: Queue) -> None:
    deployment = queue(scripted("First", "succeed"))
    assert leases.take(deployment.pk, "somebody else") is not None
    assert engine.advance(deployment.pk) is False
    assert CALLS == []


def test_a_lease_that_ran_out_is_taken_over_and_its_old_holder_writes_nothing(
    queue: Queue,
) -> None:
    deployment = queue(scripted("First", "wait long"))
    old = leases.take(deployment.pk, "killed worker")
    assert old is not None
    past = timezone.now() - timedelta(seconds=1)
    Deployment.objects.filter(pk=deployment.pk).update(lease_until=past)
    assert engine.advance(deployment.pk) is True
    with pytest.raises(leases.LeaseLostError), old.commit():
        Deployment.objects.filter(pk=deployment.pk).update(comment="from the grave")
    deployment.refresh_from_db()
    assert deployment.comment == ""


def test_secrets_of_the_account_never_reach_the_log(queue: Queue) -> None:
    deployment = run(queue(scripted("First", "succeed", "secret-example")))
    run(queue(scripted("Second", "wait", "secret-example")))
    assert not [line for line in texts(deployment) if "secret-example" in line]


def test_a_turn_that_breaks_again_and_again_fails_the_deployment(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = queue(scripted("First", "succeed"))
    monkeypatch.setattr(engine, "BROKEN_TURNS", 2)
    # A process document that no code of ours would write: the turn itself breaks on it.
    ProcessRevision.objects.update(steps=[{"slug": "other"}])
    for _ in range(3):
        make_due()
        run(deployment)
    assert deployment.state == State.FAILED
    assert deployment.error is not None
    assert deployment.error["code"] == "PORTAL-ERROR"
    assert [step.state for step in deployment.steps.all()] == ["cancelled"]


def test_a_worker_that_shuts_down_begins_no_further_turn(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = queue(scripted("First", "succeed"))
    engine.stopping.set()
    try:
        assert engine.advance_due() == 0
    finally:
        engine.stopping.clear()
    assert run(deployment).state == State.SUCCEEDED


def test_a_call_that_hangs_holds_up_neither_the_deployment_nor_the_worker(
    queue: Queue, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(target_turns, "CALL_LIMIT", 0.1)
    settings.LEASE_SECONDS = 0.3
    HELD.clear()
    deployment = run(queue(scripted("First", "wait", "hang"), scripted("Second", "succeed")))
    try:
        assert deployment.state == State.EXECUTING
        assert "No answer within 0 s; looking again." in texts(deployment, "verbose")
        assert deployment.lease_until is None
    finally:
        HELD.set()
    monkeypatch.setattr(target_turns, "CALL_LIMIT", 40.0)
    settings.LEASE_SECONDS = 10.0
    make_due()
    assert run(deployment).state == State.SUCCEEDED
