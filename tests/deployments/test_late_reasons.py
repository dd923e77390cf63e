"""What is said of a stack that failed after its step had ended: whose reason, and how often."""

from __future__ import annotations

import html
from typing import Any

import pytest

from ecsportal.deployments.late_outcomes import look_up_late_outcomes
from ecsportal.deployments.models import Deployment
from ecsportal.infrastructure.models import DeploymentTarget
from ecsportal.sandbox.server import RunningSandbox
from tests import builders
from tests.in_process_portal import Portal, in_process_portal

BUCKET = "web-shop-templates"
INNER = """\
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /shop/taken}
"""
OUTER = f"""\
Resources:
  Network:
    Type: AWS::CloudFormation::Stack
    Properties: {{TemplateURL: "https://{BUCKET}.s3.eu-west-1.amazonaws.com/inner.yaml"}}
"""
SEVERAL = """\
Resources:
  First: {Type: AWS::SQS::Queue}
  Second: {Type: AWS::SQS::Queue}
  Third: {Type: AWS::SQS::Queue}
"""


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Portal:
    return in_process_portal(sandbox)


def accepted(portal: Portal, template: str, **inputs: Any) -> dict[str, Any]:
    """A deployment of this template that doesn't wait, hours later."""
    step = {
        "name": "Stack",
        "type": "deploy-cloudformation-template",
        "target_tags": ["web"],
        "inputs": {
            "stack_name": "shop-#{Octopus.Machine.Name}",
            "template": template,
            "wait": {"type": "dont_wait"},
            **inputs,
        },
    }
    answer = portal.api("PUT", "/projects/web-shop/process", {"steps": [step]})
    assert answer.status == 200, answer.body
    deployment = portal.finish(portal.deploy(portal.release()["id"])["id"])
    assert deployment["state"] == "succeeded", portal.log_text(deployment["id"])
    portal.sandbox.advance(4 * 3600)
    return deployment


def late_error(portal: Portal, deployment: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = portal.api("GET", f"/deployments/{deployment['id']}").body["late_error"]
    return told


def page_of(portal: Portal, deployment: dict[str, Any]) -> str:
    page = portal.browser.get(f"/deployments/{deployment['id']}/").content.decode()
    return html.unescape(page)


def test_a_nested_stack_fails_with_its_own_resource_s_reason(portal: Portal) -> None:
    s3 = portal.sandbox.client("s3", "eu-west-1")
    s3.put_object(Bucket=BUCKET, Key="inner.yaml", Body=INNER.encode())
    portal.sandbox.client("logs", "eu-west-1").create_log_group(logGroupName="/shop/taken")
    deployment = accepted(portal, OUTER)
    assert look_up_late_outcomes() == 1
    told = late_error(portal, deployment)
    assert told["cause"] == "already-exists"
    assert "Network / Logs" in told["message"]
    assert told["code"] == "CFN-DEPLOY-FAILED"
    assert told["details"][0].startswith("CREATE_FAILED Network / Logs: ")
    assert "/shop/taken" in told["details"][0]
    assert "Network / Logs" in page_of(portal, deployment)


def test_without_permission_for_the_nested_stack_the_outer_one_s_words_are_told(
    portal: Portal,
) -> None:
    s3 = portal.sandbox.client("s3", "eu-west-1")
    s3.put_object(Bucket=BUCKET, Key="inner.yaml", Body=INNER.encode())
    portal.sandbox.client("logs", "eu-west-1").create_log_group(logGroupName="/shop/taken")
    deployment = accepted(portal, OUTER)
    portal.sandbox.faults.add(
        service="cloudformation", action="DescribeStackEvents", code="AccessDenied", status=403,
        match={"StackName": "*-Network-*"},
    )  # fmt: skip
    assert look_up_late_outcomes() == 1
    assert "Network" in late_error(portal, deployment)["message"]


def test_equal_reasons_are_told_once_with_their_count(portal: Portal) -> None:
    portal.sandbox.faults.add(
        service="resource", action="AWS::SQS::Queue.create", code="AccessDenied", status=400,
        message="not allowed to create queues",
    )  # fmt: skip
    deployment = accepted(portal, SEVERAL)
    assert look_up_late_outcomes() == 1
    pieces = late_error(portal, deployment)["evidence"]
    [queues] = [piece for piece in pieces if "not allowed" in piece["text"]]
    assert (queues["count"], queues["noun"]) == (3, "resource")
    assert {one["name"] for one in queues["each"]} == {"First", "Second", "Third"}
    assert "3 resources" in page_of(portal, deployment)


def test_what_fails_on_several_targets_is_told_of_each(portal: Portal) -> None:
    first = DeploymentTarget.objects.get(environments__slug="development")
    builders.target(
        "Another", environments=first.environments.all(), region="eu-central-1", cluster="demo",
        account=first.account,
    )  # fmt: skip
    portal.sandbox.faults.add(
        service="resource", action="AWS::SQS::Queue.create", code="AccessDenied", status=400,
        message="not allowed to create queues",
    )  # fmt: skip
    deployment = accepted(portal, SEVERAL.replace("  Second: {Type: AWS::SQS::Queue}\n", ""))
    assert look_up_late_outcomes() == 2
    told = late_error(portal, deployment)
    assert told["message"].startswith("2 of 2 targets failed. CloudFormation may not make")
    assert told["message"] in html.unescape(portal.browser.get("/").content.decode())
    assert told["where"].count("its stack failed later") == 2
    assert "on Another" in told["where"]
    [queues] = [piece for piece in told["evidence"] if "not allowed" in piece["text"]]
    assert queues["count"] == 4
    assert "First on Another" in {one["name"] for one in queues["each"]}


def test_where_targets_fail_later_of_different_things_each_is_told(portal: Portal) -> None:
    first = DeploymentTarget.objects.get(environments__slug="development")
    builders.target(
        "Another", environments=first.environments.all(), region="eu-central-1", cluster="demo",
        account=first.account,
    )  # fmt: skip
    portal.sandbox.client("logs", first.region).create_log_group(logGroupName="/shop/taken")
    portal.sandbox.faults.add(
        service="resource", action="AWS::SQS::Queue.create", code="AccessDenied", status=400,
        message="not allowed to create queues",
    )  # fmt: skip
    deployment = accepted(portal, INNER + "  Queue: {Type: AWS::SQS::Queue, DependsOn: Logs}\n")
    assert look_up_late_outcomes() == 2
    told = late_error(portal, deployment)
    assert told["message"].startswith("2 of 2 targets failed for 2 reasons. On "), told["message"]
    for said in ("Logs can't be created: something of that name", "may not make Queue"):
        assert said in page_of(portal, deployment)


def test_a_secret_that_aws_repeats_is_masked(portal: Portal) -> None:
    secret = {"name": "Token", "value": "s3cret-of-the-shop", "type": "sensitive"}
    answer = portal.api("PUT", "/projects/web-shop/variables", {"variables": [secret]})
    assert answer.status == 200, answer.body
    portal.sandbox.faults.add(
        service="resource", action="AWS::SQS::Queue.create", code="InvalidRequest", status=400,
        message="Queue s3cret-of-the-shop is not possible",
    )  # fmt: skip
    deployment = accepted(portal, SEVERAL)
    assert look_up_late_outcomes() == 1
    stored = str(Deployment.objects.get(pk=deployment["id"]).late_error)
    assert "Queue ******** is not possible" in stored
    assert "s3cret" not in stored
