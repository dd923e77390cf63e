"""Change sets, as `aws cloudformation deploy` uses them."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.stacks import Stacks


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
