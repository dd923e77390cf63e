"""Deploying a template against the simulated AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ecsportal.sandbox.cloudformation.forcing import force_status
from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import (
    Asks,
    Cancelled,
    Failed,
    JsonDict,
    StepError,
    Succeeded,
    Waiting,
)
from tests.steps.deploy_cloudformation_template.samples import LOGS, TemplateRun, inputs
from tests.steps.driven_run import REGION, again, clients_of
from tests.steps.test_aws_faults import denied

OTHER = [{"name": "Group", "value": "/shop/other"}]
TAKEN = [{"name": "Group", "value": "/shop/taken"}]

LOGS_AFTER_ANOTHER = LOGS.replace(
    "Resources:",
    "Resources:\n  Early: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /shop/early}}",
)


@pytest.fixture
def first(sandbox: RunningSandbox) -> TemplateRun:
    return TemplateRun(sandbox, clients_of(sandbox))


def deployed(run: TemplateRun) -> TemplateRun:
    assert isinstance(run.go(), Succeeded)
    return run


def error_of(run: TemplateRun) -> StepError:
    progress = run.go()
    assert isinstance(progress, Failed), run.log.text
    return progress.error


def stack_of(run: TemplateRun) -> Any:
    (stack,) = run.clients.cloudformation.describe_stacks(StackName="shop-logs")["Stacks"]
    return stack


def test_a_stack_is_created_and_its_outputs_become_the_step_s(first: TemplateRun) -> None:
    progress = first.go()
    assert isinstance(progress, Succeeded), first.log.text
    outputs = progress.outputs
    assert outputs["AwsOutputs[Name]"] == "/shop/web"
    assert outputs["AwsOutputs[Arn]"].endswith(":log-group:/shop/web:*")
    assert outputs["AwsOutputs[StackId]"] == stack_of(first)["StackId"]
    assert first.intents == ["create"]
    tags = {tag["Key"]: tag["Value"] for tag in stack_of(first)["Tags"]}
    assert (tags["Octopus.Project.Id"], tags["Octopus.Deployment.Id"]) == ("web-shop", "90")
    assert [r["status"] for r in first.resources["stack"]["resources"]] == ["CREATE_COMPLETE"]


def test_role_tags_and_capabilities_reach_the_stack(first: TemplateRun) -> None:
    role = "arn:aws:iam::123456789012:role/deployer"
    run = again(
        first,
        role_arn=role,
        tags=[{"key": "owner", "value": "team"}, {"key": "Octopus.Step.Name", "value": "mine"}],
        capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    stack = stack_of(deployed(run))
    tags = {tag["Key"]: tag["Value"] for tag in stack["Tags"]}
    assert (tags["owner"], tags["Octopus.Step.Name"]) == ("team", "mine")
    assert stack["RoleARN"] == role
    assert stack["Capabilities"] == ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]


def test_the_template_is_sent_as_it_was_pasted(first: TemplateRun) -> None:
    deployed(first)
    sent = first.clients.cloudformation.get_template(StackName="shop-logs")["TemplateBody"]
    assert sent == LOGS


def test_a_parameter_without_a_value_takes_the_template_s_default(first: TemplateRun) -> None:
    deployed(first)
    given = {p["ParameterKey"]: p["ParameterValue"] for p in stack_of(first)["Parameters"]}
    assert given == {"Group": "/shop/web", "Days": "3"}


def test_the_same_again_changes_tags_only_and_succeeds(first: TemplateRun) -> None:
    run = again(deployed(first))
    assert isinstance(run.go(), Succeeded)
    assert run.intents == ["update"]


def test_no_changes_is_a_success(first: TemplateRun) -> None:
    deployed(first)
    same = TemplateRun(first.sandbox, first.clients)  # the same deployment: not even a tag differs
    progress = same.go()
    assert isinstance(progress, Succeeded), same.log.text
    assert progress.outputs["AwsOutputs[Name]"] == "/shop/web"


def test_dont_wait_ends_with_the_acceptance(first: TemplateRun) -> None:
    run = again(first, wait={"type": "dont_wait"})
    assert isinstance(run.go(), Succeeded)
    assert run.resources["stack"]["note"] == "accepted, not verified"
    assert stack_of(run)["StackStatus"] == "CREATE_IN_PROGRESS"


def test_a_change_set_tells_what_changes_and_is_executed(first: TemplateRun) -> None:
    run = again(deployed(first), change_set={"enabled": True}, parameters=OTHER)
    progress = run.go()
    assert isinstance(progress, Succeeded), run.log.text
    assert run.intents == ["propose", "execute"]
    assert "~ Logs (AWS::Logs::LogGroup): requires replacement" in run.log.of("warning")
    assert progress.outputs["AwsOutputs[Name]"] == "/shop/other"


def test_a_change_set_can_create_the_stack(first: TemplateRun) -> None:
    run = again(first, change_set={"enabled": True})
    assert isinstance(run.go(), Succeeded), run.log.text
    assert stack_of(run)["StackStatus"] == "CREATE_COMPLETE"
    assert "+ Logs (AWS::Logs::LogGroup)" in run.log.of("info")


def test_a_deferred_change_set_leaves_the_stack_as_it_is(first: TemplateRun) -> None:
    deferred = {"enabled": True, "name": "later", "defer": True}
    run = again(deployed(first), change_set=deferred, parameters=OTHER)
    progress = run.go()
    assert isinstance(progress, Succeeded), run.log.text
    assert ":changeSet/later/" in progress.outputs["AwsOutputs[ChangesetId]"]
    (change,) = json.loads(progress.outputs["AwsOutputs[Changes]"])
    assert (change["Action"], change["LogicalResourceId"]) == ("Modify", "Logs")
    assert stack_of(run)["StackStatus"] == "CREATE_COMPLETE"


def test_an_older_change_set_of_the_name_gives_way(first: TemplateRun) -> None:
    deferred = {"enabled": True, "name": "later", "defer": True}
    deployed(again(deployed(first), change_set=deferred, parameters=OTHER))
    run = again(first, deployment="92", change_set=deferred, parameters=OTHER)
    assert isinstance(run.go(), Succeeded), run.log.text
    assert "Deleting the older change set later" in run.log.of("info")


def test_an_empty_change_set_is_a_success(first: TemplateRun) -> None:
    deployed(first)
    run = TemplateRun(first.sandbox, first.clients, change_set={"enabled": True})
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["propose"]


@pytest.mark.parametrize("turn", [2, 3, 4, 5])
def test_a_worker_that_dies_proposes_and_executes_nothing_twice(
    first: TemplateRun, turn: int
) -> None:
    run = again(deployed(first), change_set={"enabled": True}, parameters=OTHER)
    run.lose_turn(turn)
    assert isinstance(run.go(), Succeeded), run.log.text
    calls = run.sandbox.calls()
    assert calls["cloudformation.CreateChangeSet"]["started"] == 1
    assert calls["cloudformation.ExecuteChangeSet"]["started"] == 1


def test_the_first_cause_is_told_and_the_stack_goes_back(first: TemplateRun) -> None:
    first.clients.logs.create_log_group(logGroupName="/shop/taken")
    error = error_of(again(deployed(first), parameters=TAKEN))
    assert (error.code, error.cause) == ("CFN-DEPLOY-FAILED", "already-exists")
    assert error.message.startswith("Logs can't be created")
    assert any("/shop/taken" in line for line in error.details)
    assert stack_of(first)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_what_does_not_become_stable_sends_to_where_the_service_s_events_are(
    first: TemplateRun,
) -> None:
    first.sandbox.faults.add(
        service="resource", action="AWS::Logs::LogGroup.create", code="NotStabilized", status=400,
        message="Exceeded attempts to wait",
    )  # fmt: skip
    error = error_of(first)
    assert error.cause == "not-stabilized"
    assert error.advice.startswith("Read the service's events in the ECS console, correct")
    assert not first.resources["events"]


def test_the_first_cause_inside_a_nested_stack_is_told(first: TemplateRun) -> None:
    s3 = first.clients.client("s3")
    s3.create_bucket(
        Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    s3.put_object(Bucket="templates", Key="logs.yaml", Body=LOGS.encode())
    first.clients.logs.create_log_group(logGroupName="/shop/taken")
    outer = """\
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: https://templates.s3.eu-west-1.amazonaws.com/logs.yaml
      Parameters: {Group: /shop/taken}
