"""How ECS's own sentences read in the log."""

from __future__ import annotations

import pytest

from ecsportal.steps.service_rollout.wording import service_event

TASKS = "eaa38d50ba6190d787da050a28a09f15", "88d27f14ba6190d787da050a28a09f15"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("has reached a steady state.", "has reached a steady state"),
        (f"has started 1 tasks: (task {TASKS[0]}).", "has started 1 task: eaa38d50"),
        (
            f"has started 2 tasks: (task {TASKS[0]}) (task {TASKS[1]}).",
            "has started 2 tasks: eaa38d50, 88d27f14",
        ),
        (f"has stopped 1 tasks: (task {TASKS[0]}).", "has stopped 1 task: eaa38d50"),
        (
            f"(task {TASKS[0]}) failed container health checks.",
            "task eaa38d50 failed container health checks",
        ),
        ("registered 1 targets in (arn:x)", "registered 1 target in (arn:x)"),
    ],
)
def test_service_events_are_shown_with_short_task_ids(text: str, shown: str) -> None:
    assert service_event(text) == shown
