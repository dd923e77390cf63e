"""Change sets, as `aws cloudformation deploy` uses them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.stacks import Stacks, template


def _request(stacks: Stacks, image: str, **more: Any) -> dict[str, Any]:
    return {**stacks.request(image), "ChangeSetName": "next", **more}


def test_a_stack_can_be_created_through_a_change_set(stacks: Stacks) -> None:
    cloudformation = stacks.cloudformation
    cloudformation.create_change_set(**_request(stacks, "shop/web:1.5.0", ChangeSetType="CREATE"))
    assert stacks.status == "REVIEW_IN_PROGRESS"
    stacks.sandbox.advance(5)
    shown = cloudformation.describe_change_set(StackName="web", ChangeSetName="next")
    assert (shown["Status"], shown["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    actions = {each["ResourceChange"]["Action"] for each in shown["Changes"]}
    assert actions == {"Add"}
    cloudformation.execute_change_set(
        StackName="web", ChangeSetName="next", ClientRequestToken="t-1"
    )
    stacks.sandbox.advance(60)
    assert stacks.status == "CREATE_COMPLETE"
    assert ("web", "CREATE_COMPLETE") in stacks.statuses("t-1")


def test_a_change_set_foresees_replacements_and_what_follows_from_them(stacks: Stacks) -> None:
    stacks.create("shop/web:1.5.0")
    stacks.cloudformation.create_change_set(**_request(stacks, "shop/web:1.6.0"))
    stacks.sandbox.advance(5)
    shown = stacks.cloudformation.describe_change_set(StackName="web", ChangeSetName="next")
    changes = {
        each["ResourceChange"]["LogicalResourceId"]: each["ResourceChange"]["Replacement"]
        for each in shown["Changes"]
    }
    assert changes == {"TaskDefinitionWeb": "True", "ServiceWeb": "False"}
    stacks.cloudformation.execute_change_set(StackName="web", ChangeSetName="next")
    stacks.sandbox.advance(60)
    assert stacks.status == "UPDATE_COMPLETE"


def test_a_change_set_without_changes_fails_and_says_why(stacks: Stacks) -> None:
    stacks.create()
    stacks.cloudformation.create_change_set(**_request(stacks, "shop/web:1.6.0"))
    stacks.sandbox.advance(5)
    shown = stacks.cloudformation.describe_change_set(StackName="web", ChangeSetName="next")
    assert shown["Status"] == "FAILED"
    assert shown["StatusReason"].startswith("The submitted information didn't contain changes.")
    with pytest.raises(ClientError, match="InvalidChangeSetStatus"):
        stacks.cloudformation.execute_change_set(StackName="web", ChangeSetName="next")


def test_change_sets_are_listed_and_deleted(stacks: Stacks) -> None:
    stacks.create("shop/web:1.5.0")
    stacks.cloudformation.create_change_set(**_request(stacks, "shop/web:1.6.0"))
    listed = stacks.cloudformation.list_change_sets(StackName="web")["Summaries"]
    assert [each["ChangeSetName"] for each in listed] == ["next"]
    with pytest.raises(ClientError, match="cannot be deleted in current status"):
        stacks.cloudformation.delete_change_set(StackName="web", ChangeSetName="next")
    stacks.sandbox.advance(5)
    stacks.cloudformation.delete_change_set(StackName="web", ChangeSetName="next")
    with pytest.raises(ClientError) as error:
        stacks.cloudformation.describe_change_set(StackName="web", ChangeSetName="next")
    assert error.value.response["Error"]["Code"] == "ChangeSetNotFound"


def test_a_stack_in_review_can_be_deleted(stacks: Stacks) -> None:
    request = _request(stacks, "shop/web:1.5.0", ChangeSetType="CREATE")
    stacks.cloudformation.create_change_set(**request)
    stacks.cloudformation.delete_stack(StackName="web")
    stacks.sandbox.advance(5)
    stacks.create()
    assert stacks.status == "CREATE_COMPLETE"


def test_an_update_makes_the_change_set_obsolete(stacks: Stacks) -> None:
    stacks.create("shop/web:1.4.0")
    stacks.cloudformation.create_change_set(**_request(stacks, "shop/web:1.5.0"))
    stacks.sandbox.advance(5)
    stacks.update("shop/web:1.6.0")
    shown = stacks.cloudformation.describe_change_set(StackName="web", ChangeSetName="next")
    assert shown["ExecutionStatus"] == "OBSOLETE"
    with pytest.raises(ClientError, match=r"current execution status of \[OBSOLETE\]"):
        stacks.cloudformation.execute_change_set(StackName="web", ChangeSetName="next")


QUEUE = {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain"}
EXISTING = {
    "ResourceType": "AWS::SQS::Queue",
    "LogicalResourceId": "Queue",
    "ResourceIdentifier": {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"},
}


def _import(stacks: Stacks, *resources: dict[str, Any], **template: Any) -> None:
    stacks.cloudformation.create_change_set(
        StackName="taken",
        ChangeSetName="take",
        ChangeSetType="IMPORT",
        TemplateBody=json.dumps({"Resources": template}),
        ResourcesToImport=list(resources),
    )
    stacks.sandbox.advance(5)


def _statuses(stacks: Stacks) -> list[tuple[str, str]]:
    events = stacks.cloudformation.describe_stack_events(StackName="taken")["StackEvents"]
    return [(each["LogicalResourceId"], each["ResourceStatus"]) for each in reversed(events)]


def test_existing_resources_are_imported(stacks: Stacks) -> None:
    _import(stacks, EXISTING, Queue=QUEUE)
    shown = stacks.cloudformation.describe_change_set(StackName="taken", ChangeSetName="take")
    assert [each["ResourceChange"]["Action"] for each in shown["Changes"]] == ["Import"]
    stacks.cloudformation.execute_change_set(StackName="taken", ChangeSetName="take")
    stacks.sandbox.advance(10)
    assert _statuses(stacks) == [
        ("taken", "REVIEW_IN_PROGRESS"),
        ("taken", "IMPORT_IN_PROGRESS"),
        ("Queue", "IMPORT_IN_PROGRESS"),
        ("Queue", "IMPORT_COMPLETE"),
        ("taken", "IMPORT_COMPLETE"),
    ]
    resource = stacks.cloudformation.describe_stack_resources(StackName="taken")["StackResources"]
    assert resource[0]["PhysicalResourceId"].endswith("/jobs")


def test_an_import_that_fails_lets_the_resources_go(stacks: Stacks) -> None:
    _import(stacks, EXISTING, Queue=QUEUE)
    fault = {"service": "resource", "action": "AWS::SQS::Queue.import"}
    stacks.sandbox.faults.add(**fault, code="NotFound", message="No such queue", times=1)
    stacks.cloudformation.execute_change_set(StackName="taken", ChangeSetName="take")
    stacks.sandbox.advance(10)
    assert _statuses(stacks)[-3:] == [
        ("Queue", "IMPORT_FAILED"),
        ("taken", "IMPORT_ROLLBACK_IN_PROGRESS"),
        ("taken", "IMPORT_ROLLBACK_COMPLETE"),
    ]


def test_an_import_names_every_new_resource_and_what_becomes_of_it(stacks: Stacks) -> None:
    with pytest.raises(ClientError, match=r"\[Other\] is missing from ResourceToImport list"):
        _import(stacks, EXISTING, Queue=QUEUE, Other=QUEUE)
    with pytest.raises(ClientError, match="must have DeletionPolicy"):
        _import(stacks, EXISTING, Queue={"Type": "AWS::SQS::Queue"})
    with pytest.raises(ClientError, match="are not in the template"):
        _import(stacks, EXISTING, Other=QUEUE)


def test_macros_need_no_acknowledgement_in_a_change_set_and_one_in_a_create(
    stacks: Stacks,
) -> None:
    with_macro = {**template(), "Transform": "AWS::LanguageExtensions"}
    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_AUTO_EXPAND\]"):
        stacks.create(template=with_macro)
    request = stacks.request(template=with_macro)
    stacks.cloudformation.create_change_set(**request, ChangeSetName="next", ChangeSetType="CREATE")
    stacks.sandbox.advance(5)
    stacks.cloudformation.execute_change_set(StackName="web", ChangeSetName="next")
    stacks.sandbox.advance(60)
    assert stacks.status == "CREATE_COMPLETE"
