"""This step as Octopus Deploy keeps it: what becomes of each of its properties."""

from __future__ import annotations

from collections.abc import Mapping

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.octopus_ecs import tags, wait_option
from ecsportal.steps.octopus_source import Source, closed

PREFIX = "Octopus.Action.Aws.Ecs.Update."
_ACTIONS = {"Replace": "replace", "Append": "append", "None": "append"}
"""`None` keeps what is there: so does appending nothing."""


def is_kept_in(properties: Source) -> bool:
    """True for the properties of this step: every one has a service or updates."""
    return properties.has(f"{PREFIX}ServiceName") or properties.has(f"{PREFIX}ContainerUpdates")


def imported_inputs(properties: Source, references: Mapping[str, JsonDict]) -> JsonDict:
    """The inputs that make the revision which Octopus Deploy would register.

    `references` are the action's packages by their id, as Octopus Deploy's API gives them.
    """
    return {
        "service_name": properties.text(f"{PREFIX}ServiceName"),
        "target_task_definition": properties.text(f"{PREFIX}TargetTaskDefinitionName"),
        "template_task_definition": properties.text(f"{PREFIX}TemplateTaskDefinitionName"),
        "tags": tags(properties),
        "wait": wait_option(properties),
        "containers": [
            _container(each, references) for each in properties.objects(f"{PREFIX}ContainerUpdates")
        ],
    }


def _container(source: Source, references: Mapping[str, JsonDict]) -> JsonDict:
    environment = source.object("environmentVariables")
    variables = [_variable(each) for each in environment.objects("items")]
    files = source.object("environmentFiles")
    read: JsonDict = {
        "name": source.text("containerName"),
        "image": _image(source, references),
        "environment": _change(environment, variables),
        "environment_files": _change(files, files.texts("items")),
    }
    return closed(source, read)


def _change(source: Source, items: list[JsonDict] | list[str]) -> JsonDict:
    """Without an action nothing is changed there, whatever stands in the list."""
    stays = source.text("action").strip().lower() in ("", "none")
    if stays and items:
        source.report.add(source.path("items"), "Is not carried over: the action is none.")
    return closed(
        source,
        {
            "action": source.word("action", _ACTIONS, "append"),
            "items": [] if stays else items,
        },
    )


def _variable(source: Source) -> JsonDict:
    return closed(
        source,
        {
            "name": source.text("key"),
            "value": source.text("value"),
            "type": source.word("type", {"Plain": "plain", "Secret": "secret"}, "plain"),
        },
    )


def _image(source: Source, references: Mapping[str, JsonDict]) -> JsonDict | None:
    """The package that the reference names; none where the image stays."""
    identity = source.text("packageReference")
    if not identity:
        return None
    package = references.get(identity, {})
    if not package:
        source.report.add(
            source.path("packageReference"),
            f'There is no package "{identity}" beside the step: choose feed and repository.',
        )
    return {
        "reference": str(package.get("Name") or identity),
        "feed": str(package.get("FeedId") or ""),
        "repository": str(package.get("PackageId") or ""),
    }
