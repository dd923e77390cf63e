"""Tasks: which stops are failures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ecsportal.ecs.tasks import Task, task_from

AT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "reason", "failed"),
    [
        ("", "", False),
        ("EssentialContainerExited", "Essential container in task exited", True),
        ("TaskFailedToStart", "CannotPullContainerError: x", True),
        ("ServiceSchedulerInitiated", "Task failed ELB health checks in (target-group x)", True),
        (
            "ServiceSchedulerInitiated",
            "Scaling activity initiated by (deployment ecs-svc/1)",
            False,
        ),
        ("UserInitiated", "Task stopped by user", False),
        ("SpotInterruption", "Your Spot Task was interrupted.", False),
    ],
)
def test_only_unwell_tasks_are_failures(code: str, reason: str, failed: bool) -> None:
    task = Task("arn:x/1", "STOPPED", "td/web:1", stop_code=code, stop_reason=reason)
    assert task.failed is failed


def test_an_answer_of_ecs_is_read_in_our_words() -> None:
    task = task_from(
        {
            "taskArn": "arn:aws:ecs:eu-west-1:1:task/main/3f9a61c0b7d54e1f",
            "taskDefinitionArn": "arn:aws:ecs:eu-west-1:1:task-definition/web:58",
            "lastStatus": "STOPPED",
            "startedBy": "ecs-svc/2",
            "startedAt": AT,
            "stoppedAt": AT + timedelta(seconds=4.4),
            "containers": [{"name": "web", "exitCode": 0}],
        }
    )
    assert (task.short_id, task.revision, task.lived_seconds) == ("3f9a61c0", "web:58", 4)
    assert task.containers[0].exit_code == 0


def test_a_task_that_never_ran_has_no_lifetime() -> None:
    assert Task("arn:x/1", "STOPPED", "td/web:1", stopped_at=AT).lived_seconds is None
