"""Executing a change set that an earlier step proposed."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.sandbox.cloudformation.forcing import force_status
from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps import catalogue
from ecsportal.steps.apply_change_set.run import ApplyChangeSetRunner
from ecsportal.steps.contract import Cancelled, Failed, JsonDict, StepError, Succeeded
from tests.steps.deploy_cloudformation_template.samples import TemplateRun
from tests.steps.driven_run import Driven, clients_of
from tests.steps.test_aws_faults import denied

STEP = catalogue.get("apply-change-set")
OTHER = [{"name": "Group", "value": "/shop/other"}]
DEFERRED = {"enabled": True, "name": "later", "defer": True}


class ApplyRun(Driven):
    """One attempt of the step."""

    runner = ApplyChangeSetRunner()
    defaults: JsonDict = {}
    version = 1


def proposed(sandbox: RunningSandbox, **changes: Any) -> JsonDict:
    """The inputs that execute what a template step has just proposed."""
    run = TemplateRun(sandbox, clients_of(sandbox), change_set=DEFERRED, **changes)
    progress = run.go()
    assert isinstance(progress, Succeeded), run.log.text
    return {
        "stack_id": progress.outputs["AwsOutputs[StackId]"],
        "change_set_id": progress.outputs["AwsOutputs[ChangesetId]"],
    }


def applying(sandbox: RunningSandbox, inputs: JsonDict) -> ApplyRun:
    return ApplyRun(sandbox, clients_of(sandbox), deployment="91", **inputs)


def error_of(run: ApplyRun) -> StepError:
    progress = run.go()
    assert isinstance(progress, Failed), run.log.text
    return progress.error


def test_it_creates_a_stack_that_was_only_proposed(sandbox: RunningSandbox) -> None:
    run = applying(sandbox, proposed(sandbox))
    progress = run.go()
    assert isinstance(progress, Succeeded), run.log.text
    assert progress.outputs["AwsOutputs[Name]"] == "/shop/web"
    assert run.intents == ["execute"]


def test_it_updates_a_stack(sandbox: RunningSandbox) -> None:
    assert isinstance(TemplateRun(sandbox, clients_of(sandbox)).go(), Succeeded)
    run = applying(sandbox, proposed(sandbox, deployment="92", parameters=OTHER))
    progress = run.go()
    assert isinstance(progress, Succeeded), run.log.text
    assert progress.outputs["AwsOutputs[Name]"] == "/shop/other"


def test_an_empty_change_set_is_a_success(sandbox: RunningSandbox) -> None:
    assert isinstance(TemplateRun(sandbox, clients_of(sandbox)).go(), Succeeded)
    run = applying(sandbox, proposed(sandbox))
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == []


def test_names_do_as_well_as_ids(sandbox: RunningSandbox) -> None:
    proposed(sandbox)
    run = applying(sandbox, {"stack_id": "shop-logs", "change_set_id": "later"})
    assert isinstance(run.go(), Succeeded), run.log.text


def test_one_that_was_executed_already_is_not_executed_again(sandbox: RunningSandbox) -> None:
    inputs = proposed(sandbox)
    assert isinstance(applying(sandbox, inputs).go(), Succeeded)
    error = error_of(applying(sandbox, inputs))
    assert error.code == "CFN-CHANGE-SET"
    assert "was executed already" in error.message


def test_one_that_is_gone_is_told(sandbox: RunningSandbox) -> None:
    inputs = proposed(sandbox)
    clients_of(sandbox).cloudformation.delete_change_set(ChangeSetName=inputs["change_set_id"])
    error = error_of(applying(sandbox, inputs))
    assert (error.code, error.cause) == ("CFN-CHANGE-SET", "change-set-gone")


@pytest.mark.parametrize("hidden", ["DescribeStackEvents", "DescribeStacks", "ListStackResources"])
def test_whoever_may_not_see_all_executes_it_all_the_same(
    sandbox: RunningSandbox, hidden: str
) -> None:
    run = applying(sandbox, proposed(sandbox))
    sandbox.faults.add(**denied(hidden))
    assert isinstance(run.go(), Succeeded), run.log.text
    assert hidden in run.log.of("warning")[0]


@pytest.mark.parametrize(
    "status",
    ["CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "UPDATE_FAILED",
     "UPDATE_ROLLBACK_FAILED", "IMPORT_ROLLBACK_FAILED"],
)  # fmt: skip
def test_a_stack_that_has_to_be_mended_first_is_told_at_once(
    sandbox: RunningSandbox, status: str
) -> None:
    run = applying(sandbox, proposed(sandbox))
    region = sandbox.world.stacks("eu-west-1")
    stack = region.find("shop-logs")
    assert stack is not None
    force_status(region, stack, status)
    error = error_of(run)
    assert error.code == "CFN-CHANGE-SET"
    assert error.message == f"Change set later can't be executed: stack shop-logs is in {status}."
    assert "mends the stack first" in error.advice
    assert run.intents == []


def test_one_that_is_still_worked_out_is_waited_for_aloud(sandbox: RunningSandbox) -> None:
    run = applying(sandbox, proposed(sandbox))
    stack = sandbox.world.stacks("eu-west-1").find("shop-logs")
    assert stack is not None
    change_set = stack.change_sets["later"]
    change_set.status = "CREATE_IN_PROGRESS"
    run.go(until=lambda now: bool(now.log.of("wait")))
    assert run.log.of("wait")[0].startswith("Change set later is still CREATE_IN_PROGRESS, 1 min")
    change_set.status = "CREATE_COMPLETE"
    assert isinstance(run.go(), Succeeded), run.log.text


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_worker_that_dies_executes_it_once(sandbox: RunningSandbox, turn: int) -> None:
    run = applying(sandbox, proposed(sandbox))
    run.lose_turn(turn)
    assert isinstance(run.go(), Succeeded), run.log.text
    assert sandbox.calls()["cloudformation.ExecuteChangeSet"]["started"] == 1


def test_a_cancelled_update_goes_back(sandbox: RunningSandbox) -> None:
    assert isinstance(TemplateRun(sandbox, clients_of(sandbox)).go(), Succeeded)
    run = applying(sandbox, proposed(sandbox, deployment="92", parameters=OTHER))
    run.go(until=lambda run: run.state.get("phase") == "follow")
    progress = run.go("cancel")
    assert isinstance(progress, Cancelled), run.log.text
    assert progress.note == "Stack shop-logs is in UPDATE_ROLLBACK_COMPLETE."


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"change_set_id": "later"}, "stack_id"),
        ({"stack_id": "shop-logs"}, "change_set_id"),
        ({"stack_id": "shop logs", "change_set_id": "later"}, "stack_id"),
        ({"stack_id": "shop-logs", "change_set_id": "a b"}, "change_set_id"),
        (
            {"stack_id": "a", "change_set_id": "b", "wait": {"type": "with_timeout"}},
            "wait.timeout_minutes",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_told_at_its_field(inputs: JsonDict, path: str) -> None:
    assert [problem.path for problem in STEP.check(inputs, 1)] == [path]


def test_outputs_of_an_earlier_step_are_taken_on_trust() -> None:
    inputs = {
        "stack_id": "#{Octopus.Action[Propose].Output.AwsOutputs[StackId]}",
        "change_set_id": "#{Octopus.Action[Propose].Output.AwsOutputs[ChangesetId]}",
    }
    assert STEP.check(inputs, 1) == []
    assert STEP.summarise(inputs).startswith("Executes #{Octopus.Action[Propose]")


def test_the_summary_names_change_set_and_stack() -> None:
    stack = "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop-logs/1"
    change_set = "arn:aws:cloudformation:eu-west-1:123456789012:changeSet/later/1"
    inputs = {"stack_id": stack, "change_set_id": change_set}
    assert STEP.summarise(inputs) == "Executes later of shop-logs"
    assert STEP.summarise({**inputs, "change_set_id": "later"}) == "Executes later of shop-logs"
    assert STEP.summarise({}) == "No change set yet"
