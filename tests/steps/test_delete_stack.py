"""Deleting a stack."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.sandbox.cloudformation.forcing import force_status
from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps import catalogue
from ecsportal.steps.contract import Asks, Cancelled, Failed, JsonDict, StepError, Succeeded
from ecsportal.steps.delete_stack.run import DeleteStackRunner
from tests.steps.deploy_cloudformation_template.samples import TemplateRun
from tests.steps.driven_run import Driven, clients_of
from tests.steps.test_aws_faults import denied

STEP = catalogue.get("delete-stack")


class DeleteRun(Driven):
    """One attempt of the step."""

    runner = DeleteStackRunner()
    defaults: JsonDict = {"stack_name": "shop-logs"}
    version = 1


@pytest.fixture
def run(sandbox: RunningSandbox) -> DeleteRun:
    """A deletion of a stack that is there."""
    assert isinstance(TemplateRun(sandbox, clients_of(sandbox)).go(), Succeeded)
    return DeleteRun(sandbox, clients_of(sandbox), deployment="91")


def another(run: DeleteRun, **inputs: Any) -> DeleteRun:
    return DeleteRun(run.sandbox, run.clients, deployment="92", **inputs)


def status_of(run: DeleteRun) -> str:
    listed = run.clients.cloudformation.list_stacks()["StackSummaries"]
    return next(s["StackStatus"] for s in listed if s["StackName"] == "shop-logs")


def asked(run: DeleteRun) -> str:
    progress = run.go()
    assert isinstance(progress, Asks), f"{progress}\n{run.log.text}"
    assert progress.answers == ("proceed", "retry", "abort")
    return progress.question


def error_of(run: DeleteRun) -> StepError:
    progress = run.go()
    assert isinstance(progress, Failed), run.log.text
    return progress.error


def test_the_stack_is_deleted(run: DeleteRun) -> None:
    assert isinstance(run.go(), Succeeded), run.log.text
    assert status_of(run) == "DELETE_COMPLETE"
    assert run.resources["stack"]["status"] == "DELETE_COMPLETE"


def test_no_stack_is_a_success(run: DeleteRun) -> None:
    missing = another(run, stack_name="never-was")
    assert isinstance(missing.go(), Succeeded)
    assert "There is no stack never-was: nothing to delete" in missing.log.of("info")
    assert missing.intents == []
    assert missing.resources["stack"]["status"] == ""


def test_dont_wait_ends_with_the_acceptance(run: DeleteRun) -> None:
    quick = another(run, wait={"type": "dont_wait"})
    assert isinstance(quick.go(), Succeeded)
    assert status_of(quick) == "DELETE_IN_PROGRESS"


def test_a_deletion_that_takes_too_long_ends_the_step_and_goes_on(run: DeleteRun) -> None:
    region = run.sandbox.world.stacks("eu-west-1")
    stack = region.find("shop-logs")
    assert stack is not None
    force_status(region, stack, "DELETE_IN_PROGRESS")  # somebody else's, and it never ends
    limited = another(run, wait={"type": "with_timeout", "timeout_minutes": 5})
    progress = limited.go()
    assert isinstance(progress, Failed), limited.log.text
    assert (progress.error.code, progress.error.cause) == ("STEP-TIMEOUT", "timeout")
    waited_for = "waiting for its stack, last seen in DELETE_IN_PROGRESS"
    assert waited_for in progress.error.message
    assert status_of(run) == "DELETE_IN_PROGRESS"


def test_termination_protection_is_told_and_nothing_is_tried(run: DeleteRun) -> None:
    run.clients.cloudformation.update_termination_protection(
        StackName="shop-logs", EnableTerminationProtection=True
    )
    error = error_of(run)
    assert (error.code, error.cause) == ("CFN-DELETE-FAILED", "termination-protection")
    assert run.intents == []


def test_one_that_is_being_deleted_is_followed(run: DeleteRun) -> None:
    run.clients.cloudformation.delete_stack(StackName="shop-logs")
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == []


def test_one_that_is_being_deleted_is_followed_by_whoever_does_not_wait_too(
    run: DeleteRun,
) -> None:
    run.clients.cloudformation.delete_stack(StackName="shop-logs")
    quick = another(run, wait={"type": "dont_wait"})
    end = quick.go()
    assert isinstance(end, Succeeded), quick.log.text
    assert not end.unverified
    assert status_of(run) == "DELETE_COMPLETE"


def test_a_proposed_stack_that_never_came_to_be_is_deleted(sandbox: RunningSandbox) -> None:
    deferred = {"enabled": True, "name": "later", "defer": True}
    assert isinstance(
        TemplateRun(sandbox, clients_of(sandbox), change_set=deferred).go(), Succeeded
    )
    run = DeleteRun(sandbox, clients_of(sandbox), deployment="91")
    assert isinstance(run.go(), Succeeded), run.log.text


def cannot_delete_logs(run: DeleteRun, times: int) -> None:
    run.sandbox.faults.add(
        service="resource",
        action="AWS::Logs::LogGroup.delete",
        code="InvalidRequest",
        message="The log group is in use",
        times=times,
    )


def test_what_can_t_be_deleted_ends_the_step_with_aws_s_words(run: DeleteRun) -> None:
    cannot_delete_logs(run, 1)
    asked(run)
    run.answer = "abort"
    error = error_of(run)
    assert error.code == "CFN-DELETE-FAILED"
    assert any("The log group is in use" in line for line in error.details)
    assert status_of(run) == "DELETE_FAILED"


def test_what_may_stay_is_left_behind_when_it_can_t_be_deleted(run: DeleteRun) -> None:
    cannot_delete_logs(run, 1)
    keeping = another(run, retain_resources=["Logs"])
    progress = keeping.go()
    assert isinstance(progress, Succeeded), keeping.log.text
    assert progress.warnings
    assert keeping.intents == ["delete", "retain"]
    assert run.clients.logs.describe_log_groups(logGroupNamePrefix="/shop/web")["logGroups"]


def test_a_person_may_try_again_or_leave_it_behind(run: DeleteRun) -> None:
    cannot_delete_logs(run, 2)
    question = asked(run)
    assert question.startswith("CFN-DELETE-FAILED: Stack shop-logs can't be deleted: Logs (/shop/")
    assert "outside of any stack; retry deletes again" in question
    run.answer = "retry"
    asked(run)
    run.answer = "proceed"
    progress = run.go()
    assert isinstance(progress, Succeeded), run.log.text
    assert progress.warnings
    assert run.intents == ["delete", "delete", "retain"]
    assert run.log.of("highlight")[-1].endswith("; left behind: Logs")
    assert run.clients.logs.describe_log_groups(logGroupNamePrefix="/shop/web")["logGroups"]


def test_whoever_may_not_list_the_resources_is_told_in_aws_s_words(run: DeleteRun) -> None:
    cannot_delete_logs(run, 1)
    run.sandbox.faults.add(action="ListStackResources", code="AccessDenied", status=403)
    error = error_of(run)
    assert error.code == "CFN-DELETE-FAILED"
    assert any("The log group is in use" in line for line in error.details)


@pytest.mark.parametrize(
    ("hidden", "warns"),
    [("DescribeStackEvents", False), ("DescribeStacks", False), ("DescribeStack*", True)],
)
def test_whoever_may_not_look_deletes_all_the_same(
    run: DeleteRun, hidden: str, warns: bool
) -> None:
    run.sandbox.faults.add(**denied(hidden))
    end = run.go()
    assert isinstance(end, Succeeded), f"{end}\n{run.log.text}"
    assert end.warnings is warns
    assert run.log.of("warning")
    run.sandbox.advance(60)
    assert status_of(run) == "DELETE_COMPLETE"


def test_what_may_stay_is_deleted_where_it_can_be(run: DeleteRun) -> None:
    keeping = another(run, retain_resources=["Logs"])
    assert isinstance(keeping.go(), Succeeded), keeping.log.text
    assert keeping.intents == ["delete"]


def test_a_deletion_that_broke_off_is_taken_up_again(run: DeleteRun) -> None:
    cannot_delete_logs(run, 1)
    asked(run)
    assert isinstance(another(run).go(), Succeeded)


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_worker_that_dies_deletes_it_once(run: DeleteRun, turn: int) -> None:
    run.lose_turn(turn)
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.sandbox.calls()["cloudformation.DeleteStack"]["started"] == 1


def test_a_cancel_says_that_a_deletion_can_t_be_stopped(run: DeleteRun) -> None:
    run.go(until=lambda run: run.state.get("phase") == "follow")
    progress = run.go("cancel")
    assert isinstance(progress, Cancelled)
    assert progress.note == "Stack shop-logs is deleted: that could not be stopped."


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({}, "stack_name"),
        ({"stack_name": "shop_logs"}, "stack_name"),
        ({"stack_name": "a", "retain_resources": ["Logs", "Logs"]}, "retain_resources[1]"),
        ({"stack_name": "a", "retain_resources": ["my-logs"]}, "retain_resources[0]"),
        ({"stack_name": "a", "wait": {"type": "with_timeout"}}, "wait.timeout_minutes"),
    ],
)
def test_what_is_missing_or_wrong_is_told_at_its_field(inputs: JsonDict, path: str) -> None:
    assert [problem.path for problem in STEP.check(inputs, 1)] == [path]


def test_the_summary_names_the_stack() -> None:
    assert STEP.summarise({"stack_name": "shop", "retain_resources": ["Data"]}) == (
        "Deletes the stack shop, may leave Data"
    )
    assert STEP.summarise({}) == "No stack yet"
