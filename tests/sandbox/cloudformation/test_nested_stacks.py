"""Stacks within stacks: their own events, the outer one waiting, and what a failure inside does."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.stacks import Stacks, template

URL = "https://web-shop-templates.s3.eu-west-1.amazonaws.com/web.json"
OUTER: dict[str, Any] = {
    "Parameters": {"Image": {"Type": "String"}},
    "Resources": {
        "Inner": {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"TemplateURL": URL, "Parameters": {"Image": {"Ref": "Image"}}},
        },
        "Notes": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {
                "Name": "/web/service",
                "Type": "String",
                "Value": {"Fn::GetAtt": ["Inner", "Outputs.Name"]},
            },
        },
    },
}


@pytest.fixture
def nested(stacks: Stacks) -> Stacks:
    """The sample template lies in S3, with a circuit breaker."""
    stacks.sandbox.client("s3").put_object(
        Bucket="web-shop-templates", Key="web.json", Body=json.dumps(template(breaker=True))
    )
    return stacks


def _create(stacks: Stacks, image: str = "shop/web:1.5.0", **more: Any) -> None:
    stacks.create(image, template=OUTER, **more)


def _inner(stacks: Stacks) -> dict[str, Any]:
    resource = stacks.cloudformation.describe_stack_resource(
        StackName="web", LogicalResourceId="Inner"
    )["StackResourceDetail"]
    answer = stacks.cloudformation.describe_stacks(StackName=resource["PhysicalResourceId"])
    return dict(answer["Stacks"][0])


def _inner_events(stacks: Stacks, token: str) -> list[tuple[str, str]]:
    found = stacks.cloudformation.describe_stack_events(StackName=_inner(stacks)["StackId"])
    return [
        (each["LogicalResourceId"], each["ResourceStatus"])
        for each in reversed(found["StackEvents"])
        if each.get("ClientRequestToken") == token
    ]


def test_the_outer_stack_waits_for_the_inner_one_and_reads_its_outputs(nested: Stacks) -> None:
    _create(nested, wait=5, ClientRequestToken="t-1")
    assert _inner(nested)["StackStatus"] == "CREATE_IN_PROGRESS"
    assert nested.status == "CREATE_IN_PROGRESS"
    nested.sandbox.advance(60)
    inner = _inner(nested)
    assert (nested.status, inner["StackStatus"]) == ("CREATE_COMPLETE", "CREATE_COMPLETE")
    assert inner["StackName"].startswith("web-Inner-")
    assert inner["ParentId"] == inner["RootId"]
    assert {"Key": "Octopus.Deployment.Id", "Value": "1"} in inner["Tags"]
    assert ("ServiceWeb", "CREATE_COMPLETE") in _inner_events(nested, "t-1")
    value = nested.sandbox.client("ssm").get_parameter(Name="/web/service")["Parameter"]["Value"]
    assert value == inner["Outputs"][0]["OutputValue"]


def test_an_update_reaches_the_inner_stack(nested: Stacks) -> None:
    _create(nested)
    nested.update("shop/web:1.6.0", template=OUTER, ClientRequestToken="t-2")
    assert (nested.status, _inner(nested)["StackStatus"]) == ("UPDATE_COMPLETE",) * 2
    assert ("TaskDefinitionWeb", "UPDATE_COMPLETE") in _inner_events(nested, "t-2")


def test_a_failed_creation_inside_fails_the_outer_one_and_both_are_rolled_back(
    nested: Stacks,
) -> None:
    _create(nested, "shop/web:1.4.2-crash", wait=180)
    assert nested.status == "ROLLBACK_COMPLETE"
    assert "was not successfully created: The following resource(s) failed to create: " in (
        nested.reason("Inner", "CREATE_FAILED")
    )
    assert _inner(nested)["StackStatus"] == "DELETE_COMPLETE"
    assert nested.tasks() == []


def test_a_failed_update_inside_takes_both_back(nested: Stacks) -> None:
    _create(nested)
    nested.update("shop/web:1.4.2-crash", template=OUTER, wait=240)
    assert nested.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason: " in (
        nested.reason("Inner", "UPDATE_FAILED")
    )
    assert _inner(nested)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert nested.service["taskDefinition"].endswith("web:1")


def test_a_cancel_reaches_the_inner_stack(nested: Stacks) -> None:
    _create(nested)
    nested.update("shop/web:1.4.3-stuck", template=OUTER, wait=60)
    nested.cloudformation.cancel_update_stack(StackName="web")
    nested.sandbox.advance(120)
    assert (nested.status, _inner(nested)["StackStatus"]) == ("UPDATE_ROLLBACK_COMPLETE",) * 2


def test_a_failure_beside_the_inner_stack_takes_its_update_back(nested: Stacks) -> None:
    _create(nested)
    broken = copy.deepcopy(OUTER)
    broken["Resources"]["Notes"]["Properties"]["Description"] = "changed"
    fault = {"service": "resource", "action": "AWS::SSM::Parameter.update"}
    nested.sandbox.faults.add(**fault, code="AccessDenied", message="No", times=1)
    nested.update("shop/web:1.6.0", template=broken, wait=120)
    assert (nested.status, _inner(nested)["StackStatus"])[0] == "UPDATE_ROLLBACK_COMPLETE"
    assert nested.tasks()[0]["containers"][0]["image"] == "shop/web:1.5.0"


def test_a_rollback_that_failed_inside_is_continued_from_outside(nested: Stacks) -> None:
    _create(nested)
    fault = {"service": "resource", "action": "AWS::ECS::Service.rollback"}
    nested.sandbox.faults.add(**fault, code="GeneralServiceException", message="Later", times=1)
    nested.update("shop/web:1.4.2-crash", template=OUTER, wait=240)
    assert (nested.status, _inner(nested)["StackStatus"]) == ("UPDATE_ROLLBACK_FAILED",) * 2
    nested.cloudformation.continue_update_rollback(StackName="web")
    nested.sandbox.advance(120)
    assert (nested.status, _inner(nested)["StackStatus"]) == ("UPDATE_ROLLBACK_COMPLETE",) * 2


def test_what_broke_off_inside_can_be_skipped_from_outside(nested: Stacks) -> None:
    _create(nested)
    fault = {"service": "resource", "action": "AWS::ECS::Service.rollback"}
    nested.sandbox.faults.add(**fault, code="GeneralServiceException", message="Later")
    nested.update("shop/web:1.4.2-crash", template=OUTER, wait=240)
    nested.cloudformation.continue_update_rollback(StackName="web")
    nested.sandbox.advance(120)
    assert (nested.status, _inner(nested)["StackStatus"]) == ("UPDATE_ROLLBACK_FAILED",) * 2
    inner = _inner(nested)["StackName"]
    for wrong in ("Inner", f"{inner}.TaskDefinitionWeb", "other.ServiceWeb"):
        with pytest.raises(ClientError, match="ResourcesToSkip is invalid"):
            nested.cloudformation.continue_update_rollback(StackName="web", ResourcesToSkip=[wrong])
    nested.cloudformation.continue_update_rollback(
        StackName="web", ResourcesToSkip=[f"{inner}.ServiceWeb"]
    )
    nested.sandbox.advance(120)
    assert (nested.status, _inner(nested)["StackStatus"]) == ("UPDATE_ROLLBACK_COMPLETE",) * 2


def test_deleting_the_outer_stack_deletes_the_inner_one(nested: Stacks) -> None:
    _create(nested)
    inner_id = _inner(nested)["StackId"]
    nested.cloudformation.delete_stack(StackName="web")
    nested.sandbox.advance(120)
    answer = nested.cloudformation.describe_stacks(StackName=inner_id)
    assert answer["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="Stack with id web does not exist"):
        assert nested.status


def test_a_template_that_is_not_there_fails_the_resource(stacks: Stacks) -> None:
    _create(stacks)
    assert stacks.status == "ROLLBACK_COMPLETE"
    assert stacks.reason("Inner", "CREATE_FAILED").startswith("S3 error: ")
