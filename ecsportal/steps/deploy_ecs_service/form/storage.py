"""What a container sees of disks, and where its output goes."""

from __future__ import annotations

from ecsportal.steps.deploy_ecs_service.form import container_summaries as summaries
from ecsportal.steps.deploy_ecs_service.form.aws_pages import CONTAINER, GUIDE, PARAMETERS, SECRETS
from ecsportal.steps.forms.parts import Field, Group, Rows, all_of, has, is_one_of

_STORAGE = f"{PARAMETERS}#container_definition_storage"
_MANUAL = is_one_of("logging.type", "manual")
_FIRELENS = f"{GUIDE}using_firelens.html"
_ON = is_one_of("firelens.enabled", True)

MOUNT_POINTS = Rows(
    "storage.mount_points",
    "Mount points",
    "mount point",
    (
        Field(
            "volume",
            "Volume",
            known="volumes",
            note="A volume of this step, see the section Volumes.",
            aws=_STORAGE,
        ),
        Field("path", "Path", mono=True, note="Where it appears in the container.", aws=_STORAGE),
        Field("read_only", "Read only", kind="flag", note="It can't be written to.", aws=_STORAGE),
    ),
    new={"volume": "", "path": "", "read_only": False},
    title=lambda row: str(row.get("path") or row.get("volume") or ""),
    note="Volumes that this container uses.",
    aws=_STORAGE,
)

VOLUMES_FROM = Rows(
    "storage.volumes_from",
    "Volumes from other containers",
    "container",
    (
        Field(
            "container",
            "Container",
            known="containers",
            note="Another container of this step: all that it mounts appears here too.",
            aws=f"{CONTAINER}#ECS-Type-ContainerDefinition-volumesFrom",
        ),
        Field(
            "read_only", "Read only", kind="flag", note="They can't be written to.", aws=_STORAGE
        ),
    ),
    new={"container": "", "read_only": False},
    title=lambda row: str(row.get("container") or ""),
    note="Shares the mount points of another container.",
    aws=f"{CONTAINER}#ECS-Type-ContainerDefinition-volumesFrom",
)

LOG_OPTIONS = Rows(
    "logging.options",
    "Log options",
    "option",
    (
        Field(
            "name",
            "Name",
            mono=True,
            note="As the driver calls it, like awslogs-group or splunk-url.",
            aws=f"{GUIDE}using_awslogs.html",
        ),
        Field(
            "value",
            "Value",
            mono=True,
            keeps_spaces=True,
            suggest="log-options",
            note="For a secret: the ARN of the Secrets Manager secret or parameter.",
            aws=SECRETS,
        ),
        Field(
            "type",
            "Kind",
            kind="choice",
            choices=(("plain", "Plain"), ("secret", "Secret")),
            note="A secret is read by ECS when the task starts.",
            aws=SECRETS,
        ),
    ),
    new={"name": "", "value": "", "type": "plain"},
    title=lambda row: str(row.get("name") or ""),
    note="awslogs on Fargate needs awslogs-group, awslogs-region and awslogs-stream-prefix.",
    aws=f"{PARAMETERS}#container_definition_logconfiguration",
    when=_MANUAL,
)

STORAGE_AND_LOGGING = Group(
    "storage",
    "Storage and logging",
    (
        Field(
            "storage.read_only_root_filesystem",
            "Read-only root file system",
            kind="flag",
            width="p-c12",
            note="The program can write only to mounted volumes.",
            aws=f"{CONTAINER}#ECS-Type-ContainerDefinition-readonlyRootFilesystem",
        ),
        MOUNT_POINTS,
        VOLUMES_FROM,
        Field(
            "logging.type",
            "Logging",
            kind="choice",
            choices=(("auto", "CloudWatch, set up by the stack"), ("manual", "Set up by hand")),
            refresh=True,
            empty="auto",
            width="p-c6",
            note="The stack makes a log group /ecs/… for its containers. The execution role that "
            "it makes may write there; one of your own needs logs:CreateLogStream and "
            "logs:PutLogEvents.",
            aws=f"{GUIDE}using_awslogs.html",
        ),
        Field(
            "logging.driver",
            "Log driver",
            kind="choice",
            choices=(
                ("none", "None: output is not kept"),
                ("awslogs", "awslogs: CloudWatch"),
                ("awsfirelens", "awsfirelens: a log router"),
                ("splunk", "splunk"),
            ),
            when=_MANUAL,
            empty="none",
            width="p-c6",
            note="awsfirelens needs a container of this step with FireLens on.",
            aws=f"{PARAMETERS}#container_definition_logconfiguration",
        ),
        LOG_OPTIONS,
    ),
    summaries.storage,
)

FIRELENS = Group(
    "firelens",
    "FireLens",
    (
        Field(
            "firelens.enabled",
            "This container routes the logs of the others",
            kind="flag",
            refresh=True,
            width="p-c12",
            note="One container a task, with an image of Fluent Bit or Fluentd. The others send to "
            "it with the driver awsfirelens.",
            aws=_FIRELENS,
        ),
        Field(
            "firelens.type",
            "Router",
            kind="choice",
            choices=(("fluentbit", "Fluent Bit"), ("fluentd", "Fluentd")),
            when=_ON,
            empty="fluentbit",
            note="What its image runs.",
            aws=_FIRELENS,
        ),
        Field(
            "firelens.config.type",
            "Configuration of its own",
            kind="choice",
            choices=(
                ("none", "None"),
                ("file", "A file in the image"),
                ("s3", "An S3 object (not on Fargate)"),
            ),
            when=_ON,
            refresh=True,
            empty="none",
            note="Added to the one that ECS makes.",
            aws=f"{GUIDE}firelens-taskdef.html",
        ),
        Field(
            "firelens.config.value",
            "Path or ARN",
            mono=True,
            when=all_of(_ON, is_one_of("firelens.config.type", "file", "s3")),
            placeholder="/extra.conf",
            note="Where that file is.",
            aws=f"{GUIDE}firelens-taskdef.html",
        ),
        Field(
            "firelens.enable_ecs_log_metadata",
            "Add cluster, task and container to each line",
            kind="flag",
            when=_ON,
            empty=True,
            width="p-c12",
            note="So that a line found elsewhere says where it comes from.",
            aws=f"{GUIDE}firelens-taskdef.html",
        ),
    ),
    summaries.firelens,
    when=has("firelens"),
)
