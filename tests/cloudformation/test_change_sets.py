"""Change sets against the simulated AWS."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecsportal.cloudformation.change_sets import (
    create_change_set,
    delete_change_set,
    describe_change_set,
    execute_change_set,
)
from ecsportal.cloudformation.stacks import Outcome, StackRequest, describe_stack
from ecsportal.sandbox.server import RunningSandbox

REQUEST = StackRequest(
    name="logs",
    template_body='{"Resources": {"G": {"Type": "AWS::Logs::LogGroup"}}}',
    capabilities=(),
)


@pytest.fixture
def cfn(sandbox: RunningSandbox) -> Any:
    return sandbox.client("cloudformation")


def created(cfn: Any, sandbox: RunningSandbox, name: str = "first", token: str = "t-1") -> Outcome:
    outcome = create_change_set(cfn, REQUEST, name=name, kind="CREATE", token=token)
    sandbox.advance(5)
    return outcome


def test_it_tells_what_would_change_and_whose_it_is(cfn: Any, sandbox: RunningSandbox) -> None:
    assert created(cfn, sandbox) is Outcome.ACCEPTED
    found = describe_change_set(cfn, "first", stack="logs")
    assert found is not None
    assert (found.status, found.execution, found.description) == (
        "CREATE_COMPLETE",
        "AVAILABLE",
        "t-1",
    )
    assert [(c.action, c.logical_id, c.type) for c in found.changes] == [
        ("Add", "G", "AWS::Logs::LogGroup")
    ]
    assert describe_change_set(cfn, found.id) == found


def test_the_same_token_makes_it_once_and_another_is_told_of_it(
    cfn: Any, sandbox: RunningSandbox
) -> None:
    created(cfn, sandbox)
    assert created(cfn, sandbox) is Outcome.ACCEPTED
    assert created(cfn, sandbox, token="t-2") is Outcome.EXISTS
    assert sandbox.calls()["cloudformation.CreateChangeSet"]["started"] == 1


def test_executing_it_creates_the_stack_once(cfn: Any, sandbox: RunningSandbox) -> None:
    created(cfn, sandbox)
    found = describe_change_set(cfn, "first", stack="logs")
    assert found is not None
    assert execute_change_set(cfn, found.id, token="e-1") is Outcome.ACCEPTED
    sandbox.advance(60)
    stack = describe_stack(cfn, "logs")
    assert stack is not None
    assert stack.status == "CREATE_COMPLETE"
    assert execute_change_set(cfn, found.id, token="e-2") is Outcome.MISSING


def test_one_without_changes_is_told_from_one_that_failed(
    cfn: Any, sandbox: RunningSandbox
) -> None:
    cfn.create_stack(StackName="logs", TemplateBody=REQUEST.template_body)
    sandbox.advance(60)
    create_change_set(cfn, REQUEST, name="same", kind="UPDATE", token="t-1")
    assert (pending := describe_change_set(cfn, "same", stack="logs")) is not None
    assert pending.is_pending
    sandbox.advance(5)
    assert (found := describe_change_set(cfn, "same", stack="logs")) is not None
    assert found.changes_nothing
    assert not replace(found, reason="Template error").changes_nothing


def test_what_is_gone_is_none_and_may_be_deleted_again(cfn: Any, sandbox: RunningSandbox) -> None:
    created(cfn, sandbox)
    delete_change_set(cfn, "first", stack="logs")
    delete_change_set(cfn, "first", stack="logs")
    assert describe_change_set(cfn, "first", stack="logs") is None
    assert describe_change_set(cfn, "first", stack="no-such-stack") is None
