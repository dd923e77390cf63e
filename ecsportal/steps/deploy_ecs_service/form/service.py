"""The sections about the service: volumes, load balancers, how it is rolled out and followed."""

from __future__ import annotations

from ecsportal.steps.deploy_ecs_service.form import summaries
from ecsportal.steps.deploy_ecs_service.form.aws_pages import EFS, GUIDE, SERVICE, STACKS
from ecsportal.steps.forms.parts import Field, Rows, Section, is_one_of

_BALANCER = f"{GUIDE}service-load-balancing.html"
_ROLLOUT = f"{SERVICE}#sd-deploymentconfiguration"
_STATES = f"{STACKS}using-cfn-describing-stacks.html"
_EFS = is_one_of("type", "efs")
_WAITS = is_one_of("wait.type", "until_completed", "with_timeout")

VOLUMES = Section(
    "volumes",
    "Volumes",
    (
        Rows(
            "volumes",
            "Volumes",
            "volume",
            (
                Field(
                    "name",
                    "Name",
                    note="Unique in the step; containers mount it by this name.",
                    aws=f"{GUIDE}using_data_volumes.html",
                ),
                Field(
                    "type",
                    "Kind",
                    kind="choice",
                    choices=(("bind", "Scratch, shared by the task"), ("efs", "EFS file system")),
                    refresh=True,
                    empty="bind",
                    note="Scratch ends with the task; EFS stays.",
                    aws=f"{GUIDE}using_data_volumes.html",
                ),
                Field(
                    "file_system_id",
                    "File system",
                    suggest="file-systems",
                    mono=True,
                    when=_EFS,
                    placeholder="fs-…",
                    note="Its id. The tasks' security groups have to reach it on port 2049.",
                    aws=EFS,
                ),
                Field(
                    "access_point_id",
                    "Access point",
                    suggest="access-points",
                    mono=True,
                    when=_EFS,
                    placeholder="none",
                    note="Its id, where the file system is entered by one.",
                    aws=EFS,
                ),
                Field(
                    "root_directory",
                    "Root directory",
                    mono=True,
                    when=_EFS,
                    placeholder="/",
                    note="What of the file system is seen. Empty or / with an access point.",
                    aws=EFS,
                ),
                Field(
                    "transit_encryption",
                    "Encrypt in transit",
                    kind="flag",
                    when=_EFS,
                    width="p-c6",
                    note="Access points and IAM need it.",
                    aws=EFS,
                ),
                Field(
                    "iam_authorization",
                    "Authorize with the task role",
                    kind="flag",
                    when=_EFS,
                    width="p-c6",
                    note="The file system's policy then decides what the task may do.",
                    aws=EFS,
                ),
            ),
            new={
                "type": "bind",
                "name": "",
                "file_system_id": "",
                "access_point_id": "",
                "root_directory": "",
                "transit_encryption": False,
                "iam_authorization": False,
            },
            look="panel",
            title=lambda row: str(row.get("name") or ""),
            summary=summaries.volume,
            note="Disks that containers mount.",
            aws=f"{GUIDE}using_data_volumes.html",
        ),
    ),
    summaries.volumes,
)

LOAD_BALANCERS = Section(
    "load-balancer",
    "Load balancer",
    (
        Rows(
            "load_balancers",
            "Target groups",
            "target group",
            (
                Field(
                    "container",
                    "Container",
                    known="containers",
                    note="A container of this step.",
                    aws=_BALANCER,
                ),
                Field(
                    "port",
                    "Port",
                    kind="number",
                    note="Its TCP port.",
                    aws=_BALANCER,
                ),
                Field(
                    "target_group_arn",
                    "Target group ARN",
                    suggest="target-groups",
                    mono=True,
                    note="Of target type ip, and on a listener already.",
                    aws=_BALANCER,
                ),
            ),
            new={"container": "", "port": "", "target_group_arn": ""},
            title=lambda row: str(row.get("container") or ""),
            note="Each sends requests to one container's port; at most 5.",
            aws=f"{SERVICE}#sd-loadbalancers",
        ),
    ),
    summaries.load_balancers,
)

DEPLOYMENT = Section(
    "deployment",
    "Deployment",
    (
        Field(
            "desired_count",
            "Desired tasks",
            kind="number",
            shows=summaries.managed_count,
            note="How many copies of the task run. 0 stops the service.",
            aws=f"{SERVICE}#sd-desiredcount",
        ),
        Field(
            "minimum_healthy_percent",
            "Minimum healthy",
            kind="number",
            unit="%",
            note="How many of them keep running while new ones start.",
            aws=_ROLLOUT,
        ),
        Field(
            "maximum_percent",
            "Maximum",
            kind="number",
            unit="%",
            note="How many may run at most, old and new together.",
            aws=_ROLLOUT,
        ),
    ),
    summaries.deployment,
)

OPTIONS = Section(
    "deployment-options",
    "Deployment options",
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
            empty="until_completed",
            note="Don't wait: the step succeeds once AWS has accepted the update. Nobody looks at "
            "the tasks; how it ended is looked up later.",
            aws=_STATES,
            width="p-c6",
        ),
        Field(
            "wait.timeout_minutes",
            "Time limit",
            kind="number",
            unit="min",
            empty=None,
            when=is_one_of("wait.type", "with_timeout"),
            note="After it the step fails; CloudFormation goes on.",
            aws=_STATES,
            width="p-c3",
        ),
        Field(
            "fail_after_stopped_tasks",
            "Fail after stopped tasks",
            kind="number",
            empty=3,
            when=_WAITS,
            note="So many new tasks may crash before the step gives up; CloudFormation alone would "
            "wait for up to three hours.",
            aws=f"{GUIDE}stopped-task-errors.html",
            width="p-c6",
        ),
        Field(
            "no_progress_minutes",
            "Fail without progress",
            kind="number",
            unit="min",
            empty=15,
            when=_WAITS,
            note="So long nothing may happen: no task becomes healthy, no new event.",
            aws=f"{GUIDE}service-event-messages.html",
            width="p-c6",
        ),
        Field(
            "cancel_on_failure",
            "Cancel the update when the step fails",
            kind="flag",
            empty=True,
            when=_WAITS,
            note="The stack then goes back to what ran before. A first creation is left as it is.",
            aws=f"{STACKS}using-cfn-stack-update-cancel.html",
            width="p-c12",
        ),
        Field(
            "on_update_rollback_failed",
            "A stack whose rollback failed",
            kind="choice",
            choices=(
                ("continue_rollback", "Continue the rollback, then update"),
                ("delete", "Delete it and create it anew"),
            ),
            empty="continue_rollback",
            note="Such a stack holds a live service; deleting it stops the service.",
            aws=f"{STACKS}using-cfn-updating-stacks-continueupdaterollback.html",
            width="p-c12",
        ),
        Field(
            "delete_stack_with_running_service",
            "Delete a failed stack although its service runs",
            kind="flag",
            note="Off: where only deleting helps and tasks still run, the step asks a person.",
            aws=f"{STACKS}cfn-console-delete-stack.html",
            width="p-c12",
        ),
    ),
    summaries.wait,
)
