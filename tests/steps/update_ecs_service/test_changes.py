"""What becomes of a task definition's content."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.template import MissingImageError
from ecsportal.steps.update_ecs_service.changes import (
    NoSuchContainerError,
    changed_content,
    merged_tags,
)
from ecsportal.steps.update_ecs_service.inputs import ContainerChange

TEMPLATE: JsonDict = {
    "family": "golden",
    "quantumMode": {"enabled": True},
    "containerDefinitions": [
        {
            "name": "web",
            "image": "web:1",
            "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
            "secrets": [{"name": "DB", "valueFrom": "arn:db"}],
            "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::b/a.env"}],
            "restartPolicy": {"enabled": True},
        },
        {"name": "log", "image": "log:1"},
    ],
}


def changed(**change: Any) -> JsonDict:
    """The content with a change of container web."""
    read = ContainerChange.model_validate({"name": "web", **change})
    return changed_content(TEMPLATE, [read], family="shop", images={"web": "web:2"})


def web(**change: Any) -> JsonDict:
    container: JsonDict = changed(**change)["containerDefinitions"][0]
    return container


def test_without_a_change_only_the_family_differs() -> None:
    assert changed() == TEMPLATE | {"family": "shop"}


def test_the_template_itself_stays_as_it_is() -> None:
    before = copy.deepcopy(TEMPLATE)
    changed(image={"repository": "web"}, environment={"items": [{"name": "A", "value": "9"}]})
    assert before == TEMPLATE


def test_an_image_is_the_releases() -> None:
    assert web(image={"feed": "hub", "repository": "shop/web"})["image"] == "web:2"
    assert web(image={"repository": "mirror/web:7"})["image"] == "mirror/web:7"
    with pytest.raises(MissingImageError, match="api"):
        web(image={"feed": "hub", "repository": "shop/api"})


def test_appended_variables_take_the_place_of_their_namesakes() -> None:
    items = [{"name": "B", "value": "9"}, {"name": "C", "value": "3"}]
    container = web(environment={"action": "append", "items": items})
    assert container["environment"] == [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "9"},
        {"name": "C", "value": "3"},
    ]
    assert container["secrets"] == [{"name": "DB", "valueFrom": "arn:db"}]


def test_a_variable_that_becomes_a_secret_leaves_the_variables() -> None:
    items = [{"name": "A", "value": "arn:a", "type": "secret"}, {"name": "DB", "value": "x"}]
    container = web(environment={"items": items})
    assert [each["name"] for each in container["environment"]] == ["B", "DB"]
    assert container["secrets"] == [{"name": "A", "valueFrom": "arn:a"}]


def test_replacing_drops_variables_and_secrets() -> None:
    container = web(environment={"action": "replace", "items": [{"name": "C", "value": "3"}]})
    assert container["environment"] == [{"name": "C", "value": "3"}]
    assert "secrets" not in container


@pytest.mark.parametrize("action", ["replace", "append"])
def test_without_items_all_stays(action: str) -> None:
    change: JsonDict = {"action": action, "items": []}
    assert web(environment=change, environment_files=change) == TEMPLATE["containerDefinitions"][0]


def test_of_several_values_of_a_name_the_last_counts() -> None:
    items = [{"name": "A", "value": "7"}, {"name": "C", "value": "3"}, {"name": "A", "value": "8"}]
    container = web(environment={"action": "replace", "items": items})
    assert container["environment"] == [{"name": "A", "value": "8"}, {"name": "C", "value": "3"}]


def test_files_are_appended_once_or_replace_those_there() -> None:
    old, new = "arn:aws:s3:::b/a.env", "arn:aws:s3:::b/c.env"
    for action, expected in (("append", [old, new]), ("replace", [new])):
        items = [new, new] if action == "replace" else [old, new]
        container = web(environment_files={"action": action, "items": items})
        assert [each["value"] for each in container["environmentFiles"]] == expected


def test_a_container_that_is_not_there_is_named() -> None:
    change = ContainerChange.model_validate({"name": "api"})
    with pytest.raises(NoSuchContainerError, match="no container api, only web, log"):
        changed_content(TEMPLATE, [change], family="shop", images={})


def test_tags_of_aws_itself_are_left_behind() -> None:
    existing = {"owner": "terraform", "aws:cloudformation:stack-name": "x", "tier": "web"}
    assert merged_tags(existing, {"owner": "shop"}) == {"owner": "shop", "tier": "web"}
