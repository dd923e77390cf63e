"""Tasks of a service: those that run, and those that stopped and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ecsportal.aws.errors import aws_errors

_NOT_A_FAILURE = ("Scaling activity initiated by", "Task stopped by user")
_NOT_A_FAILURE_CODES = ("UserInitiated", "SpotInterruption", "TerminationNotice")


@dataclass(frozen=True)
class Container:
    """A container of a task; `exit_code` is None while it runs, or where it never ran."""

    name: str
    status: str = ""
    exit_code: int | None = None
    reason: str = ""
    health: str = ""


@dataclass(frozen=True)
class Task:
    """A task as DescribeTasks shows it. `started_by` is the ECS deployment's id; `stopped_at` is
    when its containers ended, as far as AWS tells."""

    arn: str
    status: str
    task_definition: str
    started_by: str = ""
    stop_code: str = ""
    stop_reason: str = ""
    health: str = ""
    containers: tuple[Container, ...] = ()
    created_at: datetime | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None

    @property
    def id(self) -> str:
        return self.arn.rpartition("/")[2]

    @property
    def short_id(self) -> str:
        """The first eight characters, as the log shows it."""
        return self.id[:8]

    @property
    def revision(self) -> str:
        """`web:3` of the task definition's ARN."""
        return self.task_definition.rpartition("/")[2]

    @property
    def lived_seconds(self) -> int | None:
        """From running to stopped; None for a task that never ran."""
        ended = self.stopped_at
        if self.started_at is None or ended is None:
            return None
        return max(0, round((ended - self.started_at).total_seconds()))

    @property
    def failed(self) -> bool:
        """True for a task that stopped by itself or was stopped for being unwell.

        Scaling in, a person, and retired capacity stop tasks too; those are no failures.
        """
        if not self.stop_code and not self.stop_reason:
            return False
        if self.stop_code in _NOT_A_FAILURE_CODES:
            return False
        return not self.stop_reason.startswith(_NOT_A_FAILURE)


def list_task_arns(ecs: Any, cluster: str, service: str, *, stopped: bool = False) -> list[str]:
    """ARNs of the service's tasks that shall run, or of those stopped within the last hour."""
    arns: list[str] = []
    more: dict[str, str] = {}
    status = "STOPPED" if stopped else "RUNNING"
    while True:
        with aws_errors:
            page = ecs.list_tasks(
                cluster=cluster, serviceName=service, desiredStatus=status, **more
            )
        arns.extend(page["taskArns"])
        if not page.get("nextToken"):
            return arns
        more = {"nextToken": page["nextToken"]}


def describe_tasks(ecs: Any, cluster: str, arns: Collection[str]) -> list[Task]:
    """The tasks by ARN; those that AWS has forgotten meanwhile are missing."""
    tasks: list[Task] = []
    wanted = list(arns)
    for start in range(0, len(wanted), 100):  # DescribeTasks takes 100
        with aws_errors:
            answer = ecs.describe_tasks(cluster=cluster, tasks=wanted[start : start + 100])
        tasks.extend(task_from(raw) for raw in answer["tasks"])
    return tasks


def stopped_tasks(
    ecs: Any, cluster: str, service: str, *, known: Collection[str] = ()
) -> list[Task]:
    """Tasks of the service that have stopped and whose ids are not `known`, oldest first."""
    arns = list_task_arns(ecs, cluster, service, stopped=True)
    arns = [arn for arn in arns if arn.rpartition("/")[2] not in known]
    tasks = describe_tasks(ecs, cluster, arns)
    return sorted(tasks, key=lambda task: (task.stopped_at is None, str(task.stopped_at)))


def task_from(raw: Mapping[str, Any]) -> Task:
    """The task in our words."""
    return Task(
        arn=raw["taskArn"],
        status=raw.get("lastStatus", ""),
        task_definition=raw.get("taskDefinitionArn", ""),
        started_by=raw.get("startedBy", ""),
        stop_code=raw.get("stopCode", ""),
        stop_reason=raw.get("stoppedReason", ""),
        health=raw.get("healthStatus", ""),
        containers=tuple(
            Container(
                name=c.get("name", ""),
                status=c.get("lastStatus", ""),
                exit_code=c.get("exitCode"),
                reason=c.get("reason", ""),
                health=c.get("healthStatus", ""),
            )
            for c in raw.get("containers", [])
        ),
        created_at=raw.get("createdAt"),
        started_at=raw.get("startedAt"),
        # The container's end comes first; the rest of the task takes some seconds longer.
        stopped_at=raw.get("executionStoppedAt") or raw.get("stoppingAt") or raw.get("stoppedAt"),
    )
