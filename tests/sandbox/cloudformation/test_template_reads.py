"""What CloudFormation tells about a template before it is used."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.stacks import TEMPLATE, Stacks

WITH_EVERYTHING: dict[str, Any] = {
    "Description": "A queue",
    "Transform": ["AWS::LanguageExtensions"],
    "Metadata": {"Owner": "team"},
    "Parameters": {
        "Size": {
            "Type": "Number",
            "Default": 2,
            "AllowedValues": [2, 4],
            "Description": "How many",
        },
        "Password": {"Type": "String", "NoEcho": True},
        "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"},
    },
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "worker"}},
    },
}


def test_a_summary_tells_parameters_types_and_what_has_to_be_acknowledged(stacks: Stacks) -> None:
    summary = stacks.cloudformation.get_template_summary(TemplateBody=json.dumps(WITH_EVERYTHING))
    del summary["ResponseMetadata"]
    assert summary == {
        "Description": "A queue",
        "Parameters": [
            {
                "ParameterKey": "Size",
                "DefaultValue": "2",
                "ParameterType": "Number",
                "NoEcho": False,
                "Description": "How many",
                "ParameterConstraints": {"AllowedValues": ["2", "4"]},
            },
            {
                "ParameterKey": "Password",
                "ParameterType": "String",
                "NoEcho": True,
                "ParameterConstraints": {},
            },
            {
                "ParameterKey": "Subnets",
                "ParameterType": "List<AWS::EC2::Subnet::Id>",
                "NoEcho": False,
                "ParameterConstraints": {},
            },
        ],
        "Capabilities": ["CAPABILITY_AUTO_EXPAND", "CAPABILITY_NAMED_IAM"],
        "CapabilitiesReason": "The following resource(s) require capabilities: [AWS::IAM::Role]",
        "DeclaredTransforms": ["AWS::LanguageExtensions"],
        "ResourceTypes": ["AWS::IAM::Role", "AWS::SQS::Queue"],
        "Version": "2010-09-09",
        "Metadata": '{"Owner": "team"}',
        "ResourceIdentifierSummaries": [
            {"ResourceType": "AWS::SQS::Queue", "LogicalResourceIds": ["Queue"]},
            {"ResourceType": "AWS::IAM::Role", "LogicalResourceIds": ["Role"]},
        ],
    }


def test_validation_tells_the_parameters_and_the_capabilities(stacks: Stacks) -> None:
    valid = stacks.cloudformation.validate_template(TemplateBody=json.dumps(WITH_EVERYTHING))
    assert [each["ParameterKey"] for each in valid["Parameters"]] == ["Size", "Password", "Subnets"]
    assert [each["NoEcho"] for each in valid["Parameters"]] == [False, True, False]
    assert valid["Capabilities"] == ["CAPABILITY_AUTO_EXPAND", "CAPABILITY_NAMED_IAM"]


def test_a_stacks_own_template_is_read_back_and_summed_up(stacks: Stacks) -> None:
    stacks.create()
    assert stacks.cloudformation.get_template(StackName="web")["TemplateBody"] == TEMPLATE
    summary = stacks.cloudformation.get_template_summary(StackName="web")
    assert "AWS::ECS::Service" in summary["ResourceTypes"]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("nothing: [", "Template format error: YAML not well-formed."),
        ("{", "Template format error: JSON not well-formed."),
        ("Resources: {}", "At least one Resources member must be defined"),
        (
            "Transform: Shout\nResources: {A: {Type: AWS::SQS::Queue}}",
            "No transform named Shout found.",
        ),
    ],
)
def test_what_is_no_template_is_told_in_awss_words(
    stacks: Stacks, template: str, words: str
) -> None:
    with pytest.raises(ClientError, match="ValidationError") as error:
        stacks.cloudformation.validate_template(TemplateBody=template)
    assert words in error.value.response["Error"]["Message"]


def test_a_summary_needs_something_to_sum_up(stacks: Stacks) -> None:
    with pytest.raises(ClientError, match="TemplateBody, TemplateURL, StackName"):
        stacks.cloudformation.get_template_summary()
