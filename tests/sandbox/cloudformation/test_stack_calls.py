"""What CloudFormation answers at once."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ecsportal.sandbox.server import RunningSandbox
from tests.sandbox.stacks import TEMPLATE, Stacks


def test_a_repeated_create_with_its_token_starts_nothing_twice(
    stacks: Stacks, sandbox: RunningSandbox
) -> None:
    first = stacks.create(wait=5, ClientRequestToken="t-1")
    again = stacks.create(wait=60, ClientRequestToken="t-1")
    assert again == first
    entry = sandbox.calls()["cloudformation.CreateStack"]
    assert entry == {"count": 2, "started": 1, "tokens": ["t-1"]}
    assert stacks.statuses().count(("web", "CREATE_IN_PROGRESS")) == 1


def test_a_repeated_update_with_its_token_starts_nothing_twice(
    stacks: Stacks, sandbox: RunningSandbox
) -> None:
    stacks.create()
    stacks.update("shop/web:1.5.0", ClientRequestToken="t-2")
    stacks.update("shop/web:1.5.0", ClientRequestToken="t-2")
    assert sandbox.calls()["cloudformation.UpdateStack"]["started"] == 1


def test_a_token_with_another_request_is_refused(stacks: Stacks) -> None:
    stacks.create(ClientRequestToken="t-1")
    with pytest.raises(ClientError, match="TokenAlreadyExistsException"):
        stacks.update("shop/web:1.5.0", ClientRequestToken="t-1")


def test_iam_resources_need_to_be_acknowledged(stacks: Stacks) -> None:
    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_IAM\]"):
        stacks.create(Capabilities=[])


def test_a_missing_and_an_unknown_parameter_are_named(stacks: Stacks) -> None:
    request = stacks.request()
    with pytest.raises(ClientError, match=r"Parameters: \[Image\] must have values"):
        stacks.cloudformation.create_stack(**{**request, "Parameters": []})
    with pytest.raises(ClientError, match=r"Parameters: \[Colour\] do not exist in the template"):
        stacks.create(parameters={"Colour": "green"})


def test_a_template_over_51200_bytes_is_refused(stacks: Stacks) -> None:
    body = {**TEMPLATE, "Metadata": {"padding": "x" * 52_000}}
    with pytest.raises(ClientError, match="less than or equal to 51200"):
        stacks.create(template=body)


def test_a_large_template_may_come_from_s3(stacks: Stacks, sandbox: RunningSandbox) -> None:
    body = json.dumps({**TEMPLATE, "Metadata": {"padding": "x" * 60_000}})
    s3 = sandbox.client("s3")
    s3.put_object(Bucket="web-shop-templates", Key="a/web.json", Body=body.encode())
    request = stacks.request()
    del request["TemplateBody"]
    url = "https://web-shop-templates.s3.us-east-1.amazonaws.com/a/web.json"
    stacks.cloudformation.create_stack(**request, TemplateURL=url)
    sandbox.advance(60)
    assert stacks.status == "CREATE_COMPLETE"


def test_updating_a_stack_in_progress_is_refused(stacks: Stacks) -> None:
    stacks.create(wait=3)
    with pytest.raises(ClientError, match="is in CREATE_IN_PROGRESS state and can not be updated"):
        stacks.update("shop/web:1.5.0")


def test_a_stack_that_is_not_there_is_told_in_three_ways(stacks: Stacks) -> None:
    with pytest.raises(ClientError) as error:
        assert stacks.status
    assert error.value.response["Error"]["Code"] == "ValidationError"
    assert error.value.response["Error"]["Message"] == "Stack with id web does not exist"
    with pytest.raises(ClientError, match=r"Stack \[web\] does not exist"):
        stacks.update()
    stacks.cloudformation.delete_stack(StackName="web")


def test_a_stack_name_with_an_underscore_is_refused(stacks: Stacks) -> None:
    with pytest.raises(ClientError, match="at 'stackName' failed to satisfy constraint"):
        stacks.create(StackName="web_shop")


def test_previous_values_and_the_previous_template_are_kept(stacks: Stacks) -> None:
    stacks.create("shop/web:1.5.0")
    stacks.cloudformation.update_stack(
        StackName="web",
        UsePreviousTemplate=True,
        Parameters=[
            {"ParameterKey": "Image", "UsePreviousValue": True},
            {"ParameterKey": "DesiredCount", "ParameterValue": "3"},
        ],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    stacks.sandbox.advance(60)
    assert stacks.service["desiredCount"] == 3
    assert stacks.tasks()[0]["containers"][0]["image"] == "shop/web:1.5.0"


def test_termination_protection_holds_a_stack(stacks: Stacks) -> None:
    stacks.create(EnableTerminationProtection=True)
    with pytest.raises(ClientError, match="TerminationProtection is enabled"):
        stacks.cloudformation.delete_stack(StackName="web")


def test_events_come_newest_first_in_pages_of_a_hundred(
    stacks: Stacks, sandbox: RunningSandbox
) -> None:
    stacks.create()
    for number in range(10):
        stacks.update(deployment=f"next-{number}")
    first = stacks.cloudformation.describe_stack_events(StackName="web")
    times = [each["Timestamp"] for each in first["StackEvents"]]
    assert len(times) == 100
    assert times == sorted(times, reverse=True)
    assert len(stacks.events()) > 100


def test_stacks_and_resources_are_listed(stacks: Stacks) -> None:
    stack_id = stacks.create()
    listed = stacks.cloudformation.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])
    assert [each["StackId"] for each in listed["StackSummaries"]] == [stack_id]
    resources = stacks.cloudformation.describe_stack_resources(StackName="web")["StackResources"]
    assert {each["ResourceStatus"] for each in resources} == {"CREATE_COMPLETE"}
    one = stacks.cloudformation.describe_stack_resource(
        StackName="web", LogicalResourceId="ServiceWeb"
    )
    arn = one["StackResourceDetail"]["PhysicalResourceId"]
    assert arn == stacks.service["serviceArn"]
    by_id = stacks.cloudformation.describe_stack_resources(PhysicalResourceId=arn)
    assert len(by_id["StackResources"]) == 4
