"""What the deployment's page shows of the tasks while they run, and how they ended."""

from __future__ import annotations

from collections.abc import Iterable

from ecsportal.ecs.tasks import Task
from ecsportal.steps.console import task_url
from ecsportal.steps.run_ecs_task.attempt import TaskAttempt
from ecsportal.steps.run_ecs_task.ending import exit_code


def show_tasks(attempt: TaskAttempt, tasks: Iterable[Task]) -> None:
    """Each task with its state, and the exit code of the container that counts."""
    attempt.run.resources["tasks"] = [
        {
            "task": task.short_id,
            "revision": task.revision,
            "container": attempt.memory.container,
            "state": task.status.capitalize(),
            "exit_code": exit_code(attempt, task),
            "console_url": task_url(attempt.run.target.region, attempt.cluster, task.id),
        }
        for task in tasks
    ]
