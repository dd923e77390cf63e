"""A container's image, how ECS signs in to its registry, and its share of the task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.form import summaries
from ecsportal.steps.deploy_ecs_service.form.aws_pages import CONTAINER, GUIDE, PARAMETERS
from ecsportal.steps.forms.parts import Choices, Field, Rows, is_filled, is_one_of


def _feeds(document: JsonDict, choices: Mapping[str, Any]) -> Choices:
    return (("", "Choose a feed…"), *choices.get("feeds", ()))


IMAGE = (
    Field(
        "name",
        "Name",
        note="Unique in the task. Load balancers and other containers name it so.",
        aws=f"{PARAMETERS}#container_definition_name",
    ),
    Field(
        "image.feed",
        "Feed",
        kind="choice",
        choices=_feeds,
        note="Where the image's tags are looked up.",
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
        note="The name by which releases and expressions know this image; one for each in the "
        "step. Empty: the repository's last part.",
        aws=f"{CONTAINER}#ECS-Type-ContainerDefinition-image",
        is_named_apart=True,
    ),
    Field(
        "repository_authentication.type",
        "Repository authentication",
        kind="choice",
        choices=(("default", "Execution role"), ("secrets_manager", "Secrets Manager")),
        refresh=True,
        empty="default",
        width="p-c6",
        note="How ECS signs in to pull. The execution role is enough for ECR and public images; "
        "other private registries need a secret with user name and password.",
        aws=f"{GUIDE}private-auth.html",
    ),
    Field(
        "repository_authentication.secret_arn",
        "Secret with the registry's password",
        suggest="secrets",
        when=is_one_of("repository_authentication.type", "secrets_manager"),
        mono=True,
        width="p-c12",
        placeholder="arn:aws:secretsmanager:…",
        note='Holds {"username": …, "password": …}. The execution role has to be one that may '
        "read it.",
        aws=f"{GUIDE}private-auth.html",
    ),
)

SHARE = (
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
        "memory_reservation",
        "Reservation",
        kind="number",
        unit="MiB",
        width="p-c3",
        empty=None,
        placeholder="none",
        note="Kept free for it; below the limit.",
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
        "gpus",
        "GPUs",
        kind="number",
        width="p-c3",
        empty=None,
        when=is_filled("gpus"),
        note="Comes only with an imported step. Fargate has no GPUs: empty it.",
        aws=f"{GUIDE}ecs-gpu.html",
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
)

PORTS = Rows(
    "ports",
    "Ports",
    "port",
    (
        Field(
            "port",
            "Port",
            kind="number",
            note="1 to 65535, each once.",
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
