"""One look at all stacks of an account and region."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from ecsportal.cloudformation.shared_look import SharedLook, shared_look
from ecsportal.sandbox.server import RunningSandbox

QUEUE = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
NAMES = [f"jobs-{number}" for number in range(6)]


@pytest.fixture
def stacks(sandbox: RunningSandbox) -> RunningSandbox:
    """Six stacks that are complete, and no calls counted."""
    for name in NAMES:
        sandbox.client("cloudformation").create_stack(StackName=name, TemplateBody=QUEUE)
    sandbox.advance(60)
    sandbox.world.calls.clear()
    return sandbox


def _now(sandbox: RunningSandbox) -> datetime:
    return sandbox.world.clock.now()


def _follow(look: SharedLook, sandbox: RunningSandbox, names: list[str]) -> list[str]:
    cloudformation = sandbox.client("cloudformation")
    found = [look.stack(cloudformation, name, now=_now(sandbox)) for name in names]
    return [stack.status if stack else "none" for stack in found]


def _calls(sandbox: RunningSandbox) -> int:
    return sandbox.count("cloudformation.DescribeStacks")


def test_few_stacks_are_looked_at_one_by_one(stacks: RunningSandbox) -> None:
    look = SharedLook()
    assert _follow(look, stacks, NAMES[:3]) == ["CREATE_COMPLETE"] * 3
    assert _calls(stacks) == 3


def test_many_stacks_share_a_call_and_the_next_second_has_a_new_one(
    stacks: RunningSandbox,
) -> None:
    look = SharedLook()
    _follow(look, stacks, NAMES)
    stacks.advance(2)
    stacks.world.calls.clear()
    assert _follow(look, stacks, NAMES) == ["CREATE_COMPLETE"] * 6
    assert _calls(stacks) == 1
    stacks.client("cloudformation").delete_stack(StackName=NAMES[0])
    stacks.advance(0.5)
    assert _follow(look, stacks, NAMES[:1]) == ["CREATE_COMPLETE"]
    stacks.advance(0.6)
    assert _follow(look, stacks, NAMES[:1]) == ["DELETE_IN_PROGRESS"]


def test_what_the_look_doesnt_show_is_asked_for_by_itself(stacks: RunningSandbox) -> None:
    look = SharedLook()
    cloudformation = stacks.client("cloudformation")
    gone = cloudformation.describe_stacks(StackName=NAMES[0])["Stacks"][0]["StackId"]
    cloudformation.delete_stack(StackName=NAMES[0])
    stacks.advance(30)
    assert _follow(look, stacks, [*NAMES[1:], gone]) == [
        *["CREATE_COMPLETE"] * 5,
        "DELETE_COMPLETE",
    ]
    assert _follow(look, stacks, ["never-was"]) == ["none"]


def test_who_may_not_list_looks_one_by_one(stacks: RunningSandbox) -> None:
    look = SharedLook()
    _follow(look, stacks, NAMES)
    stacks.advance(2)
    stacks.faults.add(
        service="cloudformation", action="DescribeStacks", code="AccessDenied", status=403, times=1
    )
    assert _follow(look, stacks, NAMES) == ["CREATE_COMPLETE"] * 6
    stacks.world.calls.clear()
    stacks.advance(2)
    assert _follow(look, stacks, NAMES) == ["CREATE_COMPLETE"] * 6
    assert _calls(stacks) == 6


def test_stacks_that_nobody_follows_any_more_dont_count(stacks: RunningSandbox) -> None:
    look = SharedLook()
    _follow(look, stacks, NAMES)
    stacks.advance(60)
    stacks.world.calls.clear()
    _follow(look, stacks, NAMES[:2])
    assert _calls(stacks) == 2


def test_an_account_with_far_more_stacks_than_are_followed_is_not_listed(
    sandbox: RunningSandbox,
) -> None:
    cloudformation = sandbox.client("cloudformation")
    for number in range(201):
        cloudformation.create_stack(StackName=f"other-{number}", TemplateBody=QUEUE)
    names = [f"other-{number}" for number in range(4)]
    look = SharedLook()
    _follow(look, sandbox, names)
    sandbox.advance(timedelta(minutes=1).total_seconds())
    _follow(look, sandbox, names)
    sandbox.world.calls.clear()
    sandbox.advance(2)
    _follow(look, sandbox, names)
    assert _calls(sandbox) == 4


def test_each_account_and_region_has_a_look_of_its_own() -> None:
    assert shared_look(("shop", "eu-west-1")) is shared_look(("shop", "eu-west-1"))
    assert shared_look(("shop", "eu-west-1")) is not shared_look(("shop", "us-east-1"))
