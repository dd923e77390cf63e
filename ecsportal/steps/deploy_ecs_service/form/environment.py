"""How a container is started: entry point, command, directory, variables."""

from __future__ import annotations

from ecsportal.steps.deploy_ecs_service.form import container_summaries as summaries
from ecsportal.steps.deploy_ecs_service.form.aws_pages import CONTAINER, GUIDE, PARAMETERS, SECRETS
from ecsportal.steps.forms.parts import Field, Group, Rows

_ENVIRONMENT = f"{PARAMETERS}#container_definition_environment"

VARIABLES = Rows(
    "environment",
    "Environment variables",
    "variable",
    (
        Field(
            "name",
            "Name",
            mono=True,
            note="As the program reads it. Of a name that stands twice, the last value counts.",
            aws=f"{GUIDE}taskdef-envfiles.html",
        ),
        Field(
            "value",
            "Value",
            mono=True,
            keeps_spaces=True,
            suggest="secrets",
            note="For a secret: the ARN of the Secrets Manager secret or parameter.",
            aws=SECRETS,
        ),
        Field(
            "type",
            "Kind",
            kind="choice",
            choices=(("plain", "Plain"), ("secret", "Secret")),
            note="A secret is read by ECS when the task starts and never stands in the template.",
            aws=SECRETS,
        ),
    ),
    new={"name": "", "value": "", "type": "plain"},
    title=lambda row: str(row.get("name") or ""),
    pastes=("name", "value"),
    note="Secrets need an execution role that may read them.",
    aws=_ENVIRONMENT,
)

ENVIRONMENT = Group(
    "environment",
    "Environment",
    (
        Field(
            "entry_point",
            "Entry point",
            mono=True,
            width="p-c6",
            placeholder="the image's own",
            note="Replaces the image's ENTRYPOINT; its parts with commas between them.",
            aws=f"{CONTAINER}#ECS-Type-ContainerDefinition-entryPoint",
        ),
        Field(
            "command",
            "Command",
            mono=True,
            width="p-c6",
            placeholder="the image's own",
            note="Replaces the image's CMD by one single argument, spaces and all, as Octopus "
            "Deploy does. For several arguments use the list.",
            aws=f"{CONTAINER}#ECS-Type-ContainerDefinition-command",
        ),
        Field(
            "command_list",
            "Command as a list",
            kind="items",
            mono=True,
            width="p-c6",
            note="One argument a line. Wins over the command beside it.",
            aws=f"{CONTAINER}#ECS-Type-ContainerDefinition-command",
        ),
        Field(
            "working_directory",
            "Working directory",
            mono=True,
            width="p-c6",
            placeholder="the image's own",
            note="Where the command starts.",
            aws=f"{CONTAINER}#ECS-Type-ContainerDefinition-workingDirectory",
        ),
        VARIABLES,
        Field(
            "environment_files",
            "Environment files",
            kind="list",
            mono=True,
            width="p-c12",
            placeholder="arn:aws:s3:::settings/web.env",
            note="ARNs of S3 objects that end in .env, one a line, at most 10. Variables above win "
            "over them. The execution role has to be one that may read them.",
            aws=f"{GUIDE}use-environment-file.html",
        ),
    ),
    summaries.environment,
)
