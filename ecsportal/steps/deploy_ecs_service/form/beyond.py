"""The section of what the Octopus step does not have. Unused, it leaves the template as it is."""

from __future__ import annotations

from typing import Any

from ecsportal.steps.deploy_ecs_service.form import summaries
from ecsportal.steps.deploy_ecs_service.form.aws_pages import (
    GUIDE,
    LOG_GROUPS,
    SCALING,
    SERVICE,
    SERVICE_CONNECT,
)
from ecsportal.steps.deploy_ecs_service.rules.beyond import RETENTION_DAYS
from ecsportal.steps.forms.parts import Extra, Field, Group, Part, Rows, Section, is_one_of

_BREAKER = f"{GUIDE}deployment-circuit-breaker.html"
_BREAKS = is_one_of("beyond.circuit_breaker.enabled", True)
_PROVIDERS = f"{GUIDE}fargate-capacity-providers.html"


def _days(text: str) -> Any:
    """A chosen number of days as a number; nothing for "never expire"."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() else text or None


ROLLOUT: tuple[Part, ...] = (
    Field(
        "beyond.circuit_breaker.enabled",
        "Circuit breaker",
        kind="flag",
        refresh=True,
        width="p-c12",
        note="ECS itself ends a rollout whose tasks keep failing.",
        aws=_BREAKER,
    ),
    Field(
        "beyond.circuit_breaker.rollback",
        "Roll back to the last one that worked",
        kind="flag",
        empty=True,
        when=_BREAKS,
        width="p-c6",
        note="A first deployment has none to go back to.",
        aws=_BREAKER,
    ),
    Field(
        "beyond.circuit_breaker.threshold",
        "Threshold",
        kind="number",
        unit="failed tasks",
        empty=None,
        when=_BREAKS,
        placeholder="half of the tasks, at least 3",
        width="p-c6",
        note="So many tasks may fail before it breaks.",
        aws=_BREAKER,
    ),
    Field(
        "beyond.health_check_grace_period",
        "Health check grace period",
        kind="number",
        unit="s",
        empty=None,
        placeholder="0",
        width="p-c6",
        note="Time for a task to start before failed checks of load balancer and container count.",
        aws=f"{SERVICE}#sd-healthcheckgraceperiodseconds",
    ),
)

CAPACITY: tuple[Part, ...] = (
    Rows(
        "beyond.capacity_providers",
        "Capacity providers",
        "provider",
        (
            Field(
                "provider",
                "Provider",
                kind="choice",
                choices=(("FARGATE", "Fargate"), ("FARGATE_SPOT", "Fargate Spot")),
                note="Spot is cheaper; AWS may take a task away with two minutes' notice.",
                aws=_PROVIDERS,
            ),
            Field(
                "weight",
                "Weight",
                kind="number",
                note="Its share of the tasks beyond the base, 0 to 1000.",
                aws=_PROVIDERS,
            ),
            Field(
                "base",
                "Base",
                kind="number",
                note="So many tasks run here at least; only one provider may have a base.",
                aws=_PROVIDERS,
            ),
        ),
        new={"provider": "FARGATE_SPOT", "weight": 1, "base": 0},
        title=lambda row: str(row.get("provider") or ""),
        note="None: all tasks on Fargate. The cluster has to have the provider.",
        aws=_PROVIDERS,
    ),
    Field(
        "beyond.ephemeral_storage_gib",
        "Ephemeral storage",
        kind="number",
        unit="GiB",
        empty=None,
        placeholder="20",
        note="21 to 200, for the images and what the containers write.",
        aws=f"{GUIDE}fargate-task-storage.html",
    ),
)

ACCESS: tuple[Part, ...] = (
    Field(
        "beyond.execute_command",
        "ECS Exec",
        kind="flag",
        width="p-c12",
        note="Opens a shell in a running container from the command line. Needs a task role that "
        "may open SSM channels.",
        aws=f"{GUIDE}ecs-exec.html",
    ),
    Field(
        "beyond.propagate_tags",
        "Tags of the tasks",
        kind="choice",
        choices=(
            ("", "None"),
            ("service", "Those of the service"),
            ("task_definition", "Those of the task definition"),
        ),
        width="p-c6",
        note="Tasks carry no tags by themselves; cost reports need them.",
        aws=f"{SERVICE}#sd-propagatetags",
    ),
)

CONNECT = Extra(
    "beyond.service_connect",
    "Service Connect",
    "Service Connect",
    (
        Field(
            "namespace",
            "Namespace",
            suggest="namespaces",
            width="p-c6",
            placeholder="the cluster's default",
            note="Name or ARN of the Cloud Map namespace.",
            aws=SERVICE_CONNECT,
        ),
        Rows(
            "services",
            "Offered to others",
            "service",
            (
                Field(
                    "container",
                    "Container",
                    known="containers",
                    note="A container of this step.",
                    aws=SERVICE_CONNECT,
                ),
                Field(
                    "port",
                    "Port",
                    kind="number",
                    note="A port of that container.",
                    aws=SERVICE_CONNECT,
                ),
                Field(
                    "alias", "Alias", mono=True, note="The name others call.", aws=SERVICE_CONNECT
                ),
                Field(
                    "alias_port",
                    "Alias port",
                    kind="number",
                    note="The port others call.",
                    aws=SERVICE_CONNECT,
                ),
            ),
            new={"container": "", "port": "", "alias": "", "alias_port": ""},
            title=lambda row: str(row.get("alias") or ""),
            note="None: the task only calls others.",
            aws=SERVICE_CONNECT,
        ),
    ),
    new={"namespace": "", "services": []},
    note="Services of one namespace reach each other by name.",
    aws=SERVICE_CONNECT,
)

AUTOSCALING = Extra(
    "beyond.autoscaling",
    "Autoscaling",
    "autoscaling",
    (
        Field(
            "min", "At least", kind="number", unit="tasks", width="p-c3", note="0 or more.",
            aws=SCALING,
        ),
        Field(
            "max", "At most", kind="number", unit="tasks", width="p-c3",
            note="Not below the least.", aws=SCALING,
        ),
        Field(
            "metric",
            "Follows",
            kind="choice",
            choices=(
                ("cpu", "CPU of the tasks"),
                ("memory", "Memory of the tasks"),
                ("requests", "Requests to each task"),
            ),
            refresh=True,
            width="p-c3",
            empty="cpu",
            note="What decides on the number of tasks.",
            aws=SCALING,
        ),
        Field(
            "target",
            "Target",
            kind="number",
            width="p-c3",
            note="Percent, or requests a minute.",
            aws=SCALING,
        ),
        Field(
            "load_balancer_arn",
            "Load balancer ARN",
            mono=True,
            when=is_one_of("metric", "requests"),
            width="p-c12",
            note="The application load balancer at which requests are counted.",
            aws=SCALING,
        ),
    ),
    new={"min": 1, "max": 4, "metric": "cpu", "target": 60, "load_balancer_arn": ""},
    note="The number of tasks follows a figure. Deployments then leave the count alone: it is "
    "managed by autoscaling.",
    aws=SCALING,
)  # fmt: skip

LOGS: tuple[Part, ...] = (
    Field(
        "beyond.pin_digests",
        "Deploy images by digest",
        kind="flag",
        width="p-c12",
        note="A tag that is pushed again then changes nothing that runs.",
        aws=f"{GUIDE}deployment-type-ecs.html",
    ),
    Field(
        "beyond.log_group_name",
        "Log group",
        mono=True,
        width="p-c6",
        placeholder="/ecs/ and the task name",
        note="Of all containers that log by themselves. With #{Octopus.Environment.Name} in it, "
        "environments of one account keep apart.",
        aws=LOG_GROUPS,
    ),
    Field(
        "beyond.log_retention_days",
        "Keep logs",
        kind="choice",
        choices=(("", "For ever"), *((str(days), f"{days} days") for days in RETENTION_DAYS)),
        empty=None,
        reads=_days,
        width="p-c6",
        note="CloudWatch deletes older lines.",
        aws=f"{LOG_GROUPS}#SettingLogRetention",
    ),
)

BEYOND = Section(
    "beyond",
    "Beyond",
    (
        Group("rollout", "Rollout", ROLLOUT, summaries.rollout),
        Group("capacity", "Capacity", CAPACITY, summaries.capacity),
        Group("autoscaling", "Autoscaling", (AUTOSCALING,), summaries.autoscaling),
        Group("connect", "Service Connect", (CONNECT,), summaries.service_connect),
        Group("access", "Access and tags", ACCESS, summaries.access),
        Group("logs", "Images and logs", LOGS, summaries.logs),
    ),
    summaries.beyond,
    note="What the Octopus step doesn't have. Left alone, it changes nothing in the template.",
)