"""
    error = error_of(again(first, template=outer, parameters=[]))
    assert error.cause == "already-exists"
    assert "Inner / Logs" in error.message
    assert any("CREATE_FAILED Inner / Logs" in line for line in error.details)


def test_a_stack_whose_first_create_failed_is_deleted_and_created_anew(first: TemplateRun) -> None:
    first.clients.logs.create_log_group(logGroupName="/shop/taken")
    error_of(again(first, parameters=TAKEN))
    run = again(first, deployment="92")
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["delete", "create"]


def test_what_was_imported_is_deleted_only_on_a_person_s_decision(first: TemplateRun) -> None:
    deployed(first)
    region = first.sandbox.world.stacks(REGION)
    force_status(region, region.stack("shop-logs"), "IMPORT_ROLLBACK_FAILED")
    run = again(first)
    question = run.go()
    assert isinstance(question, Asks), f"{question}\n{run.log.text}"
    assert "but what was imported into it is deleted with it" in question.question
    assert run.intents == []
    run.answer = "proceed"
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["delete", "create"]


def test_several_that_cannot_be_deleted_are_told_with_aws_s_own_sentence(
    first: TemplateRun,
) -> None:
    deployed(again(first, template=LOGS_AFTER_ANOTHER))
    region = first.sandbox.world.stacks(REGION)
    force_status(region, region.stack("shop-logs"), "ROLLBACK_FAILED")
    first.sandbox.faults.add(
        service="resource", action="AWS::Logs::LogGroup.delete", code="InvalidRequest",
        message="The log group is in use",
    )  # fmt: skip
    question = again(first, deployment="92").go()
    assert isinstance(question, Asks)
    assert '/shop/web) stay. AWS says: "The log group is in use".' in question.question


def test_a_person_says_what_becomes_of_a_stack_that_cannot_be_deleted(first: TemplateRun) -> None:
    first.clients.logs.create_log_group(logGroupName="/shop/taken")
    error_of(again(first, template=LOGS_AFTER_ANOTHER, parameters=TAKEN, disable_rollback=True))
    first.sandbox.faults.add(
        service="resource", action="AWS::Logs::LogGroup.delete", code="InvalidRequest",
        message="The log group is in use", times=2,
    )  # fmt: skip
    run = again(first, deployment="92")
    question = run.go()
    assert isinstance(question, Asks), f"{question}\n{run.log.text}"
    assert "Early (/shop/early) stays." in question.question
    assert "outside of any stack, and creates it anew" in question.question
    run.answer = "retry"
    assert isinstance(run.go(), Asks), run.log.text
    run.answer = "proceed"
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["delete", "delete", "retain", "create"]
    assert "Leaving behind Early, on a person's decision" in run.log.of("warning")


def test_without_rollback_what_was_made_stays_to_be_looked_at(first: TemplateRun) -> None:
    first.clients.logs.create_log_group(logGroupName="/shop/taken")
    error_of(again(first, parameters=TAKEN, disable_rollback=True))
    assert stack_of(first)["StackStatus"] == "CREATE_FAILED"


def test_a_cancelled_create_leaves_nothing(first: TemplateRun) -> None:
    first.go(until=lambda run: run.state.get("phase") == "follow")
    progress = first.go("cancel")
    assert isinstance(progress, Cancelled)
    assert progress.note == "Stack shop-logs is deleted, nothing of it stays."


def test_a_cancelled_proposal_takes_the_change_set_back(first: TemplateRun) -> None:
    run = again(deployed(first), change_set={"enabled": True, "name": "later"}, parameters=OTHER)
    run.go(until=lambda run: run.state.get("phase") == "follow")
    progress = run.go("cancel")
    assert isinstance(progress, Cancelled)
    found = run.clients.cloudformation.list_change_sets(StackName="shop-logs")["Summaries"]
    assert found == []


def test_a_cancelled_proposal_of_a_first_stack_leaves_no_stack(first: TemplateRun) -> None:
    run = again(first, change_set={"enabled": True})
    run.go(until=lambda run: run.state.get("phase") == "follow")
    assert isinstance(run.go("cancel"), Cancelled)
    listed = run.clients.cloudformation.list_stacks()["StackSummaries"]
    assert [s["StackStatus"] for s in listed if s["StackName"] == "shop-logs"] == [
        "DELETE_COMPLETE"
    ]


def test_a_template_that_only_its_values_break_is_refused_before_anything_changes(
    first: TemplateRun,
) -> None:
    run = again(first, template=LOGS + "  Broken: [unclosed\n")
    error = error_of(run)
    assert error.code == "ECS-VALIDATION"
    assert error.details[0].startswith("template: Line ")
    assert run.intents == []


def test_a_template_in_s3_says_which_parameters_it_lost_and_needs(first: TemplateRun) -> None:
    s3 = first.clients.client("s3")
    s3.create_bucket(
        Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    s3.put_object(Bucket="templates", Key="logs.yaml", Body=LOGS.encode())
    url = "https://templates.s3.eu-west-1.amazonaws.com/logs.yaml"
    run = again(first, template="", template_url=url, parameters=[{"name": "Old", "value": "x"}])
    assert error_of(run).details == (
        "parameters: The template has no parameter Old.",
        "parameters: The template needs a value for Group.",
    )
    right = again(first, deployment="92", template="", template_url=url)
    assert isinstance(right.go(), Succeeded), right.log.text


def test_a_template_that_is_too_long_for_a_call_says_so(first: TemplateRun) -> None:
    error = error_of(again(first, template=LOGS + "#" * 60_000))
    assert "Set the template bucket of AWS account" in error.details[0]


@pytest.mark.parametrize("change_set", [{"enabled": False}, {"enabled": True}])
def test_a_template_of_60_kb_goes_through_the_account_s_bucket(
    first: TemplateRun, change_set: JsonDict
) -> None:
    first.clients.client("s3").create_bucket(
        Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    run = again(
        first,
        template=LOGS + "#" * 60_000,
        template_bucket="templates",
        change_set=change_set,
    )
    assert isinstance(run.go(), Succeeded), run.log.text
    assert sum("too long for a call" in line for line in run.log.of("info")) == 1


def test_a_template_of_2_mb_is_refused_with_the_limit(first: TemplateRun) -> None:
    error = error_of(again(first, template=LOGS + "#" * 2_000_000))
    assert "CloudFormation takes 1,000,000 (1 MB) at most" in error.details[0]


def test_a_capability_that_is_missing_is_told_before_anything_changes(first: TemplateRun) -> None:
    role = inputs()["template"] + "  # a role\n"
    role = role.replace(
        "Resources:",
        "Resources:\n  Role:\n    Type: AWS::IAM::Role\n"
        "    Properties: {AssumeRolePolicyDocument: {}}",
    )
    run = again(first, template=role)
    assert error_of(run).details[0].startswith("capabilities: Role is an AWS::IAM::Role")
    assert run.intents == []


def test_a_proposal_that_is_still_worked_out_is_withdrawn_once_it_can_be(
    first: TemplateRun,
) -> None:
    run = TemplateRun(first.sandbox, first.clients, change_set={"enabled": True})
    run.go(until=lambda now: now.intents == ["propose"] and now.state["phase"] == "follow")
    assert isinstance(run.call("cancel"), Waiting)
    assert run.go() == Cancelled("Stack shop-logs is deleted, nothing of it stays."), run.log.text
    assert run.log.of("error", "warning") == []


def test_whoever_may_not_list_its_resources_has_deployed_it(first: TemplateRun) -> None:
    first.sandbox.faults.add(**denied("ListStackResources"))
    assert isinstance(first.go(), Succeeded), first.log.text
    assert first.log.of("warning")[0].endswith("The stack's resources can't be shown.")
