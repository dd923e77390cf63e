"""What a template declares, and which values fit."""

from __future__ import annotations

import time

import pytest

from ecsportal.cloudformation.parameters import declared_parameters

DECLARED = {
    "Parameters": {
        "Text": {"Type": "String", "MinLength": 2, "MaxLength": "4", "AllowedPattern": "[a-z]+"},
        "Size": {"Type": "Number", "MinValue": 1, "MaxValue": 10, "Default": 2},
        "Kind": {"Type": "String", "AllowedValues": ["small", True, 3], "Default": "small"},
        "Zones": {"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]},
        "Secret": {"Type": "String", "NoEcho": "true"},
        "Hinted": {"Type": "String", "MinLength": 9, "ConstraintDescription": "Nine, at least."},
        "Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Description": "Which one"},
        "Odd": "nonsense",
    }
}
BY_NAME = {parameter.name: parameter for parameter in declared_parameters(DECLARED)}


def test_they_stand_in_the_template_s_order_and_nonsense_is_left_out() -> None:
    assert list(BY_NAME) == ["Text", "Size", "Kind", "Zones", "Secret", "Hinted", "Image"]


def test_types_defaults_and_secrecy_are_read() -> None:
    assert BY_NAME["Size"].is_number
    assert BY_NAME["Size"].default == "2"
    assert BY_NAME["Text"].default is None
    assert BY_NAME["Kind"].allowed == ("small", "true", "3")
    assert BY_NAME["Secret"].is_secret
    assert not BY_NAME["Text"].is_secret
    assert BY_NAME["Image"].description == "Which one"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Text", "abc"),
        ("Size", "10"),
        ("Size", " 2.5 "),
        ("Kind", "true"),
        ("Zones", "a, b"),
        ("Secret", "anything"),
        ("Image", "/aws/service/ecs"),
    ],
)
def test_what_fits(name: str, value: str) -> None:
    assert BY_NAME[name].wrong(value) == ""


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Text", "a", "Is 1 characters long; 2 is the least."),
        ("Text", "abcde", "Is 5 characters long; 4 is the most."),
        ("Text", "AB", "Doesn't match the template's pattern [a-z]+."),
        ("Size", "two", "Takes a number."),
        ("Size", "0", "Is 0; the least is 1."),
        ("Size", "11", "Is 11; the most is 10."),
        ("Kind", "large", "Takes small, true or 3."),
        ("Zones", "a,c", "Takes a or b."),
        ("Hinted", "short", "Nine, at least."),
        ("Secret", "x" * 4097, "Is 4097 bytes long; 4096 is the most."),
    ],
)
def test_what_does_not_fit_is_told(name: str, value: str, message: str) -> None:
    assert BY_NAME[name].wrong(value) == message


@pytest.mark.parametrize("pattern", ["(a+)+$", "(?:a|a)*\\1", "[", "(a*)*"])
def test_a_pattern_that_could_run_for_ever_or_can_t_be_read_is_left_to_aws(pattern: str) -> None:
    (parameter,) = declared_parameters(
        {"Parameters": {"P": {"Type": "String", "AllowedPattern": pattern}}}
    )
    began = time.process_time()
    assert parameter.wrong("a" * 60 + "!") == ""
    assert time.process_time() - began < 5  # an exploding match takes years


@pytest.mark.parametrize("template", [{}, {"Parameters": []}, {"Parameters": None}])
def test_no_parameters_is_none(template: dict[str, object]) -> None:
    assert declared_parameters(template) == []
