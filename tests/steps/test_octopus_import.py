import json
from typing import Any

import pytest

from ecsportal.steps.octopus_import import import_octopus_step
from ecsportal.steps.problems import StepInputsError
from ecsportal.steps.render import render

NAME = "Octopus.Action.Aws.Ecs.Deploy.ServiceTaskName"


def refused(exported: Any) -> tuple[str, str]:
    with pytest.raises(StepInputsError) as error:
        import_octopus_step(exported)
    [problem] = error.value.problems
    return problem.path, problem.message


def test_an_action_becomes_a_step_document() -> None:
    properties = {NAME: "web", "Octopus.Action.TargetRoles": "web, ecs-main,"}
    imported = import_octopus_step({"Name": "Deploy web", "Properties": properties})
    document = imported.document
    assert {key: document[key] for key in document if key != "inputs"} == {
        "type": "deploy-ecs-service",
        "version": 2,
        "name": "Deploy web",
        "target_tags": ["web", "ecs-main"],
    }
    assert document["inputs"]["task_name"] == "web"
    assert imported.report == ()


def test_a_step_around_its_action_gives_tags_and_name() -> None:
    imported = import_octopus_step(
        {
            "Name": "Deploy web",
            "Properties": {"Octopus.Action.TargetRoles": "web"},
            "Actions": [{"Properties": {NAME: "web"}}],
        }
    )
    assert (imported.document["name"], imported.document["target_tags"]) == ("Deploy web", ["web"])


def test_properties_and_settings_that_nobody_reads_are_reported() -> None:
    imported = import_octopus_step(
        {
            "Id": "Actions-1",
            "Name": "Deploy web",
            "IsDisabled": True,
            "IsRequired": False,
            "Container": {"Image": None, "FeedId": ""},
            "Environments": ["Environments-1"],
            "Channels": [],
            "Condition": "Success",
            "Properties": {NAME: "web", "Octopus.Action.RunOnServer": "true"},
        }
    )
    assert imported.report == (
        "Octopus.Action.RunOnServer: Is not carried over: this step has no such input.",
        "IsDisabled: Is not carried over: set it in the process.",
        "Environments: Is not carried over: set it in the process.",
    )


def test_a_long_value_is_cut_in_the_report() -> None:
    properties = {NAME: "web", "Octopus.Action.Aws.Ecs.Deploy.SubnetIds": "x" * 500}
    [line] = import_octopus_step({"Properties": properties}).report
    assert len(line) < 160


def test_deeply_nested_text_is_reported_not_followed() -> None:
    properties = {NAME: "web", "Octopus.Action.Aws.Ecs.Deploy.SubnetIds": "[" * 200000}
    assert len(import_octopus_step({"Properties": properties}).report) == 1


def test_an_old_step_package_is_refused_with_the_way_out() -> None:
    path, message = refused({"StepPackageId": "aws-ecs", "Inputs": {"name": "web"}, "Name": "x"})
    assert path == "Inputs"
    assert "upgrade it to the newest version of its template" in message
    assert refused({"StepPackageId": "aws-ecs", "Name": "x"}) == (path, message)


@pytest.mark.parametrize(
    ("exported", "path", "message"),
    [
        ([], "", "Has to be an object: a step or an action of Octopus Deploy."),
        ({}, "Properties", "Holds no properties of a step that can be imported."),
        (
            {"Properties": {"Octopus.Action.Script.ScriptBody": "exit 0"}}, "Properties",
            "Holds no properties of a step that can be imported.",
        ),
        ({"Properties": []}, "Properties", "Holds no properties of a step that can be imported."),
        ({"Actions": [{}, {}]}, "Actions", "Has 2 actions. Import them one by one."),
        (
            {"Steps": [{}, {}, {}], "Version": 4}, "Steps",
            "Is a whole process of 3 steps. Import its steps one by one.",
        ),
    ],
)  # fmt: skip
def test_what_is_no_such_step_is_refused(exported: Any, path: str, message: str) -> None:
    assert refused(exported) == (path, message)


def test_a_number_with_a_point_and_nothing_behind_it_is_whole() -> None:
    properties = {NAME: "web", "Octopus.Action.Aws.Ecs.Deploy.DesiredCount": 3.0}
    imported = import_octopus_step({"Properties": properties})
    assert (imported.document["inputs"]["desired_count"], imported.report) == (3, ())


def test_a_package_is_found_by_its_name_too() -> None:
    update = {"containerName": "web", "packageReference": "frontend"}
    imported = import_octopus_step(
        {
            "Properties": {
                "Octopus.Action.Aws.Ecs.Update.ServiceName": "web",
                "Octopus.Action.Aws.Ecs.Update.ContainerUpdates": json.dumps([update]),
            },
            "Packages": [
                {"Id": "p1", "Name": "frontend", "PackageId": "shop/web", "FeedId": "Feeds-1"}
            ],
        }
    )
    assert imported.document["inputs"]["containers"][0]["image"] == {
        "reference": "frontend",
        "feed": "Feeds-1",
        "repository": "shop/web",
    }


def test_an_imported_step_is_a_document_that_renders() -> None:
    size = {
        "Octopus.Action.Aws.Ecs.Deploy.Cpu": "256",
        "Octopus.Action.Aws.Ecs.Deploy.Memory": "512",
    }
    document = import_octopus_step({"Name": "Web", "Properties": {NAME: "web", **size}}).document
    assert "Serviceweb" in render(document).text


def test_the_document_is_plain_json() -> None:
    document = import_octopus_step({"Properties": {NAME: "web"}}).document
    assert json.loads(json.dumps(document)) == document
