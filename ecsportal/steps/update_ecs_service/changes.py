"""The new revision's content: the template's, with the step's changes and nothing else.

The content is ECS's own JSON, so fields that nobody here knows stay as they are.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs.container import NamedValue
from ecsportal.steps.deploy_ecs_service.template import image_text
from ecsportal.steps.update_ecs_service.inputs import (
    ContainerChange,
    EnvironmentChange,
    FilesChange,
)


class NoSuchContainerError(LookupError):
    """The template has no container of that name."""

    def __init__(self, index: int, name: str, existing: Sequence[str]) -> None:
        self.index = index
        super().__init__(f"There is no container {name}, only {', '.join(existing)}.")


def changed_content(
    template: JsonDict,
    changes: Sequence[ContainerChange],
    *,
    family: str,
    images: Mapping[str, str],
) -> JsonDict:
    """The template's content for that family with the changes made.

    Raises NoSuchContainerError, and MissingImageError where `images` lacks a reference.
    """
    content = copy.deepcopy(template) | {"family": family}
    containers = {str(each["name"]): each for each in content["containerDefinitions"]}
    for index, change in enumerate(changes):
        container = containers.get(change.name)
        if container is None:
            raise NoSuchContainerError(index, change.name, list(containers))
        if change.image is not None:
            container["image"] = image_text(change.image, images)
        _change_environment(container, change.environment)
        _change_files(container, change.environment_files)
    return content


def _change_environment(container: JsonDict, change: EnvironmentChange) -> None:
    if not change.items:
        return
    plain, secret = (
        _named(change.items, "plain", "value"),
        _named(change.items, "secret", "valueFrom"),
    )
    given = {each["name"] for each in (*plain, *secret)}
    for key, new in (("environment", plain), ("secrets", secret)):
        # ECS refuses one name as a variable and as a secret: what is given anew leaves both.
        kept = [
            each
            for each in container.get(key) or ()
            if change.action == "append" and each["name"] not in given
        ]
        _put(container, key, [*kept, *new])


def _named(items: Sequence[NamedValue], kind: str, key: str) -> list[JsonDict]:
    """Of several with one name the last value counts, at the place of the first."""
    chosen = {item.name: item.value for item in items if item.type == kind}
    return [{"name": name, key: value} for name, value in chosen.items()]


def _change_files(container: JsonDict, change: FilesChange) -> None:
    if not change.items:
        return
    kept = list(container.get("environmentFiles") or ()) if change.action == "append" else []
    known = {each.get("value") for each in kept}
    new = [arn for arn in dict.fromkeys(change.items) if arn not in known]
    _put(container, "environmentFiles", [*kept, *({"type": "s3", "value": arn} for arn in new)])


def _put(container: JsonDict, key: str, items: list[Any]) -> None:
    if items:
        container[key] = items
    else:
        container.pop(key, None)


def merged_tags(existing: Mapping[str, str], ours: Mapping[str, str]) -> dict[str, str]:
    """The template's tags with ours over them; those that AWS keeps for itself can't be given."""
    kept = {key: value for key, value in existing.items() if not key.lower().startswith("aws:")}
    return {**kept, **ours}
