"""A rollback that breaks off again after it was continued: what is said, and what may be done."""

from __future__ import annotations

import pytest

from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import Asks, Cancelled, Failed, Succeeded
from tests.steps.deploy_cloudformation_template.samples import LOGS, TemplateRun
from tests.steps.driven_run import Driven, again, clients_of

STACK = "cf-ecs-demo-serviceweb-staging-untenanted"


def break_rollbacks(run: Driven, kind: str = "AWS::ECS::Service", times: int | None = None) -> None:
    run.sandbox.faults.add(
        service="resource", action=f"{kind}.rollback", code="AccessDenied",
        message="not allowed to PassRole", status=400, times=times,
    )  # fmt: skip


def status_of(run: Driven, stack: str = STACK) -> str:
    found = run.clients.cloudformation.describe_stacks(StackName=stack)["Stacks"]
    return str(found[0]["StackStatus"])


@pytest.fixture
def asked(deployed: Driven) -> tuple[Driven, Asks]:
    """A deployment that found a broken rollback, and could not continue it either."""
    break_rollbacks(deployed)
    assert isinstance(again(deployed, tag="1.4.1-missing").go(), Failed)
    run = again(deployed, deployment="92", tag="1.5.0")
    progress = run.go()
    assert isinstance(progress, Asks), f"{progress}\n{run.log.text}"
    assert (run.intents, status_of(run)) == (["continue"], "UPDATE_ROLLBACK_FAILED")
    return run, progress


def test_the_question_names_the_resource_its_reason_and_who_is_served(
    asked: tuple[Driven, Asks],
) -> None:
    run, question = asked
    assert question.question.startswith(
        f"CFN-STACK-STUCK: The rollback of stack {STACK} was continued and broke off again at"
        ' Serviceweb (UPDATE_ROLLBACK_FAILED). AWS says: "'
    )
    assert "not allowed to PassRole" in question.question
    assert "Its service still runs 1 task." in question.question
    assert "skip goes on without Serviceweb" in question.question
    assert "proceed deletes the stack with its service, and creates it anew" in question.question
    assert question.answers == ("retry", "skip", "proceed", "abort")
    assert run.resources.get("rollback") is None  # it was an earlier deployment's


def test_given_up_it_fails_with_the_reason_and_what_to_do(asked: tuple[Driven, Asks]) -> None:
    run, _ = asked
    run.answer = "abort"
    progress = run.go()
    assert isinstance(progress, Failed)
    error = progress.error
    assert (error.code, error.cause) == ("CFN-STACK-STUCK", "stack-stuck")
    assert error.message == (
        f"The rollback of stack {STACK} was continued and broke off again at Serviceweb; on a"
        " person's decision it stays in UPDATE_ROLLBACK_FAILED, and nothing new is deployed."
    )
    assert f"--stack-name {STACK} --resources-to-skip Serviceweb`" in error.advice
    assert "would take its service along" in error.advice
    assert error.still_serving
    assert any("UPDATE_FAILED Serviceweb" in line for line in error.details)
    assert any("not allowed to PassRole" in line for line in error.details)
    assert status_of(run) == "UPDATE_ROLLBACK_FAILED"


def test_what_is_in_the_way_may_be_skipped(asked: tuple[Driven, Asks]) -> None:
    run, _ = asked
    run.answer = "skip"
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["continue", "continue", "update"]
    assert "Continuing the rollback without Serviceweb, on a person's decision" in run.log.of(
        "warning"
    )
    tokens = run.sandbox.calls()["cloudformation.ContinueUpdateRollback"]["tokens"]
    assert tokens == ["run-92-continue", "run-92-continue-2"]


def test_still_unmended_it_asks_again(asked: tuple[Driven, Asks]) -> None:
    run, question = asked
    run.answer = "retry"
    second = run.go()
    assert isinstance(second, Asks)
    assert second.question.partition(" AWS says")[0] == question.question.partition(" AWS says")[0]
    run.sandbox.faults.clear()
    run.answer = "retry"
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["continue", "continue", "continue", "update"]


def test_the_stack_may_be_deleted_with_its_service(asked: tuple[Driven, Asks]) -> None:
    run, _ = asked
    run.answer = "proceed"
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["continue", "delete", "create"]


def test_mended_while_it_asked_the_stack_is_not_deleted(asked: tuple[Driven, Asks]) -> None:
    run, _ = asked
    run.clients.cloudformation.continue_update_rollback(
        StackName=STACK, ResourcesToSkip=["Serviceweb"]
    )
    run.sandbox.advance(60)
    run.answer = "proceed"
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["continue", "update"]


def test_a_cancel_tells_the_state_that_it_leaves(asked: tuple[Driven, Asks]) -> None:
    run, _ = asked
    assert run.call("cancel") == Cancelled(
        f"The new version was not deployed; stack {STACK} is in UPDATE_ROLLBACK_FAILED."
    )


def test_where_resources_may_not_be_listed_awss_words_have_to_do(deployed: Driven) -> None:
    break_rollbacks(deployed)
    assert isinstance(again(deployed, tag="1.4.1-missing").go(), Failed)
    deployed.sandbox.faults.add(
        service="cloudformation", action="ListStackResources", code="AccessDenied", status=403,
    )  # fmt: skip
    run = again(deployed, deployment="92", tag="1.5.0")
    progress = run.go()
    assert isinstance(progress, Asks), f"{progress}\n{run.log.text}"
    assert "failed to update: [Serviceweb]" in progress.question
    assert progress.answers == ("retry", "proceed", "abort")
    assert "What broke the rollback off can't be told" in run.log.text
    run.answer = "abort"
    ended = run.go()
    assert isinstance(ended, Failed)
    assert "--resources-to-skip" not in ended.error.advice


def test_in_a_nested_stack_the_resource_there_is_skipped(sandbox: RunningSandbox) -> None:
    bucket = "web-shop-templates"
    outer = f"""\
Parameters: {{Group: {{Type: String}}, Days: {{Type: Number, Default: 3}}}}
Resources:
  Network:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: https://{bucket}.s3.eu-west-1.amazonaws.com/logs.yaml
      Parameters: {{Group: !Ref Group, Days: !Ref Days}}
"""
    run = TemplateRun(sandbox, clients_of(sandbox), template=outer)
    run.clients.s3.put_object(Bucket=bucket, Key="logs.yaml", Body=LOGS)
    run.clients.logs.create_log_group(logGroupName="/shop/taken")
    assert isinstance(run.go(), Succeeded), run.log.text
    break_rollbacks(run, "AWS::Logs::LogGroup")
    taken = [{"name": "Group", "value": "/shop/taken"}]
    assert isinstance(again(run, template=outer, parameters=taken).go(), Failed)
    assert status_of(run, "shop-logs") == "UPDATE_ROLLBACK_FAILED"
    run = again(run, deployment="92", template=outer)
    progress = run.go()
    assert isinstance(progress, Asks), f"{progress}\n{run.log.text}"
    assert "broke off again at shop-logs-Network-" in progress.question
    assert "skip goes on without Network / Logs" in progress.question, progress.question
    run.answer = "skip"
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["continue", "continue", "update"]
