"""What is sent with a stack operation, and which refusals of AWS are results."""

from __future__ import annotations

import pytest

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.stacks import Outcome, StackRequest, outcome_of


def refusal(text: str, code: str = "ValidationError") -> AwsError:
    return AwsError("AWS-VALIDATION", text, aws_code=code, aws_text=text)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("No updates are to be performed.", Outcome.NO_CHANGES),
        ("Stack with id web does not exist", Outcome.MISSING),
        ("Stack [web] does not exist", Outcome.MISSING),
        (
            "Stack:arn:x is in UPDATE_IN_PROGRESS state and can not be updated.",
            Outcome.BUSY,
        ),
        (
            "Stack:arn:x is in ROLLBACK_COMPLETE state and can not be updated.",
            Outcome.BUSY,
        ),
        ("CancelUpdateStack cannot be called from current stack status", Outcome.BUSY),
        ("Template format error: unsupported structure.", None),
        ("Parameters: [X] must have values", None),
    ],
)
def test_refusals_that_are_results_are_known_by_their_text(text: str, outcome: Outcome) -> None:
    assert outcome_of(refusal(text)) is outcome


def test_another_running_operation_is_a_reason_to_look_again() -> None:
    assert outcome_of(refusal("busy", "OperationInProgressException")) is Outcome.BUSY
    assert outcome_of(refusal("does not exist", "AccessDenied")) is None


def test_a_request_leaves_out_what_is_empty() -> None:
    request = StackRequest(name="web", template_body="{}", parameters={"A": "1"}, tags={"k": "v"})
    assert request.arguments("run-1-update") == {
        "StackName": "web",
        "TemplateBody": "{}",
        "Parameters": [{"ParameterKey": "A", "ParameterValue": "1"}],
        "Tags": [{"Key": "k", "Value": "v"}],
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "ClientRequestToken": "run-1-update",
    }


def test_a_long_template_goes_by_its_url() -> None:
    request = StackRequest(
        name="web", template_url="https://s3/x", role_arn="arn:r", disable_rollback=True
    )
    sent = request.arguments("t")
    assert sent["TemplateURL"] == "https://s3/x"
    assert "TemplateBody" not in sent
    assert (sent["RoleARN"], sent["DisableRollback"]) == ("arn:r", True)
