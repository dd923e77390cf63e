import json
from typing import Any

import pytest

from ecsportal.cloudformation.documents import parse
from ecsportal.steps.problems import Problem, StepInputsError
from ecsportal.steps.render import render
from tests.steps.deploy_ecs_service.samples import container, document

IMAGES = {"web": "docker.io/library/web:1"}


def request(inputs: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "type": "deploy-ecs-service",
        "version": 2,
        "inputs": document() if inputs is None else inputs,
        "images": IMAGES,
        "cluster": "main",
    } | fields


def refused(asked: Any) -> list[tuple[str, str]]:
    with pytest.raises(StepInputsError) as error:
        render(asked)
    assert {problem.kind for problem in error.value.problems} <= {"shape", "rule"}
    return [(problem.path, problem.message) for problem in error.value.problems]


def definition_of(text: str) -> dict[str, Any]:
    resources = json.loads(text)["Resources"]
    definition: dict[str, Any] = resources["TaskDefinitionweb"]["Properties"][
        "ContainerDefinitions"
    ][0]
    return definition


def test_a_step_is_rendered_as_json_with_its_images_and_cluster() -> None:
    rendered = render(request())
    assert rendered.warnings == ()
    assert definition_of(rendered.text)["Image"] == "docker.io/library/web:1"
    assert json.loads(rendered.text)["Parameters"]["ClusterName"]["Default"] == "main"


def test_yaml_says_the_same() -> None:
    assert parse(render(request(format="yaml")).text) == json.loads(render(request()).text)


def test_without_images_the_template_is_an_export() -> None:
    asked = {key: value for key, value in request().items() if key not in ("images", "cluster")}
    template = json.loads(render(asked).text)
    assert definition_of(render(asked).text)["Image"] == "#{Octopus.Action.Package[web].Image}"
    assert template["Parameters"]["ClusterName"]["Default"] == (
        "#{Octopus.Action.Aws.Ecs.ClusterName}"
    )


def test_the_newest_version_counts_where_none_is_given() -> None:
    asked = request(document(container("web", firelens={"enabled": True})))
    del asked["version"]
    assert "FirelensConfiguration" in definition_of(render(asked).text)


def test_variables_are_put_in_before_anything_is_checked() -> None:
    inputs = document(
        container("web", environment=[{"name": "WHERE", "value": "#{Octopus.Environment.Name}"}]),
        cpu="#{Cpu}",
        memory="#{Memory}",
        desired_count="#{Count}",
    )
    asked = request(
        inputs,
        variables={"Cpu": ".5 vCPU", "Memory": "1 GB", "Count": 3, "Unused": None},
        environment="Production",
        cluster="#{Octopus.Environment.Name}-main",
    )
    rendered = render(asked)
    parameters = json.loads(rendered.text)["Parameters"]
    assert parameters["TaskDefinitionCPU"]["Default"] == "512"
    assert parameters["DesiredCount"] == {"Type": "Number", "Default": 3}
    assert parameters["ClusterName"]["Default"] == "Production-main"
    assert definition_of(rendered.text)["Environment"] == [{"Name": "WHERE", "Value": "Production"}]
    assert rendered.warnings == ()


def test_images_are_variables_too() -> None:
    image = "#{Octopus.Action.Package[web].Image}"
    inputs = document(container("web", docker_labels=[{"key": "image", "value": image}]))
    labels = definition_of(render(request(inputs, variables={})).text)["DockerLabels"]
    assert labels == {"image": "docker.io/library/web:1"}


def test_without_variables_expressions_stay() -> None:
    rendered = render(request(document(desired_count="#{Count}")))
    assert json.loads(rendered.text)["Parameters"]["DesiredCount"]["Default"] == "#{Count}"
    assert rendered.warnings == ()


def test_what_finds_no_variable_stays_and_is_told() -> None:
    rendered = render(request(document(desired_count="#{Count}"), variables={}, strict=True))
    assert rendered.warnings == (
        Problem("desired_count", "#{Count} finds no variable and stays as it is.", "unresolved"),
    )


def test_a_variable_that_needs_itself_is_refused() -> None:
    asked = request(document(task_name="#{A}"), variables={"A": "#{A}"})
    assert [path for path, _ in refused(asked)] == ["inputs"]


def test_broken_rules_are_warnings() -> None:
    rendered = render(request(document(cpu="300")))
    assert [(problem.path, problem.code) for problem in rendered.warnings] == [
        ("cpu", "fargate_size")
    ]


def test_broken_rules_are_errors_when_strict() -> None:
    assert [path for path, _ in refused(request(document(cpu="300"), strict=True))] == ["cpu"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "nothing"}, ("type", "There is no step type nothing.")),
        ({"type": 3}, ("type", "Has to be text; it is 3.")),
        (
            {"version": 3},
            ("version", "Deploy Amazon ECS Service has the versions 1 to 2, not 3."),
        ),
        ({"version": "2"}, ("version", 'Has to be a whole number; it is "2".')),
        ({"format": "xml"}, ("format", 'Has to be json or yaml; it is "xml".')),
        ({"strict": "yes"}, ("strict", 'Has to be true or false; it is "yes".')),
        ({"inputs": []}, ("inputs", "Has to be an object; it is a list.")),
        ({"images": {"web": 1}}, ("images.web", "Has to be text; it is 1.")),
        ({"images": {}}, ("images.web", "Is missing.")),
        ({"variables": {"A": []}}, ("variables.A", "Has to be text or null; it is a list.")),
        ({"other": 1}, ("other", "There is no field other.")),
        (
            {"inputs": document(desired_count="many")},
            ("desired_count", 'Has to be a whole number; it is "many".'),
        ),
        (
            {"inputs": document(desired_count="#{N}"), "variables": {"N": "many"}},
            ("desired_count", 'Has to be a whole number; it is "many".'),
        ),
        (
            {"inputs": document(container("web", ports=[{}]))},
            ("containers[0].ports[0].port", "Is missing."),
        ),
        (
            {"inputs": document(container("web", firelens={})), "version": 1},
            (
                "containers[0].firelens",
                "Version 1 of this step has no FireLens. Upgrade the step to version 2.",
            ),
        ),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(
    change: dict[str, Any], message: tuple[str, str]
) -> None:
    assert refused(request() | change) == [message]


@pytest.mark.parametrize("asked", [None, [], "text", 3])
def test_a_document_that_is_no_object_is_refused(asked: Any) -> None:
    assert [path for path, _ in refused(asked)] == [""]
