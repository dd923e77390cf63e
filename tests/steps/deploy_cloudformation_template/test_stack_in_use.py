"""A template's stack that can only be deleted, while services in it still serve users."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.sandbox.cloudformation.forcing import force_status
from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import Asks, Cancelled, Failed, Succeeded
from tests.steps.deploy_cloudformation_template.samples import TemplateRun
from tests.steps.driven_run import REGION, again, clients_of

BUCKET = "web-shop-templates"
SERVICES = """\
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: shop
      Cpu: "256"
      Memory: "512"
      NetworkMode: awsvpc
      RequiresCompatibilities: [FARGATE]
      ContainerDefinitions: [{Name: shop, Image: "shop/web:1.4.0", Essential: true}]
  Web:
    Type: AWS::ECS::Service
    Properties:
      Cluster: demo
      ServiceName: web
      LaunchType: FARGATE
      TaskDefinition: !Ref Task
      DesiredCount: 2
      NetworkConfiguration:
        AwsvpcConfiguration: {Subnets: [subnet-0a1b2c3d4e5f60001]}
"""
QUEUE = "Resources: {Queue: {Type: AWS::SQS::Queue}}\n"
MUST_BE_DELETED = ["CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"]


@pytest.fixture
def serving(sandbox: RunningSandbox) -> TemplateRun:
    """A stack whose service runs two tasks."""
    run = TemplateRun(sandbox, clients_of(sandbox), template=SERVICES, parameters=[])
    assert isinstance(run.go(), Succeeded), run.log.text
    return run


def put_into(run: TemplateRun, status: str) -> None:
    region = run.sandbox.world.stacks(REGION)
    with run.sandbox.world.lock:
        force_status(region, region.stack("shop-logs"), status)


def next_run(run: TemplateRun, **changes: Any) -> TemplateRun:
    return again(run, **{"deployment": "92", "template": SERVICES, "parameters": [], **changes})


def asked(run: TemplateRun) -> str:
    progress = run.go()
    assert isinstance(progress, Asks), f"{progress}\n{run.log.text}"
    assert run.intents == []
    return progress.question


@pytest.mark.parametrize("status", MUST_BE_DELETED)
def test_a_stack_whose_service_still_runs_is_deleted_only_on_a_person_s_word(
    serving: TemplateRun, status: str
) -> None:
    put_into(serving, status)
    run = next_run(serving)
    assert asked(run) == (
        f"ECS-STACK-HOLDS-SERVICE: Stack shop-logs is in {status} and has to be deleted and"
        " created anew, but its service web still runs 2 tasks. Proceed deletes the stack with all"
        " that it holds and creates it anew; retry looks again, after you have mended it; abort"
        " ends the step."
    )
    run.answer = "proceed"
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["delete", "create"]


def test_a_person_may_leave_it_as_it_is(serving: TemplateRun) -> None:
    put_into(serving, "DELETE_FAILED")
    run = next_run(serving)
    asked(run)
    run.answer = "abort"
    progress = run.go()
    assert isinstance(progress, Failed)
    error = progress.error
    assert (error.code, error.cause) == ("ECS-STACK-HOLDS-SERVICE", "stack-holds-service")
    assert run.sandbox.count("cloudformation.DeleteStack") == 0


def test_a_cancel_leaves_it_as_it_is(serving: TemplateRun) -> None:
    put_into(serving, "ROLLBACK_FAILED")
    run = next_run(serving)
    asked(run)
    assert run.call("cancel") == Cancelled("Nothing was changed.")


def test_once_nothing_runs_there_nobody_is_asked(serving: TemplateRun) -> None:
    put_into(serving, "ROLLBACK_FAILED")
    serving.clients.ecs.update_service(cluster="demo", service="web", desiredCount=0)
    serving.sandbox.advance(120)
    run = next_run(serving)
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["delete", "create"]


def test_mended_while_it_asked_it_is_updated(serving: TemplateRun) -> None:
    put_into(serving, "DELETE_FAILED")
    run = next_run(serving, tag="1.5.0")
    asked(run)
    put_into(run, "UPDATE_COMPLETE")
    run.answer = "proceed"
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["update"]


def test_a_service_in_a_nested_stack_counts_too(sandbox: RunningSandbox) -> None:
    outer = f"""\
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: {{TemplateURL: "https://{BUCKET}.s3.eu-west-1.amazonaws.com/services.yaml"}}
"""
    run = TemplateRun(sandbox, clients_of(sandbox), template=outer, parameters=[])
    run.clients.s3.put_object(Bucket=BUCKET, Key="services.yaml", Body=SERVICES.encode())
    assert isinstance(run.go(), Succeeded), run.log.text
    put_into(run, "DELETE_FAILED")
    assert "its service web still runs 2 tasks" in asked(next_run(run, template=outer))


def test_several_services_are_named_with_their_tasks(sandbox: RunningSandbox) -> None:
    web = SERVICES[SERVICES.index("  Web:") :]
    several = SERVICES + web.replace("Web:", "Api:").replace("ServiceName: web", "ServiceName: api")
    run = TemplateRun(sandbox, clients_of(sandbox), template=several, parameters=[])
    assert isinstance(run.go(), Succeeded), run.log.text
    put_into(run, "ROLLBACK_FAILED")
    question = asked(next_run(run, template=several))
    for each in ("web (2 tasks)", "api (2 tasks)"):
        assert each in question
    assert "its services " in question


@pytest.mark.parametrize(
    ("service", "action", "words"),
    [
        ("cloudformation", "ListStackResources", "what it holds can't be seen"),
        ("ecs", "DescribeServices", "its service web may still run tasks"),
    ],
)
def test_what_may_not_be_seen_may_still_serve(
    serving: TemplateRun, service: str, action: str, words: str
) -> None:
    put_into(serving, "DELETE_FAILED")
    serving.sandbox.faults.add(
        service=service, action=action, code="AccessDeniedException", message="no", status=400
    )
    assert words in asked(next_run(serving))


def test_a_stack_without_services_asks_nobody(sandbox: RunningSandbox) -> None:
    run = TemplateRun(sandbox, clients_of(sandbox), template=QUEUE, parameters=[])
    assert isinstance(run.go(), Succeeded), run.log.text
    put_into(run, "DELETE_FAILED")
    run = next_run(run, template=QUEUE)
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["delete", "create"]
