"""Stopped tasks as the deployment's page keeps them: AWS forgets them within an hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecsportal.ecs.tasks import Container, Task
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.wording import iso

_MOST = 20


def keep_stopped_task(  # noqa: PLR0913 -- each is one thing that the page shows
    resources: JsonDict,
    task: Task,
    culprit: Container | None,
    *,
    cause: str,
    log: Sequence[str],
    console_url: str = "",
    log_url: str = "",
) -> None:
    """Keep the task with the container to name, the cause's slug and the last lines."""
    shown: list[JsonDict] = resources.setdefault("failed_tasks", [])
    shown.append(
        {
            "task": task.short_id,
            "arn": task.arn,
            "revision": task.revision,
            "container": culprit.name if culprit else "",
            "exit_code": culprit.exit_code if culprit else None,
            "container_reason": culprit.reason if culprit else "",
            "stop_code": task.stop_code,
            "reason": task.stop_reason,
            "lived_seconds": task.lived_seconds,
            "stopped_at": iso(task.stopped_at),
            "cause": cause,
            "log": list(log),
            "console_url": console_url,
            "log_url": log_url,
        }
    )
    del shown[:-_MOST]


def line_of(row: Mapping[str, Any]) -> str:
    """A kept task in one line, in AWS's own words."""
    line = f"Task {row['task']} ({row['revision']}): {row['stop_code']}, {row['reason']}"
    if row["exit_code"] is not None:
        line += f"; container {row['container']} exit code {row['exit_code']}"
    if row["container_reason"] and str(row["container_reason"]) not in str(row["reason"]):
        line += f"; {row['container_reason']}"
    return line
