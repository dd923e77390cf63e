"""What the generator makes of inputs without problems, cfn-lint has nothing against."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from cfnlint.config import ConfigMixIn, ManualArgs
from cfnlint.decode.decode import decode_str
from cfnlint.runner import Runner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ecsportal.cloudformation.documents import parse, to_json, to_yaml
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs as Inputs
from ecsportal.steps.deploy_ecs_service.inputs import read_inputs, write_inputs
from ecsportal.steps.deploy_ecs_service.inputs.beyond import Beyond
from ecsportal.steps.deploy_ecs_service.rules import check_rules
from ecsportal.steps.deploy_ecs_service.template import build_template
from tests.steps.deploy_ecs_service.documents import documents
from tests.steps.deploy_ecs_service.schema_fields import fields_of

# The reference states a dependency that the Ref implies already.
EXPECTED = {"W3005"}
NOT_VALID = {
    "containers[].gpus", "containers[].network.dns_search_domains",
    "containers[].network.extra_hosts[].hostname",
    "containers[].network.extra_hosts[].ip_address",
    "volumes[].render_empty",
}  # fmt: skip
"""What Fargate refuses, and what only an import states."""
ALL_CHECKS_OFF = list(HealthCheck)


def template_of(inputs: JsonDict, images: dict[str, str] | None) -> JsonDict:
    return build_template(read_inputs(inputs), images=images, cluster="main")


def images_of(inputs: JsonDict) -> dict[str, str]:
    return {each["name"]: f"docker.io/shop/{each['name']}:1" for each in inputs["containers"]}


@cache
def linter() -> Runner:
    """One for all: reading its rules takes longer than using them."""
    return Runner(ConfigMixIn(**ManualArgs(regions=["eu-west-1"])))


def objections(template: JsonDict) -> list[str]:
    decoded, errors = decode_str(to_json(template))
    found = errors or linter().validate_template(decoded)
    return [f"{each.rule.id}: {each.message}" for each in found if each.rule.id not in EXPECTED]


def passes(inputs: JsonDict) -> None:
    assert check_rules(read_inputs(inputs)) == []
    assert objections(template_of(inputs, images_of(inputs))) == []


@pytest.mark.timeout(300)
@settings(max_examples=20, deadline=None, database=None, suppress_health_check=ALL_CHECKS_OFF)
@given(documents())
def test_a_template_of_valid_inputs_passes_cfn_lint(inputs: JsonDict) -> None:
    passes(inputs)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@settings(
    max_examples=int(os.environ.get("CFN_LINT_EXAMPLES", "500")),
    deadline=None,
    database=None,
    suppress_health_check=ALL_CHECKS_OFF,
)
@given(documents())
def test_hundreds_of_templates_of_valid_inputs_pass_cfn_lint(inputs: JsonDict) -> None:
    passes(inputs)


def test_cfn_lint_objects_to_a_template_that_aws_would_refuse() -> None:
    inputs = {
        "task_name": "web", "cpu": "256", "memory": "512", "subnet_ids": ["subnet-01234567"],
        "containers": [{"name": "web", "image": {"feed": "hub", "repository": "web"}}],
    }  # fmt: skip
    template = template_of(inputs, {"web": "docker.io/web:1"})
    assert objections(template) == []
    template["Resources"]["Serviceweb"]["Properties"]["DesiredCount"] = "many"
    assert [each.partition(":")[0] for each in objections(template)] == ["E3012"]


def leaves(document: Any, path: str = "") -> Iterator[str]:
    if isinstance(document, dict):
        for key, value in document.items():
            yield from leaves(value, f"{path}.{key}".lstrip("."))
    elif isinstance(document, list) and document:
        for value in document:
            yield from leaves(value, f"{path}[]")
    else:
        yield path


def test_the_random_inputs_use_every_field() -> None:
    used: set[str] = set()

    @settings(
        max_examples=150,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=ALL_CHECKS_OFF,
    )
    @given(documents())
    def draw(inputs: JsonDict) -> None:
        used.update(path.removesuffix("[]") for path in leaves(inputs))

    draw()
    assert fields_of(Inputs.model_json_schema()) - used - NOT_VALID == set()


FAST = settings(max_examples=60, deadline=None, database=None, suppress_health_check=ALL_CHECKS_OFF)


@FAST
@given(documents())
def test_a_template_is_byte_stable_and_survives_storing_and_yaml(inputs: JsonDict) -> None:
    template = template_of(inputs, None)
    stored = json.loads(json.dumps(write_inputs(read_inputs(inputs))))
    assert json.dumps(template_of(stored, None)) == json.dumps(template)
    assert json.dumps(parse(to_yaml(template))) == json.dumps(template)
    assert parse(to_json(template)) == parse(to_yaml(template))


@FAST
@given(documents(), st.sampled_from([{}, Beyond().model_dump(mode="json")]))
def test_beyond_leaves_no_trace_while_it_is_unused(inputs: JsonDict, unused: JsonDict) -> None:
    without = copy.deepcopy(inputs)
    del without["beyond"]
    for container in without["containers"]:
        container.pop("command_list")
    stated = copy.deepcopy(without) | {"beyond": unused}
    for container in stated["containers"]:
        container["command_list"] = []
    for key in (
        "on_update_rollback_failed", "delete_stack_with_running_service",
        "fail_after_stopped_tasks", "no_progress_minutes", "cancel_on_failure",
    ):  # fmt: skip
        without.pop(key)
    assert to_json(template_of(stated, None)) == to_json(template_of(without, None))
