"""The rules of the step's inputs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ecsportal.steps import catalogue
from ecsportal.steps.contract import JsonDict
from tests.steps.deploy_cloudformation_template.samples import GIVEN, LOGS, inputs

STEP = catalogue.get("deploy-cloudformation-template")
BAD_DAYS = {"name": "Days", "value": "2"}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "web"}}


def problems(**changes: Any) -> dict[str, str]:
    return {p.path: p.message for p in STEP.check(inputs(**changes), 1)}


def template(**sections: Any) -> str:
    return json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}} | sections)


def test_inputs_that_fit_have_no_problems() -> None:
    assert problems() == {}
    assert [note.path for note in STEP.notes(inputs(), 1)] == []


def test_a_new_step_asks_for_name_and_template() -> None:
    found = STEP.check(STEP.initial_inputs(), 1)
    assert [p.path for p in found] == ["stack_name", "template"]


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"template": "", "parameters": []}, "template", "missing"),
        ({"template_url": "https://b.s3.amazonaws.com/k"}, "template_url", "both"),
        ({"template": "", "template_url": "s3://b/k"}, "template_url", "pattern"),
        ({"template": "A: [", "parameters": []}, "template", "syntax"),
        ({"template": "A: 1", "parameters": []}, "template", "no_resources"),
        ({"template": "Resources: {A: {}}", "parameters": []}, "template", "no_type"),
        ({"parameters": [*GIVEN, *GIVEN[:1]]}, "parameters[2].name", "duplicate"),
        (
            {"parameters": [GIVEN[0], {"name": "Days", "value": "2"}]},
            "parameters[1].value",
            "value",
        ),
        ({"parameters": [{"name": "Group", "value": ""}]}, "parameters[0].value", "missing"),
        ({"parameters": []}, "parameters", "missing"),
        ({"role_arn": "role"}, "role_arn", "pattern"),
        ({"tags": [{"key": "aws:x"}]}, "tags[0].key", "reserved"),
        ({"wait": {"type": "with_timeout"}}, "wait.timeout_minutes", "missing"),
        ({"change_set": {"enabled": True, "name": "a b"}}, "change_set.name", "pattern"),
        ({"change_set": {"defer": True}}, "change_set.defer", "no_change_set"),
        ({"images": [{"reference": "a", "feed": "f"}]}, "images[0].repository", "missing"),
        ({"images": [{"reference": "a", "repository": "r"}]}, "images[0].feed", "missing"),
    ],
)
def test_each_broken_rule_is_told_at_its_place(changes: JsonDict, path: str, code: str) -> None:
    found = STEP.check(inputs(**changes), 1)
    assert [(p.path, p.code) for p in found] == [(path, code)]


def test_an_image_of_the_template_needs_its_entry() -> None:
    text = template(Description="#{Octopus.Action.Package[web].Image}")
    assert problems(template=text, parameters=[]) == {
        "images": "The template uses the image web. Add an image of that reference."
    }
    web = [{"reference": "Web", "feed": "ecr", "repository": "shop/web"}]
    assert problems(template=text, parameters=[], images=web) == {}
    (need,) = STEP.images(inputs(images=web))
    assert (need.reference, need.feed, need.repository) == ("Web", "ecr", "shop/web")


@pytest.mark.parametrize(
    ("resource", "given", "is_enough"),
    [
        (ROLE, [], False),
        (ROLE, ["CAPABILITY_IAM"], False),
        (ROLE, ["CAPABILITY_NAMED_IAM"], True),
        ({"Type": "AWS::IAM::Policy"}, ["CAPABILITY_IAM"], True),
        ({"Type": "AWS::IAM::Policy"}, [], False),
    ],
)
def test_iam_resources_have_to_be_allowed(
    resource: JsonDict, given: list[str], is_enough: bool
) -> None:
    text = json.dumps({"Resources": {"R": resource}})
    found = problems(template=text, parameters=[], capabilities=given)
    assert ("capabilities" not in found) is is_enough


def test_a_transform_needs_macros_allowed_or_a_change_set() -> None:
    text = template(Transform="AWS::Serverless-2016-10-31")
    given: JsonDict = {"template": text, "parameters": []}
    assert list(problems(**given)) == ["capabilities"]
    assert problems(**given, capabilities=["CAPABILITY_AUTO_EXPAND"]) == {}
    assert problems(**given, change_set={"enabled": True}) == {}


def test_what_waits_for_variables_is_taken_on_trust() -> None:
    bound: JsonDict = {
        "stack_name": "logs-#{Octopus.Environment.Name}",
        "parameters": [{"name": "Group", "value": "#{G}"}, {"name": "Days", "value": "#{D}"}],
        "role_arn": "#{Role}",
        "wait": {"type": "with_timeout", "timeout_minutes": "#{Minutes}"},
    }
    assert problems(**bound) == {}


def test_a_template_of_blocks_is_checked_when_it_is_deployed() -> None:
    text = "#{if Big}\n" + LOGS + "#{/if}\n"
    assert problems(template=text) == {}
    (note,) = STEP.notes(inputs(template=text), 1)
    assert (note.path, note.code) == ("template", "open")


def test_a_secret_that_is_typed_plainly_is_warned_of() -> None:
    text = template(Parameters={"Password": {"Type": "String", "NoEcho": True}})
    typed = [{"name": "Password", "value": "hunter2"}]
    (note,) = STEP.notes(inputs(template=text, parameters=typed), 1)
    assert note.path == "parameters[0].value"
    assert "sensitive variable" in note.message
    bound = [{"name": "Password", "value": "#{Password}"}]
    assert STEP.notes(inputs(template=text, parameters=bound), 1) == []


def test_a_long_template_is_told_to_need_the_bucket() -> None:
    (note,) = STEP.notes(inputs(template=LOGS + "#" * 60_000), 1)
    assert note.code == "needs_bucket"


def test_too_many_parts_are_refused() -> None:
    many = {f"T{n}": {"Type": "AWS::SNS::Topic"} for n in range(501)}
    found = problems(template=json.dumps({"Resources": many}), parameters=[])
    assert found == {"template": "Has 501 resources; CloudFormation takes 500 at most."}


@pytest.mark.parametrize("wrong", [{"template": 3}, {"capabilities": ["ALL"]}, {"extra": 1}])
def test_another_shape_is_a_shape_problem(wrong: JsonDict) -> None:
    assert {p.kind for p in STEP.check(inputs(**wrong), 1)} == {"shape"}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "Stack shop-logs: 1 resource"),
        ({"template": "", "template_url": "https://x/y"}, "Stack shop-logs: from S3"),
        ({"template": ""}, "Stack shop-logs: no template yet"),
        ({"template": "A: ["}, "Stack shop-logs: can't be read (line 1)"),
        ({"stack_name": ""}, "Stack without a name yet: 1 resource"),
    ],
)
def test_the_summary_tells_what_the_template_holds(changes: JsonDict, line: str) -> None:
    assert STEP.summarise(inputs(**changes)) == line


def test_the_export_is_the_template_with_images_where_they_are_known() -> None:
    text = "A: #{Octopus.Action.Package[web].Image}\nB: #{Name}\n"
    assert STEP.export(inputs(template=text), 1) == {
        "A": "#{Octopus.Action.Package[web].Image}",
        "B": "#{Name}",
    }
    assert STEP.export(inputs(template=text), 1, images={"web": "r/web:1"})["A"] == "r/web:1"
