import json
from typing import Any

import pytest

from ecsportal.steps.deploy_ecs_service.inputs import read_inputs
from ecsportal.steps.deploy_ecs_service.step_type import STEP_TYPE
from ecsportal.steps.problems import Problem, StepInputsError
from ecsportal.steps.step_type import ImageNeed
from ecsportal.steps.versions import migrated
from tests.steps.deploy_ecs_service.samples import container, document


def test_a_new_step_states_every_default_and_waits_for_names() -> None:
    inputs = STEP_TYPE.initial_inputs()
    assert {problem.path for problem in STEP_TYPE.check(inputs, 2)} == {
        "task_name",
        "security_group_ids",
        "subnet_ids",
        "containers[0].name",
        "containers[0].image.repository",
        "containers[0].image.feed",
    }
    assert json.loads(json.dumps(inputs)) == inputs
    assert set(inputs) == set(type(read_inputs(inputs)).model_fields)


def test_a_wrong_shape_is_told_alone() -> None:
    [problem] = STEP_TYPE.check(document(cpu="300", desired_count="many"), 2)
    assert problem == Problem(
        "desired_count", 'Has to be a whole number; it is "many".', "type", "shape"
    )


def test_broken_rules_are_told_where_the_shape_is_right() -> None:
    assert [problem.kind for problem in STEP_TYPE.check(document(cpu="300"), 2)] == ["rule"]


def test_version_1_refuses_firelens_and_version_2_starts_with_it_off() -> None:
    inputs = document(container("web", firelens={"enabled": True}))
    assert [problem.path for problem in STEP_TYPE.check(inputs, 1)] == ["containers[0].firelens"]
    upgraded = migrated(STEP_TYPE, document(), 1, 2)
    assert upgraded["containers"][0].pop("firelens") == {
        "enabled": False,
        "type": "fluentbit",
        "enable_ecs_log_metadata": True,
        "config": {"type": "none", "value": ""},
    }
    assert upgraded == document()


def test_upgrading_leaves_the_template_as_it_is() -> None:
    upgraded = migrated(STEP_TYPE, document(), 1, 2)
    assert STEP_TYPE.check(upgraded, 2) == []
    assert STEP_TYPE.export(upgraded, 2) == STEP_TYPE.export(document(), 1)


def test_the_schema_describes_the_inputs_of_its_version() -> None:
    assert STEP_TYPE.schema(2)["properties"]["task_name"]["type"] == "string"
    assert "FireLens" not in STEP_TYPE.schema(1)["$defs"]


def test_images_and_summary_come_from_the_inputs() -> None:
    assert STEP_TYPE.images(document()) == [ImageNeed("web", "docker-hub", "library/web", "web")]
    assert STEP_TYPE.summarise(document()) == "web: 1 task of 0.25 vCPU and 0.5 GB, container web"


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "cf-ecs-main-serviceweb-production-untenanted"),
        ({"stack_name": "shop-web"}, "shop-web"),
        ({"task_name": ""}, ""),
        ({"task_name": None}, ""),
    ],
)
def test_the_stack_is_named_by_the_step_or_generated(fields: dict[str, Any], name: str) -> None:
    inputs = document() | fields
    assert STEP_TYPE.stack_name(inputs, cluster="main", environment_id="production") == name


def test_an_export_takes_expressions_for_what_is_not_known() -> None:
    template = STEP_TYPE.export(document(), 2)
    assert template["Parameters"]["ClusterName"]["Default"] == (
        "#{Octopus.Action.Aws.Ecs.ClusterName}"
    )
    assert "#{Octopus.Action.Package[web].Image}" in json.dumps(template)


def test_an_export_without_one_of_its_images_is_refused() -> None:
    with pytest.raises(StepInputsError) as refused:
        STEP_TYPE.export(document(), 2, images={"api": "api:1"})
    assert refused.value.problems == (Problem("images.web", "Is missing.", "missing", "shape"),)


def test_notes_are_no_problems_and_an_unreadable_document_has_none() -> None:
    files = ["arn:aws:s3:::settings/web.env"]
    inputs = document(container("web", environment_files=files))
    assert STEP_TYPE.check(inputs, 2) == []
    assert [note.path for note in STEP_TYPE.notes(inputs, 2)] == ["containers[0].environment_files"]
    assert STEP_TYPE.notes({}, 2) == []
