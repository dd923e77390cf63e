"""One look at all stacks of an account and region."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from ecsportal.cloudformation.shared_look import followed_stack, is_crowded
from ecsportal.sandbox.server import RunningSandbox

QUEUE = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
SLOW = json.dumps(
    {
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 5}},
            "More": {"Type": "AWS::SQS::Queue"},
        },
        "Outputs": {"Where": {"Value": "here"}},
    }
)
PLACE = ("shop", "eu-west-1")
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


def _follow(sandbox: RunningSandbox, names: list[str]) -> list[str]:
    cloudformation = sandbox.client("cloudformation")
    found = [followed_stack(cloudformation, name, place=PLACE, now=_now(sandbox)) for name in names]
    return [stack.status if stack else "none" for stack in found]


def _calls(sandbox: RunningSandbox) -> tuple[int, int]:
    """Looks at all that change, and at single stacks."""
    return (
        sandbox.count("cloudformation.ListStacks"),
        sandbox.count("cloudformation.DescribeStacks"),
    )


@pytest.fixture
def changing(stacks: RunningSandbox) -> RunningSandbox:
    """The six stacks are being updated, and have been followed for a second."""
    for name in NAMES:
        stacks.client("cloudformation").update_stack(StackName=name, TemplateBody=SLOW)
    assert _follow(stacks, NAMES) == ["UPDATE_IN_PROGRESS"] * 6
    stacks.advance(1.1)
    stacks.world.calls.clear()
    return stacks


def test_few_stacks_are_looked_at_one_by_one(stacks: RunningSandbox) -> None:
    assert _follow(stacks, NAMES[:3]) == ["CREATE_COMPLETE"] * 3
    assert _calls(stacks) == (0, 3)


def test_many_stacks_share_a_call_and_the_next_second_has_a_new_one(
    changing: RunningSandbox,
) -> None:
    assert _follow(changing, NAMES) == ["UPDATE_IN_PROGRESS"] * 6
    assert _calls(changing) == (1, 0)
    changing.client("cloudformation").cancel_update_stack(StackName=NAMES[0])
    changing.advance(0.5)
    assert _follow(changing, NAMES[:1]) == ["UPDATE_IN_PROGRESS"]
    changing.advance(0.6)
    assert _follow(changing, NAMES[:1]) == ["UPDATE_ROLLBACK_IN_PROGRESS"]


def test_a_stack_that_has_ended_is_told_whole(changing: RunningSandbox) -> None:
    changing.advance(120)
    cloudformation = changing.client("cloudformation")
    _follow(changing, NAMES)
    stack = followed_stack(cloudformation, NAMES[0], place=PLACE, now=_now(changing))
    assert stack
    assert stack.status == "UPDATE_COMPLETE"
    assert stack.outputs == {"Where": "here"}


def test_what_the_look_doesnt_show_is_asked_for_by_itself(changing: RunningSandbox) -> None:
    cloudformation = changing.client("cloudformation")
    cloudformation.create_stack(StackName="gone", TemplateBody=QUEUE)
    gone = cloudformation.describe_stacks(StackName="gone")["Stacks"][0]["StackId"]
    changing.advance(30)
    cloudformation.delete_stack(StackName="gone")
    changing.advance(30)
    assert _follow(changing, [*NAMES, gone])[-1] == "DELETE_COMPLETE"
    assert _follow(changing, ["never-was"]) == ["none"]


def test_who_may_not_list_looks_one_by_one(changing: RunningSandbox) -> None:
    changing.faults.add(
        service="cloudformation", action="ListStacks", code="AccessDenied", status=403, times=1
    )
    assert _follow(changing, NAMES) == ["UPDATE_IN_PROGRESS"] * 6
    changing.advance(1.1)
    changing.world.calls.clear()
    assert _follow(changing, NAMES) == ["UPDATE_IN_PROGRESS"] * 6
    assert _calls(changing) == (0, 6)


def test_stacks_that_nobody_follows_any_more_dont_count(stacks: RunningSandbox) -> None:
    _follow(stacks, NAMES)
    stacks.advance(60)
    stacks.world.calls.clear()
    _follow(stacks, NAMES[:2])
    assert _calls(stacks) == (0, 2)


def test_other_stacks_of_the_account_cost_nothing(stacks: RunningSandbox) -> None:
    cloudformation = stacks.client("cloudformation")
    for number in range(150):
        cloudformation.create_stack(StackName=f"other-{number}", TemplateBody=QUEUE)
    stacks.advance(60)
    for name in NAMES:
        cloudformation.update_stack(StackName=name, TemplateBody=SLOW)
    _follow(stacks, NAMES)
    stacks.advance(1.1)
    stacks.world.calls.clear()
    _follow(stacks, NAMES)
    assert _calls(stacks) == (1, 0)


def test_each_account_and_region_has_a_look_of_its_own(changing: RunningSandbox) -> None:
    assert is_crowded(PLACE)
    assert not is_crowded(("shop", "us-east-1"))
