"""The form of the step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.form.environment import VARIABLES
from ecsportal.steps.forms.parts import Choices, Extra, Field, Rows, Section

GUIDE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
PARAMETERS = f"{GUIDE}task_definition_parameters.html"
UPDATE = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html"
ACTIONS = (("append", "Merge with those there"), ("replace", "Replace those there"))


def service_words(inputs: JsonDict) -> str:
    """`shop-web, task definition web`."""
    service = str(inputs.get("service_name") or "")
    if not service:
        return "No service yet"
    family = str(inputs.get("target_task_definition") or "")
    return f"{service}, task definition {family}" if family else service


def container_names(inputs: JsonDict) -> list[str]:
    """The containers that have a name so far."""
    containers = inputs.get("containers")
    rows = containers if isinstance(containers, list) else []
    return [str(each["name"]) for each in rows if isinstance(each, dict) and each.get("name")]


def _container_words(container: JsonDict) -> str:
    image = container.get("image")
    said = [str(image.get("repository") or "an image") if isinstance(image, dict) else "Same image"]
    for key, noun in (("environment", "variable"), ("environment_files", "file")):
        change = container.get(key)
        items = change.get("items") if isinstance(change, dict) else None
        if items and isinstance(items, list):
            said.append(f"{len(items)} {noun}{'s' if len(items) > 1 else ''}")
    return " · ".join(said)


def _tags_words(inputs: JsonDict) -> str:
    tags = inputs.get("tags")
    keys = [str(tag.get("key") or "…") for tag in tags or () if isinstance(tag, dict)]
    return ", ".join(keys[:3]) + (", …" if len(keys) > 3 else "") if keys else "None of its own"


def _rollout_words(inputs: JsonDict) -> str:
    wait = inputs.get("wait")
    kind = wait.get("type") if isinstance(wait, dict) else ""
    if kind == "dont_wait":
        return "Don't wait"
    if kind == "with_timeout" and isinstance(wait, dict):
        return f"At most {wait.get('timeout_minutes') or '…'} min"
    return "Until the tasks run"


def _waits(inputs: JsonDict) -> bool:
    wait = inputs.get("wait")
    return not isinstance(wait, dict) or wait.get("type") != "dont_wait"


def _feeds(document: JsonDict, choices: Mapping[str, Any]) -> Choices:
    return (("", "Choose a feed…"), *choices.get("feeds", ()))


SERVICE = Section(
    "service",
    "Service",
    (
        Field(
            "service_name",
            "Service",
            mono=True,
            width="p-c6",
            note="As ECS has it, in the target's cluster. Whoever made it keeps it: Terraform, a "
            "stack, a person.",
            aws=f"{UPDATE}#ECS-UpdateService-request-service",
        ),
        Field(
            "target_task_definition",
            "Task definition family",
            mono=True,
            width="p-c6",
            note="Gets a new revision, which the service then runs.",
            aws=f"{PARAMETERS}#family",
        ),
        Field(
            "template_task_definition",
            "Template",
            mono=True,
            width="p-c6",
            placeholder="the family's newest revision",
            note="Family or family:revision whose content is taken. What isn't changed below stays "
            "as it is there.",
            aws=f"{GUIDE}task_definitions.html",
        ),
    ),
    service_words,
    open_at_first=True,
)

ENVIRONMENT = replace(
    VARIABLES,
    path="environment.items",
    note="Without a row, variables and secrets stay as they are.",
)

IMAGE = Extra(
    "image",
    "Image",
    "image",
    (
        Field(
            "feed",
            "Feed",
            kind="choice",
            choices=_feeds,
            note="Where the image's tags come from.",
            aws=f"{PARAMETERS}#container_definition_image",
        ),
        Field(
            "repository",
            "Repository",
            mono=True,
            suggest="repositories",
            note="Without a tag: the tag is chosen with the release.",
            aws=f"{PARAMETERS}#container_definition_image",
        ),
        Field(
            "reference",
            "Image reference",
            mono=True,
            placeholder="the repository's last part",
            note="How releases and expressions name this image.",
            aws=f"{PARAMETERS}#container_definition_image",
        ),
    ),
    new={"reference": "", "feed": "", "repository": ""},
    note="Without one, the container keeps its image.",
    aws=f"{PARAMETERS}#container_definition_image",
)

CONTAINERS = Section(
    "containers",
    "Containers",
    (
        Rows(
            "containers",
            "Containers",
            "container",
            (
                Field(
                    "name",
                    "Name",
                    width="p-c6",
                    note="As the task definition has it.",
                    aws=f"{PARAMETERS}#container_definition_name",
                ),
                IMAGE,
                Field(
                    "environment.action",
                    "Variables and secrets",
                    kind="choice",
                    choices=ACTIONS,
                    empty="append",
                    width="p-c6",
                    note="Merging, a name that is there already gets the new value.",
                    aws=f"{GUIDE}taskdef-envfiles.html",
                ),
                ENVIRONMENT,
                Field(
                    "environment_files.action",
                    "Environment files",
                    kind="choice",
                    choices=ACTIONS,
                    empty="append",
                    width="p-c6",
                    note="The order counts: of one name in two files the first wins.",
                    aws=f"{GUIDE}use-environment-file.html",
                ),
                Field(
                    "environment_files.items",
                    "Files",
                    kind="items",
                    width="p-c12",
                    mono=True,
                    placeholder="arn:aws:s3:::bucket/web.env",
                    note="ARNs of .env objects in S3, one a line. Empty: the files stay.",
                    aws=f"{GUIDE}use-environment-file.html",
                ),
            ),
            new={
                "name": "",
                "image": {"reference": "", "feed": "", "repository": ""},
                "environment": {"action": "append", "items": []},
                "environment_files": {"action": "append", "items": []},
            },
            note="Those that are changed; all others stay as they are.",
            aws=f"{PARAMETERS}#container_definitions",
            look="panel",
            title=lambda container: str(container.get("name") or ""),
            summary=_container_words,
        ),
    ),
    lambda inputs: ", ".join(container_names(inputs)) or "None yet",
    open_at_first=True,
)

TAGS = Section(
    "tags",
    "Tags",
    (
        Rows(
            "tags",
            "Tags",
            "tag",
            (
                Field("key", "Key", note="1 to 128 characters.", aws=f"{GUIDE}ecs-using-tags.html"),
                Field(
                    "value",
                    "Value",
                    keeps_spaces=True,
                    note="Up to 256.",
                    aws=f"{GUIDE}ecs-using-tags.html",
                ),
            ),
            new={"key": "", "value": ""},
            title=lambda tag: str(tag.get("key") or ""),
            note="Added to those of template and service, or over them; at most 20.",
            aws=f"{GUIDE}ecs-using-tags.html",
        ),
    ),
    _tags_words,
)

ROLLOUT = Section(
    "rollout",
    "Wait and deadline",
    (
        Field(
            "wait.type",
            "Wait",
            kind="choice",
            choices=(
                ("until_completed", "Until the tasks run"),
                ("with_timeout", "Until the tasks run, at most…"),
                ("dont_wait", "Don't wait"),
            ),
            refresh=True,
            width="p-c6",
            note="Don't wait: the step succeeds once ECS has accepted it. How the rollout"
            " ended is looked up later, and a failure is told then.",
            aws=f"{GUIDE}service-event-messages.html",
        ),
        Field(
            "wait.timeout_minutes",
            "Time limit",
            kind="number",
            unit="min",
            empty=None,
            width="p-c3",
            when=lambda inputs: (inputs.get("wait") or {}).get("type") == "with_timeout",
            note="From the step's beginning.",
            aws=f"{GUIDE}service-event-messages.html",
        ),
        Field(
            "fail_after_stopped_tasks",
            "Give up after failed tasks",
            kind="number",
            when=_waits,
            note="Causes that cannot heal, like a missing image, end it at once.",
            aws=f"{GUIDE}stopped-task-error-codes.html",
        ),
        Field(
            "no_progress_minutes",
            "Give up without progress",
            kind="number",
            unit="min",
            when=_waits,
            note="No task became healthy and ECS reported nothing new for so long.",
            aws=f"{GUIDE}service-event-messages.html",
        ),
        Field(
            "cancel_on_failure",
            "Go back when the rollout fails",
            kind="flag",
            empty=True,
            width="p-c12",
            when=_waits,
            note="To the revision that the service ran before. Without it, ECS goes on trying.",
            aws=f"{UPDATE}#ECS-UpdateService-request-taskDefinition",
        ),
    ),
    _rollout_words,
)

SECTIONS = (SERVICE, CONTAINERS, TAGS, ROLLOUT)
