"""The container's panel of the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service import form_summaries as summaries
from ecsportal.steps.forms.parts import Choices, Field, Rows

GUIDE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
PARAMETERS = f"{GUIDE}task_definition_parameters.html"


def _feeds(document: JsonDict, choices: Mapping[str, Any]) -> Choices:
    return (("", "Choose a feed…"), *choices.get("feeds", ()))


PORTS = Rows(
    "ports",
    "Ports",
    "port",
    (
        Field(
            "port",
            "Port",
            kind="number",
            note="1 to 65535.",
            aws=f"{PARAMETERS}#container_definition_portmappings",
        ),
        Field(
            "protocol",
            "Protocol",
            kind="choice",
            choices=(("tcp", "TCP"), ("udp", "UDP")),
            note="TCP for everything that a load balancer reaches.",
            aws=f"{PARAMETERS}#container_definition_portmappings",
        ),
    ),
    new={"port": "", "protocol": "tcp"},
    title=summaries.port,
    note="What the container listens on. On Fargate the host's port is the same.",
    aws=f"{PARAMETERS}#container_definition_portmappings",
)

ENVIRONMENT = Rows(
    "environment",
    "Environment variables",
    "variable",
    (
        Field(
            "name",
            "Name",
            mono=True,
            note="As the program reads it.",
            aws=f"{GUIDE}taskdef-envfiles.html",
        ),
        Field(
            "value",
            "Value",
            mono=True,
            keeps_spaces=True,
            suggest="secrets",
            note="For a secret: the ARN of the secret or parameter.",
            aws=f"{GUIDE}specifying-sensitive-data.html",
        ),
        Field(
            "type",
            "Kind",
            kind="choice",
            choices=(("plain", "Plain"), ("secret", "Secret")),
            note="A secret is read by ECS when the task starts and never stands in the template.",
            aws=f"{GUIDE}specifying-sensitive-data.html",
        ),
    ),
    new={"name": "", "value": "", "type": "plain"},
    title=lambda row: str(row.get("name") or ""),
    note="A secret's value is the ARN that ECS reads when the task starts.",
    aws=f"{GUIDE}specifying-sensitive-data.html",
)

CONTAINERS = Rows(
    "containers",
    "Containers",
    "container",
    (
        Field(
            "name",
            "Name",
            note="Unique in the task.",
            aws=f"{PARAMETERS}#container_definition_name",
        ),
        Field(
            "image.feed",
            "Feed",
            kind="choice",
            choices=_feeds,
            note="Where the image's tags come from.",
            aws=f"{PARAMETERS}#container_definition_image",
        ),
        Field(
            "image.repository",
            "Repository",
            mono=True,
            suggest="repositories",
            note="Without a tag: the tag is chosen with the release.",
            aws=f"{PARAMETERS}#container_definition_image",
        ),
        Field(
            "image.reference",
            "Image reference",
            mono=True,
            placeholder="the repository's last part",
            shows=summaries.image_expression,
            width="p-c6",
            note="How releases and expressions name this image.",
            aws=f"{PARAMETERS}#container_definition_image",
        ),
        Field(
            "memory",
            "Memory limit",
            kind="number",
            unit="MiB",
            width="p-c3",
            empty=None,
            placeholder="none",
            note="A container that needs more is killed.",
            aws=f"{PARAMETERS}#container_definition_memory",
        ),
        Field(
            "cpu",
            "CPU",
            kind="number",
            unit="units",
            width="p-c3",
            empty=None,
            placeholder="none",
            note="Its share of the task's CPU; 1024 are one vCPU.",
            aws=f"{PARAMETERS}#container_definition_environment",
        ),
        Field(
            "essential",
            "Essential: when it stops, the task stops",
            kind="flag",
            empty=True,
            note="At least one container has to be.",
            aws=f"{PARAMETERS}#container_definition_environment",
            width="p-c12",
        ),
        PORTS,
        ENVIRONMENT,
    ),
    new={
        "name": "",
        "image": {"reference": "", "feed": "", "repository": ""},
        "essential": True,
        "ports": [],
        "environment": [],
    },
    note="Up to ten, started together on one task.",
    aws=f"{GUIDE}task_definitions.html",
    look="panel",
    title=lambda container: str(container.get("name") or ""),
    summary=summaries.container,
)
