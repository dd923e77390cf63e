"""Templates: what is taken, what is refused, and what functions make of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ecsportal.sandbox.cloudformation.intrinsics import Scope
from ecsportal.sandbox.cloudformation.state import StackResource
from ecsportal.sandbox.cloudformation.template import Template, parse_template
from ecsportal.sandbox.errors import AwsError

QUEUE = {"Type": "AWS::SQS::Queue"}


def _refusal(content: Any) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    with pytest.raises(AwsError) as error:
        parse_template(text)
    assert error.value.code == "ValidationError"
    return error.value.message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "Template format error: unsupported structure."),
        ("just text", "Template format error: unsupported structure."),
        ("{", "Template format error: JSON not well-formed."),
        ("a: [", "Template format error: YAML not well-formed. (line 1, column 5)"),
        ({}, "Template format error: At least one Resources member must be defined."),
        (
            {"Resources": {"a-b": QUEUE}},
            "Template format error: Resource name a-b is non alphanumeric.",
        ),
        (
            {"Resources": {"A": {"Type": "Queue"}}},
            "Template format error: Unrecognized resource types: [Queue]",
        ),
        (
            {"Stuff": 1, "Resources": {"A": QUEUE}},
            "Invalid template property or properties [Stuff]",
        ),
        (
            {"Resources": {"A": {**QUEUE, "Properties": {"X": {"Ref": "B"}}}}},
            "Template format error: Unresolved resource dependencies [B] in the Resources block of "
            "the template",
        ),
        (
            {"Resources": {"A": {**QUEUE, "DependsOn": "B"}, "B": {**QUEUE, "DependsOn": ["A"]}}},
            "Circular dependency between resources: [A, B]",
        ),
    ],
)
def test_a_template_that_is_refused(content: Any, words: str) -> None:
    assert _refusal(content) == words


def test_yaml_short_forms_and_dates_are_understood() -> None:
    template = parse_template(
        """
AWSTemplateFormatVersion: 2010-09-09
Parameters: {Name: {Type: String}}
Resources:
  A:
    Type: AWS::SQS::Queue
    Properties:
      Version: 2012-10-17
      One: !Ref Name
      Two: !GetAtt B.Arn
      Three: !Sub "${B}-${!literal}-${AWS::Region}"
  B: {Type: AWS::SQS::Queue}
"""
    )
    assert template.content["AWSTemplateFormatVersion"] == "2010-09-09"
    assert template.resources["A"]["Properties"] == {
        "Version": "2012-10-17",
        "One": {"Ref": "Name"},
        "Two": {"Fn::GetAtt": ["B", "Arn"]},
        "Three": {"Fn::Sub": "${B}-${!literal}-${AWS::Region}"},
    }
    assert template.waits_for("A") == {"B"}


def _scope() -> Scope:
    content = {
        "Parameters": {
            "Name": {"Type": "String"},
            "Zones": {"Type": "CommaDelimitedList"},
            "Empty": {"Type": "String"},
        },
        "Conditions": {
            "Named": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Name"}, ""]}]},
            "Both": {"Fn::And": [{"Condition": "Named"}, {"Fn::Equals": ["a", "b"]}]},
        },
        "Mappings": {"Sizes": {"small": {"cpu": 256}}},
        "Resources": {},
    }
    queue = StackResource("Queue", "AWS::SQS::Queue", {}, {}, "queue-1", {"Arn": "arn:queue-1"})
    return Scope(
        Template("", content),
        {"Name": "web", "Zones": "a, b", "Empty": ""},
        {"Queue": queue},
        "eu-west-1",
        "stack",
        "arn:stack",
        {"vpc": "vpc-1"},
    )


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ({"Ref": "Name"}, "web"),
        ({"Ref": "Zones"}, ["a", "b"]),
        ({"Ref": "Queue"}, "queue-1"),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "arn:queue-1"),
        ({"Fn::Sub": "${Name}/${Queue.Arn}/${!x}/${AWS::StackName}"}, "web/arn:queue-1/${x}/stack"),
        ({"Fn::Sub": ["${A}${Name}", {"A": {"Ref": "Queue"}}]}, "queue-1web"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Name"}]]}, "a-web"),
        ({"Fn::Select": [1, {"Fn::Split": ["/", "a/b/c"]}]}, "b"),
        ({"Fn::If": ["Named", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Both", "yes", {"Ref": "AWS::NoValue"}]}, None),
        ({"a": 1, "b": {"Ref": "AWS::NoValue"}}, {"a": 1}),
        ([{"Fn::If": ["Both", 1, {"Ref": "AWS::NoValue"}]}, 2], [2]),
        ({"Fn::FindInMap": ["Sizes", "small", "cpu"]}, 256),
        ({"Fn::ImportValue": "vpc"}, "vpc-1"),
        ({"Fn::Base64": "web"}, "d2Vi"),
        ({"Fn::GetAZs": ""}, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
    ],
)
def test_what_a_function_gives(value: Any, resolved: Any) -> None:
    assert _scope().resolve(value) == resolved


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"Fn::GetAtt": ["Queue", "Colour"]}, "does not support attribute type Colour"),
        ({"Fn::FindInMap": ["Sizes", "huge", "cpu"]}, "Unable to get mapping"),
        ({"Fn::Select": [9, ["a"]]}, "cannot select nonexistent value"),
        ({"Fn::ImportValue": "nothing"}, "No export named nothing found."),
    ],
)
def test_what_a_function_refuses(value: Any, words: str) -> None:
    with pytest.raises(AwsError, match=words):
        _scope().resolve(value)
