"""What a deployment tells of the stacks within its stack."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import Cancelled, Failed, StepError, Succeeded
from tests.steps.deploy_cloudformation_template.samples import LOGS, TemplateRun
from tests.steps.driven_run import again, clients_of

BUCKET = "web-shop-templates"


def nesting(name: str, template: str) -> str:
    """A template that holds the one stored under this name as its resource `name`."""
    return f"""\
Parameters:
  Group: {{Type: String}}
  Days: {{Type: Number, Default: 3}}
Resources:
  {name}:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: https://{BUCKET}.s3.eu-west-1.amazonaws.com/{template}
      Parameters: {{Group: !Ref Group, Days: !Ref Days}}
"""


@pytest.fixture
def run(sandbox: RunningSandbox) -> TemplateRun:
    """A first deployment of a stack in a stack in a stack."""
    run = TemplateRun(sandbox, clients_of(sandbox), template=nesting("Network", "middle.yaml"))
    run.clients.s3.put_object(Bucket=BUCKET, Key="logs.yaml", Body=LOGS)
    run.clients.s3.put_object(Bucket=BUCKET, Key="middle.yaml", Body=nesting("Zone", "logs.yaml"))
    return run


@pytest.fixture
def deployed(run: TemplateRun) -> TemplateRun:
    assert isinstance(run.go(), Succeeded), run.log.text
    return run


def next_run(run: TemplateRun, deployment: str = "91", **changes: Any) -> TemplateRun:
    changes.setdefault("template", nesting("Network", "middle.yaml"))
    return again(run, deployment=deployment, **changes)


def told(run: TemplateRun, *levels: str) -> list[str]:
    """The event lines, their columns apart by one space."""
    lines = [" ".join(line.split()) for line in run.log.of(*(levels or ("info", "warning")))]
    return [line for line in lines if line.split()[0].isupper() and "_" in line.split()[0]]


def error_of(run: TemplateRun) -> StepError:
    progress = run.go()
    assert isinstance(progress, Failed), run.log.text
    return progress.error


def test_inner_events_are_told_between_those_of_the_stack_around_them(
    deployed: TemplateRun,
) -> None:
    assert told(deployed) == [
        "CREATE_IN_PROGRESS shop-logs",
        "CREATE_IN_PROGRESS Network",
        "CREATE_IN_PROGRESS Network / Zone",
        "CREATE_IN_PROGRESS Network / Zone / Logs",
        "CREATE_COMPLETE Network / Zone / Logs",
        "CREATE_COMPLETE Network / Zone",
        "CREATE_COMPLETE Network",
        "CREATE_COMPLETE shop-logs",
    ]
    kept = {event["logical_id"] for event in deployed.resources["stack_events"]}
    assert "Network / Zone / Logs" in kept
    assert [row["logical_id"] for row in deployed.resources["stack"]["resources"]] == ["Network"]


def test_only_this_operations_inner_events_are_told(deployed: TemplateRun) -> None:
    run = next_run(deployed, parameters=[{"name": "Group", "value": "/shop/web"},
                                         {"name": "Days", "value": "7"}])  # fmt: skip
    assert isinstance(run.go(), Succeeded), run.log.text
    lines = told(run)
    assert lines.count("UPDATE_COMPLETE Network / Zone / Logs") == 1
    assert not [line for line in lines if line.startswith("CREATE_")]


def test_an_update_of_somebody_else_inside_is_not_told(deployed: TemplateRun) -> None:
    cloudformation = deployed.clients.cloudformation

    def described() -> Any:
        stacks = cloudformation.describe_stacks()["Stacks"]
        return next(each for each in stacks if "-Zone-" in each["StackName"])

    cloudformation.update_stack(
        StackName=described()["StackId"],
        TemplateBody=LOGS,
        Parameters=[
            {"ParameterKey": "Group", "ParameterValue": "/shop/web"},
            {"ParameterKey": "Days", "ParameterValue": "1"},
        ],
        ClientRequestToken="somebody-else",
    )
    while not described()["StackStatus"].endswith("UPDATE_COMPLETE"):
        deployed.sandbox.advance(0.5)
    run = next_run(deployed)
    assert isinstance(run.go(), Succeeded), run.log.text
    assert told(run).count("UPDATE_COMPLETE Network / Zone / Logs") == 1


def test_the_cause_inside_is_told_once_and_first(run: TemplateRun) -> None:
    run.clients.logs.create_log_group(logGroupName="/shop/web")
    error = error_of(run)
    assert error.cause == "already-exists"
    assert error.message.startswith("Network / Zone / Logs can't be created")
    assert error.details[0].startswith("CREATE_FAILED Network / Zone / Logs: ")
    assert "\n".join(error.details).count("Zone / Logs: ") == 1
    (line,) = [each for each in run.log.of("warning") if "Network / Zone / Logs" in each]
    assert "/shop/web" in line


def test_a_nested_stack_that_never_came_to_be_is_the_cause_itself(run: TemplateRun) -> None:
    error = error_of(next_run(run, template=nesting("Network", "nowhere.yaml")))
    assert error.message.startswith("Network can't be made")
    assert error.details[0].startswith("CREATE_FAILED Network: ")


def test_a_failed_update_tells_the_way_back_inside_too(deployed: TemplateRun) -> None:
    deployed.clients.logs.create_log_group(logGroupName="/shop/taken")
    taken = [{"name": "Group", "value": "/shop/taken"}]
    run = next_run(deployed, parameters=taken)
    assert error_of(run).message.startswith("Network / Zone / Logs can't be created")
    lines = told(run)
    assert any(line.startswith("UPDATE_FAILED Network / Zone / Logs") for line in lines)
    assert lines[-6:-2] == [
        "UPDATE_COMPLETE Network / Zone / Logs",
        "UPDATE_COMPLETE Network / Zone",
        "UPDATE_COMPLETE Network",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS shop-logs",
    ]


def test_a_cancelled_create_tells_what_is_deleted_inside(run: TemplateRun) -> None:
    run.go(until=lambda now: any("Zone / Logs" in line for line in told(now)))
    assert isinstance(run.go("cancel"), Cancelled)
    assert "DELETE_COMPLETE Network / Zone / Logs" in told(run)


def test_a_look_that_aws_breaks_off_is_told_once_all_the_same(run: TemplateRun) -> None:
    run.sandbox.faults.add(
        service="cloudformation",
        action="DescribeStackEvents",
        match={"StackName": "*-Zone-*"},
        code="Throttling",
        times=7,
    )
    assert isinstance(run.go(), Succeeded), run.log.text
    assert "Trying again" in run.log.text
    lines = told(run)
    assert len(lines) == len(set(lines)) == 8


def test_without_permission_the_stack_around_them_is_told(run: TemplateRun) -> None:
    run.sandbox.faults.add(
        service="cloudformation",
        action="DescribeStackEvents",
        match={"StackName": "*-Network-*"},
        code="AccessDenied",
        status=403,
    )
    assert isinstance(run.go(), Succeeded), run.log.text
    assert told(run)[-2:] == ["CREATE_COMPLETE Network", "CREATE_COMPLETE shop-logs"]
    said = [line for line in run.log.of("warning") if "in nested stacks can't be shown" in line]
    assert len(said) == 1


def test_a_template_without_nested_stacks_costs_no_further_call(run: TemplateRun) -> None:
    plain = again(run, deployment="92", template=LOGS)
    assert isinstance(plain.go(), Succeeded)
    calls = plain.sandbox.calls()
    looks = calls["cloudformation.DescribeStacks"]["count"]
    assert calls["cloudformation.DescribeStackEvents"]["count"] <= looks
