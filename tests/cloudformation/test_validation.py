"""What CloudFormation says of a template before anything is made of it."""

from __future__ import annotations

import pytest

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.validation import validate_template
from ecsportal.sandbox.server import RunningSandbox

TEMPLATE = """\
Parameters:
  Name: {Type: String}
  Days: {Type: Number, Default: 3}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {RoleName: !Ref Name, AssumeRolePolicyDocument: {}}
"""


def test_parameters_and_needs_are_told(sandbox: RunningSandbox) -> None:
    found = validate_template(sandbox.client("cloudformation"), body=TEMPLATE)
    assert found.parameters == {"Name": False, "Days": True}
    assert found.capabilities == ("CAPABILITY_NAMED_IAM",)
    assert "AWS::IAM::Role" in found.capabilities_reason
    assert found.transforms == ()


def test_what_is_no_template_is_an_error_in_aws_s_words(sandbox: RunningSandbox) -> None:
    with pytest.raises(AwsError) as caught:
        validate_template(sandbox.client("cloudformation"), body="Resources: 3")
    assert caught.value.code == "AWS-VALIDATION"
    assert caught.value.aws_text.startswith("Template format error")
