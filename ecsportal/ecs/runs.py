"""Tasks that run once: starting them, finding them again, stopping them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ecsportal.aws.errors import aws_errors
from ecsportal.ecs.tasks import Task, task_from

TOKEN_LENGTH = 64
"""The longest client token of RunTask (API Reference, "Ensuring idempotency")."""


@dataclass(frozen=True)
class Network:
    """Where a task's network interface is."""

    subnets: Sequence[str]
    security_groups: Sequence[str]
    public_ip: bool


@dataclass(frozen=True)
class RunRequest:
    """What RunTask is asked for; the same request with the same token starts nothing twice."""

    cluster: str
    task_definition: str
    count: int
    token: str
    started_by: str
    launch_type: str = ""
    network: Network | None = None
    container: str = ""
    """Whose command and environment are overridden."""
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Started:
    """The tasks that began, and why others did not."""

    tasks: tuple[Task, ...]
    failures: tuple[str, ...]


def run_tasks(ecs: Any, request: RunRequest) -> Started:
    """RunTask: what cannot be placed is told in `failures`, not raised."""
    params: dict[str, Any] = {
        "cluster": request.cluster,
        "taskDefinition": request.task_definition,
        "count": request.count,
        "clientToken": request.token[:TOKEN_LENGTH],
        "startedBy": request.started_by,
    }
    if request.launch_type:
        params["launchType"] = request.launch_type
    if request.network:
        params["networkConfiguration"] = {"awsvpcConfiguration": _network(request.network)}
    if request.command or request.environment:
        params["overrides"] = {"containerOverrides": [_override(request)]}
    if request.tags:
        params["tags"] = [{"key": key, "value": value} for key, value in request.tags.items()]
    with aws_errors:
        answer = ecs.run_task(**params)
    return Started(
        tuple(task_from(raw) for raw in answer["tasks"]),
        tuple(_failure(raw) for raw in answer.get("failures", ())),
    )


def _network(network: Network) -> dict[str, Any]:
    return {
        "subnets": list(network.subnets),
        "securityGroups": list(network.security_groups),
        "assignPublicIp": "ENABLED" if network.public_ip else "DISABLED",
    }


def _override(request: RunRequest) -> dict[str, Any]:
    override: dict[str, Any] = {"name": request.container}
    if request.command:
        override["command"] = list(request.command)
    if request.environment:
        override["environment"] = [
            {"name": name, "value": value} for name, value in request.environment.items()
        ]
    return override


def _failure(raw: Mapping[str, Any]) -> str:
    parts = (raw.get("reason", ""), raw.get("detail", ""))
    return ": ".join(part for part in parts if part) or "no reason"


def tasks_started_by(ecs: Any, cluster: str, started_by: str) -> list[str]:
    """ARNs of all tasks that carry this mark: running ones, and those stopped a short while ago."""
    arns: list[str] = []
    for status in ("RUNNING", "STOPPED"):
        with aws_errors:
            pages = ecs.get_paginator("list_tasks").paginate(
                cluster=cluster, startedBy=started_by, desiredStatus=status
            )
            for page in pages:
                arns.extend(page["taskArns"])
    return arns


def stop_task(ecs: Any, cluster: str, arn: str, reason: str) -> None:
    """Ask a task to stop; one that has stopped already is left as it is."""
    with aws_errors:
        ecs.stop_task(cluster=cluster, task=arn, reason=reason[:255])
