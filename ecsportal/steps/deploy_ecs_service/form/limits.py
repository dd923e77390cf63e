"""A container's network settings, labels, user, limits, and what it waits for."""

from __future__ import annotations

from ecsportal.steps.deploy_ecs_service.form import container_summaries as summaries
from ecsportal.steps.deploy_ecs_service.form.aws_pages import CONTAINER, GUIDE, PARAMETERS
from ecsportal.steps.forms.parts import Field, Group, Rows

_NETWORK = f"{PARAMETERS}#container_definition_network"
_LIMITS = f"{PARAMETERS}#container_definition_limits"
_DEPENDS = f"{PARAMETERS}#container_definition_dependson"
_LABELS = f"{PARAMETERS}#container_definition_labels"

LABELS = Rows(
    "docker_labels",
    "Docker labels",
    "label",
    (
        Field("key", "Key", mono=True, note="Of one key, the last value counts.", aws=_LABELS),
        Field("value", "Value", mono=True, keeps_spaces=True, note="Any text.", aws=_LABELS),
    ),
    new={"key": "", "value": ""},
    title=lambda row: str(row.get("key") or ""),
    pastes=("key", "value"),
    note="Read by agents inside the task, such as log and metric collectors.",
    aws=_LABELS,
)

ULIMITS = Rows(
    "ulimits",
    "Process limits",
    "limit",
    (
        Field("name", "Limit", mono=True, note="Like nofile, the open files.", aws=_LIMITS),
        Field(
            "soft",
            "Soft",
            kind="number",
            note="What a process starts with; -1 is no limit.",
            aws=_LIMITS,
        ),
        Field(
            "hard",
            "Hard",
            kind="number",
            note="How far it may raise that itself; -1 is no limit.",
            aws=_LIMITS,
        ),
    ),
    new={"name": "nofile", "soft": "", "hard": ""},
    title=lambda row: str(row.get("name") or ""),
    note="On Fargate nofile is the one that matters; its default is 65535.",
    aws=_LIMITS,
)

HOSTS = Rows(
    "network.extra_hosts",
    "Extra hosts",
    "host",
    (
        Field("hostname", "Host name", mono=True, note="The name in /etc/hosts.", aws=_NETWORK),
        Field("ip_address", "IP address", mono=True, note="What it stands for.", aws=_NETWORK),
    ),
    new={"hostname": "", "ip_address": ""},
    title=lambda row: str(row.get("hostname") or ""),
    note="Lines of /etc/hosts. Fargate takes none.",
    aws=_NETWORK,
)

NETWORK = Group(
    "network",
    "Network settings",
    (
        Field(
            "network.disable_networking",
            "No network",
            kind="flag",
            width="p-c12",
            note="The container gets no network at all. Fargate refuses it.",
            aws=_NETWORK,
        ),
        Field(
            "network.dns_servers",
            "DNS servers",
            kind="list",
            mono=True,
            width="p-c6",
            note="One a line. Fargate takes none: tasks use those of the VPC.",
            aws=_NETWORK,
        ),
        Field(
            "network.dns_search_domains",
            "DNS search domains",
            kind="list",
            mono=True,
            width="p-c6",
            note="One a line. Fargate takes none.",
            aws=_NETWORK,
        ),
        HOSTS,
    ),
    summaries.network,
    note="For containers outside Fargate, as imported steps may have them.",
)

LIMITS = Group(
    "limits",
    "Labels, user, limits",
    (
        Field(
            "user",
            "User",
            mono=True,
            placeholder="the image's own",
            note="user, user:group, uid or uid:gid.",
            aws=f"{CONTAINER}#ECS-Type-ContainerDefinition-user",
        ),
        LABELS,
        ULIMITS,
    ),
    summaries.limits,
)

START_ORDER = Group(
    "order",
    "Start order",
    (
        Rows(
            "depends_on",
            "Starts after",
            "container",
            (
                Field(
                    "container",
                    "Container",
                    known="containers",
                    note="Another container of this step.",
                    aws=_DEPENDS,
                ),
                Field(
                    "condition",
                    "Condition",
                    kind="choice",
                    choices=(
                        ("START", "has started"),
                        ("HEALTHY", "is healthy"),
                        ("COMPLETE", "has ended"),
                        ("SUCCESS", "has ended with 0"),
                    ),
                    note="Healthy needs a health check on the other; ended needs one that isn't "
                    "essential.",
                    aws=_DEPENDS,
                ),
            ),
            new={"container": "", "condition": "START"},
            title=lambda row: str(row.get("container") or ""),
            note="Stopping goes the other way round.",
            aws=_DEPENDS,
        ),
        Field(
            "start_timeout",
            "Start timeout",
            kind="number",
            unit="s",
            width="p-c3",
            empty=None,
            placeholder="none",
            note="2 to 120: how long others wait for it.",
            aws=f"{GUIDE}task_definition_parameters.html#container_definition_timeout",
        ),
        Field(
            "stop_timeout",
            "Stop timeout",
            kind="number",
            unit="s",
            width="p-c3",
            empty=None,
            placeholder="30",
            note="2 to 120 before it is killed.",
            aws=f"{GUIDE}task_definition_parameters.html#container_definition_timeout",
        ),
    ),
    summaries.order,
)
