"""Cancelling a stack operation at instants at which nobody can be sure what AWS has got."""

from __future__ import annotations

import pytest

from ecsportal.aws.sessions import TargetClients
from ecsportal.sandbox.cloudformation.forcing import force_status
from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import Cancelled, Failed, Succeeded, Waiting
from tests.steps.driven_run import REGION, Driven, again
from tests.steps.test_aws_faults import QUICK, credentials, denied
from tests.steps.test_aws_trouble import announced, end_of, throttled

STACK = "cf-ecs-demo-serviceweb-staging-untenanted"


@pytest.fixture
def first(sandbox: RunningSandbox) -> Driven:
    """A first deployment, not begun yet."""
    return Driven(sandbox, TargetClients(credentials(sandbox), REGION, limits=QUICK))


def statuses(run: Driven) -> list[str]:
    listed = run.clients.cloudformation.list_stacks()["StackSummaries"]
    return [stack["StackStatus"] for stack in listed if stack["StackName"] == STACK]


def test_a_create_that_cannot_be_seen_yet_is_taken_back(first: Driven) -> None:
    first.sandbox.world.set_lag(20)
    announced("create", first)
    first._call_runner("poll", first.context())  # the call is made, and the worker dies
    first.crashed()
    first.sandbox.advance(10)
    progress = first.call("cancel")
    assert isinstance(progress, Waiting), progress
    end = end_of(first, progress)
    assert end == Cancelled(f"Stack {STACK} is deleted, nothing of it stays."), first.log.text
    first.sandbox.advance(60)
    assert statuses(first) == ["DELETE_COMPLETE"]


def test_a_create_that_was_never_made_ends_without_a_change(first: Driven) -> None:
    throttled(announced("create", first), "cloudformation", "CreateStack")
    end = end_of(first, first.call("cancel"))
    assert end == Cancelled("Nothing was changed."), first.log.text
    assert statuses(first) == []


def test_one_that_is_cancelled_before_its_call_ends_at_once(first: Driven) -> None:
    assert announced("create", first).call("cancel") == Cancelled("Nothing was changed.")


def test_what_was_mended_before_the_cancel_is_told(first: Driven) -> None:
    assert isinstance(first.go(), Succeeded)
    region = first.sandbox.world.stacks(REGION)
    stack = region.find(STACK)
    assert stack is not None
    force_status(region, stack, "UPDATE_ROLLBACK_FAILED")
    run = announced("update", again(first, tag="1.5.0"))
    assert run.call("cancel") == Cancelled(
        f"The new version was not deployed; stack {STACK} is in UPDATE_ROLLBACK_COMPLETE."
    )


def test_a_deletion_before_the_cancel_is_told(first: Driven) -> None:
    failing = Driven(first.sandbox, first.clients, deployment="89", beyond={})
    assert isinstance(failing.go(), Succeeded)
    region = first.sandbox.world.stacks(REGION)
    stack = region.find(STACK)
    assert stack is not None
    force_status(region, stack, "ROLLBACK_COMPLETE")
    run = announced("create", again(first, delete_stack_with_running_service=True))
    assert run.intents == ["delete", "create"]
    assert run.call("cancel") == Cancelled(f"Stack {STACK} is deleted and not created anew.")


@pytest.mark.parametrize("hidden", ["DescribeStacks", "DescribeStackEvents"])
def test_a_first_create_is_taken_back_by_whoever_may_not_see_all_of_it(
    first: Driven, hidden: str
) -> None:
    first.go(until=lambda now: now.state.get("phase") == "follow")
    first.sandbox.faults.add(**denied(hidden))
    end = end_of(first, first.call("cancel"))
    assert end == Cancelled(f"Stack {STACK} is deleted, nothing of it stays."), first.log.text


def test_a_step_that_does_not_wait_ends_with_the_acceptance_though_no_look_is_answered(
    first: Driven,
) -> None:
    run = again(first, wait={"type": "dont_wait"})
    end = end_of(run, throttled(announced("create", run), "cloudformation", "DescribeStacks"))
    assert isinstance(end, Succeeded), run.log.text
    assert end.unverified
    assert end.outputs["AwsOutputs[StackId]"]
    assert statuses(run) == ["CREATE_IN_PROGRESS"]


def test_a_first_create_that_may_not_be_deleted_says_how_it_stands(first: Driven) -> None:
    first.go(until=lambda now: now.state.get("phase") == "follow")
    first.sandbox.faults.add(**denied("DeleteStack"))
    end = end_of(first, first.call("cancel"))
    assert isinstance(end, Failed), end
    assert end.error.details[0].startswith(f"Stack {STACK} was in CREATE_IN_PROGRESS when it was")
