"""Stopped tasks as the deployment's page keeps them: AWS forgets them within an hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecsportal.ecs.tasks import Container, Task
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.reasons import Evidence, reason_of, told
from ecsportal.steps.wording import iso

_MOST = 20
"""Tasks that are kept with all that is known of them; of further ones their number."""


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
    """Keep the task with the container to name, the cause's slug and the last lines.

    Where there are too many, the oldest goes, and one that died of the same thing counts it.
    """
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
    while len(shown) > _MOST:
        gone = shown.pop(0)
        reason = _reason(gone)
        like = next((row for row in shown if _reason(row) == reason), None)
        if like is not None:
            like["earlier"] = counted_in(like) - 1 + counted_in(gone)


def counted_in(row: Mapping[str, Any]) -> int:
    """How many tasks a kept one stands for: itself, and earlier ones that were let go."""
    return 1 + int(row.get("earlier") or 0)


def said_of(row: Mapping[str, Any]) -> Evidence:
    """Why a kept task ended, in AWS's own words."""
    name, text = f"{row['task']} ({row['revision']})", _words(row)
    line, at = f"Task {name}: {text}", str(row.get("stopped_at") or "")
    return told(text, line=line, noun="task", name=name, at=at, count=counted_in(row))


def _reason(row: Mapping[str, Any]) -> str:
    return reason_of(_words(row))


def _words(row: Mapping[str, Any]) -> str:
    words = f"{row['stop_code']}, {row['reason']}"
    if row["exit_code"] is not None:
        words += f"; container {row['container']} exit code {row['exit_code']}"
    if row["container_reason"] and str(row["container_reason"]) not in str(row["reason"]):
        words += f"; {row['container_reason']}"
    return words
