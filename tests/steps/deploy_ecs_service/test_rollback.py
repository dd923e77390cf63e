"""The way back is a part of the run: its own lines, its own times."""

from __future__ import annotations

from ecsportal.steps.contract import Cancelled, Failed, Succeeded
from tests.steps.driven_run import Driven, again, statuses


def test_the_rollback_of_a_failed_update_has_its_own_lines_from_the_cancel_to_its_end(
    deployed: Driven,
) -> None:
    run = again(deployed, tag="1.4.1-missing", previous="1.4.0")
    assert isinstance(run.go(), Failed), run.log.text
    back = run.log.parts["rollback"]
    assert back[0] == "CancelUpdateStack accepted"
    assert "UPDATE_ROLLBACK_IN_PROGRESS" in statuses(back)
    assert back[-1] == "UPDATE_ROLLBACK_COMPLETE, web:1 runs 1 of 1 task"
    assert not any("stopping the rollout" in line for line in back)
    shown = run.resources["rollback"]
    assert shown["status"] == "UPDATE_ROLLBACK_COMPLETE"
    assert shown["began"] < shown["ended"]


def test_what_cloudformation_takes_back_by_itself_is_a_rollback_too(deployed: Driven) -> None:
    run = again(
        deployed,
        tag="1.4.2-crash",
        fail_after_stopped_tasks=99,
        no_progress_minutes=600,
        beyond={"circuit_breaker": {"enabled": True, "rollback": True, "threshold": None}},
    )
    assert isinstance(run.go(), Failed), run.log.text
    back = run.log.parts["rollback"]
    assert statuses(back)[0] == "UPDATE_ROLLBACK_IN_PROGRESS"
    assert run.resources["rollback"]["status"] == "UPDATE_ROLLBACK_COMPLETE"


def test_a_rollback_that_breaks_off_says_so_in_its_node(deployed: Driven) -> None:
    deployed.sandbox.faults.add(
        service="resource", action="AWS::ECS::Service.rollback",
        code="AccessDenied", message="not allowed", status=400, times=1,
    )  # fmt: skip
    run = again(deployed, tag="1.4.1-missing")
    assert isinstance(run.go(), Failed), run.log.text
    assert run.resources["rollback"]["status"] == "UPDATE_ROLLBACK_FAILED"
    assert "The rollback broke off" in run.log.parts["rollback"][-1]


def test_a_cancelled_update_goes_back_in_its_own_node(deployed: Driven) -> None:
    run = again(deployed, tag="1.5.0")
    run.go(until=lambda run: run.state.get("service_busy") is True)
    run.call("cancel")
    assert isinstance(run.go(), Cancelled), run.log.text
    assert "UPDATE_ROLLBACK_IN_PROGRESS" in statuses(run.log.parts["rollback"])
    assert run.resources["rollback"]["ended"]


def test_a_cancelled_change_of_tags_leaves_the_release_before_in_place(deployed: Driven) -> None:
    run = again(deployed, previous="1.3.0")
    run.go(until=lambda run: run.state.get("status") == "UPDATE_IN_PROGRESS")
    run.call("cancel")
    assert isinstance(run.go(), Cancelled), run.log.text
    (revision,) = run.resources["services"][0]["revisions"]
    assert (revision["revision"], revision["version"]) == ("web:1", "1.3.0")


def test_a_success_has_none(deployed: Driven) -> None:
    run = again(deployed, tag="1.5.0")
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.log.parts == {}
    assert "rollback" not in run.resources


def test_what_fails_after_a_continued_rollback_is_counted_as_this_deployments(
    deployed: Driven,
) -> None:
    deployed.sandbox.faults.add(
        service="resource", action="AWS::ECS::Service.rollback",
        code="AccessDenied", message="not allowed", status=400, times=1,
    )  # fmt: skip
    again(deployed, tag="1.4.1-missing").go()
    run = again(deployed, deployment="92", tag="1.4.2-crash")
    progress = run.go()
    assert isinstance(progress, Failed), run.log.text
    assert run.intents == ["continue", "update", "cancel"]
    assert progress.error.cause == "crash"
    assert len(run.resources["failed_tasks"]) >= 3
