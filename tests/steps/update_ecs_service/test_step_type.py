"""What the step declares: rules, form, schema, and its import from Octopus Deploy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ecsportal.steps import catalogue
from ecsportal.steps.octopus_import import import_octopus_step
from ecsportal.steps.step_type import ImageNeed

STEP = catalogue.get("update-ecs-service")
CONTAINER: dict[str, Any] = {"name": "web", "image": {"feed": "hub", "repository": "shop/web"}}
PREFIX = "Octopus.Action.Aws.Ecs."


def problems(**inputs: Any) -> dict[str, str]:
    given = {"service_name": "shop", "target_task_definition": "shop", "containers": [CONTAINER]}
    return {problem.path: problem.message for problem in STEP.check(given | inputs, 1)}


def test_a_new_step_states_every_default_and_waits_for_names() -> None:
    inputs = STEP.initial_inputs()
    assert {problem.path for problem in STEP.check(inputs, 1)} == {
        "service_name",
        "target_task_definition",
        "containers[0].name",
        "containers[0].image.repository",
    }
    assert set(STEP.schema(1)["properties"]) == set(inputs)
    assert json.loads(json.dumps(inputs)) == inputs


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": ""}, "containers[0].name"),
        ({"image": {"repository": ""}}, "containers[0].image.repository"),
        ({"image": {"repository": "shop/web"}}, "containers[0].image.feed"),
        ({"environment": {"action": "drop"}}, "containers[0].environment.action"),
        (
            {"environment": {"items": [{"name": "", "value": "1"}]}},
            "containers[0].environment.items[0].name",
        ),
        (
            {"environment": {"items": [{"name": "A", "value": "x", "type": "secret"}]}},
            "containers[0].environment.items[0].value",
        ),
        ({"environment_files": {"items": ["web.env"]}}, "containers[0].environment_files.items[0]"),
    ],
)
def test_what_does_not_fit_a_container_is_told_at_its_place(
    change: dict[str, Any], path: str
) -> None:
    assert set(problems(containers=[CONTAINER | change])) == {path}


def test_a_container_has_to_be_named() -> None:
    assert set(problems(containers=[])) == {"containers"}


def test_names_are_unique_and_references_name_one_image() -> None:
    assert set(problems(containers=[CONTAINER, CONTAINER])) == {"containers[1].name"}
    other = {"name": "api", "image": {"feed": "hub", "repository": "other/web"}}
    assert set(problems(containers=[CONTAINER, other])) == {"containers[1].image.reference"}
    same = {"name": "api", "image": CONTAINER["image"]}
    assert problems(containers=[CONTAINER, same]) == {}


def test_a_container_may_keep_its_image() -> None:
    assert problems(containers=[{"name": "web", "image": None}]) == {}
    assert STEP.images({"containers": [{"name": "web", "image": None}]}) == []
    assert STEP.images({"containers": [CONTAINER]}) == [ImageNeed("web", "hub", "shop/web", "web")]


def test_a_time_limit_needs_its_minutes() -> None:
    assert set(problems(wait={"type": "with_timeout"})) == {"wait.timeout_minutes"}


def test_it_is_summarised_in_a_line() -> None:
    inputs = {"service_name": "shop", "target_task_definition": "web", "containers": [CONTAINER]}
    assert STEP.summarise(inputs) == "shop, task definition web: web"
    assert STEP.summarise({}) == "No service yet"


UPDATES = [
    {
        "containerName": "web",
        "packageReference": "p-1",
        "environmentVariables": {
            "action": "Append",
            "items": [
                {"type": "Plain", "key": "LEVEL", "value": "#{Level}"},
                {"type": "Secret", "key": "DB", "value": "arn:aws:ssm:x"},
            ],
        },
        "environmentFiles": {"action": "Replace", "items": ["arn:aws:s3:::b/web.env"]},
    },
    {"containerName": "log", "environmentVariables": {"action": "None", "items": []}, "new": 1},
]
EXPORTED = {
    "Name": "Update shop",
    "ActionType": "aws-ecs-update-service",
    "Packages": [{"Id": "p-1", "Name": "web", "PackageId": "shop/web", "FeedId": "Feeds-7"}],
    "Properties": {
        f"{PREFIX}Update.ServiceName": "shop",
        f"{PREFIX}Update.TargetTaskDefinitionName": "shop",
        f"{PREFIX}Update.TemplateTaskDefinitionName": "golden",
        f"{PREFIX}Update.ContainerUpdates": json.dumps(UPDATES),
        f"{PREFIX}Tags": json.dumps([{"key": "team", "value": "shop"}]),
        f"{PREFIX}WaitOption": json.dumps({"type": "WaitWithTimeout", "timeoutMinutes": 20}),
        f"{PREFIX}Update.Unheard": "of",
        "Octopus.Action.TargetRoles": "web,ecs",
    },
}


def test_a_step_of_octopus_deploy_is_carried_over() -> None:
    imported = import_octopus_step(EXPORTED)
    assert imported.document == {
        "type": "update-ecs-service",
        "version": 1,
        "name": "Update shop",
        "target_tags": ["web", "ecs"],
        "inputs": {
            "service_name": "shop",
            "target_task_definition": "shop",
            "template_task_definition": "golden",
            "tags": [{"key": "team", "value": "shop"}],
            "wait": {"type": "with_timeout", "timeout_minutes": 20},
            "containers": [
                {
                    "name": "web",
                    "image": {"reference": "web", "feed": "Feeds-7", "repository": "shop/web"},
                    "environment": {
                        "action": "append",
                        "items": [
                            {"name": "LEVEL", "value": "#{Level}", "type": "plain"},
                            {"name": "DB", "value": "arn:aws:ssm:x", "type": "secret"},
                        ],
                    },
                    "environment_files": {
                        "action": "replace",
                        "items": ["arn:aws:s3:::b/web.env"],
                    },
                },
                {
                    "name": "log",
                    "image": None,
                    "environment": {"action": "append", "items": []},
                    "environment_files": {"action": "append", "items": []},
                },
            ],
        },
    }


def test_what_is_not_carried_over_is_reported() -> None:
    report = import_octopus_step(EXPORTED).report
    unread = "Is not carried over: this step has no such input."
    assert report == (
        f"{PREFIX}Update.ContainerUpdates[1].new: {unread}",
        f"{PREFIX}Update.Unheard: {unread}",
    )


def test_a_package_that_is_not_beside_the_step_is_reported() -> None:
    imported = import_octopus_step({**EXPORTED, "Packages": []})
    assert any('There is no package "p-1" beside the step' in line for line in imported.report)
    image = imported.document["inputs"]["containers"][0]["image"]
    assert image == {"reference": "p-1", "feed": "", "repository": ""}


def test_items_without_an_action_are_reported() -> None:
    update = {
        "containerName": "web",
        "environmentVariables": {"action": "None", "items": [{"key": "A", "value": "1"}]},
    }
    properties = EXPORTED["Properties"] | {f"{PREFIX}Update.ContainerUpdates": json.dumps([update])}  # type: ignore[operator]
    imported = import_octopus_step({**EXPORTED, "Properties": properties})
    assert any("the action is none" in line for line in imported.report)
