"""What the generator makes of inputs without problems, cfn-lint has nothing against."""

import json

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from hypothesis import HealthCheck, given, settings

from ecsportal.cloudformation.documents import parse, to_yaml
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs import read_inputs, write_inputs
from ecsportal.steps.deploy_ecs_service.rules import check_rules
from ecsportal.steps.deploy_ecs_service.template import build_template
from tests.steps.deploy_ecs_service.documents import documents

# The reference states a dependency that the Ref implies already.
EXPECTED = {"W3005"}


def template_of(inputs: JsonDict, images: dict[str, str] | None) -> JsonDict:
    return build_template(read_inputs(inputs), images=images, cluster="main")


def images_of(inputs: JsonDict) -> dict[str, str]:
    return {each["name"]: f"docker.io/shop/{each['name']}:1" for each in inputs["containers"]}


@pytest.mark.timeout(300)  # cfn-lint takes seconds to load and half a second for each template
@settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_a_template_of_valid_inputs_passes_cfn_lint(inputs: JsonDict) -> None:
    assert check_rules(read_inputs(inputs)) == []
    template = json.dumps(template_of(inputs, images_of(inputs)))
    found = lint(template, config=ManualArgs(regions=["eu-west-1"]))
    assert [
        f"{match.rule.id}: {match.message}" for match in found if match.rule.id not in EXPECTED
    ] == []


@settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_a_template_is_byte_stable_and_survives_storing_and_yaml(inputs: JsonDict) -> None:
    template = template_of(inputs, None)
    stored = json.loads(json.dumps(write_inputs(read_inputs(inputs))))
    assert json.dumps(template_of(stored, None)) == json.dumps(template)
    assert json.dumps(parse(to_yaml(template))) == json.dumps(template)
