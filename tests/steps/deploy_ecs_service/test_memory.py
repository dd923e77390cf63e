"""What the runner remembers between two polls."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from ecsportal.steps.deploy_ecs_service.memory import Memory, seconds_since

NOW = datetime(2026, 11, 23, 14, 34, tzinfo=UTC)


def test_it_survives_as_json_without_its_defaults() -> None:
    memory = Memory(phase="follow", operation="update", before_rollouts=["ecs-svc/1"])
    stored = json.loads(json.dumps(memory.dump()))
    assert stored == {
        "phase": "follow",
        "operation": "update",
        "before_rollouts": ["ecs-svc/1"],
    }
    assert Memory.load(stored) == memory


def test_keys_of_the_engine_are_handed_back() -> None:
    assert Memory.load({"phase": "look", "_questions": 2}).dump() == {
        "phase": "look",
        "_questions": 2,
    }


def test_what_is_known_is_bounded() -> None:
    memory = Memory()
    memory.know_events([f"event-{number}" for number in range(500)])
    memory.know_tasks([f"task-{number}" for number in range(500)])
    assert memory.known_events[-1] == "event-499"
    assert len(memory.known_events) < 100
    assert len(memory.known_tasks) <= 200


def test_a_warning_is_given_once() -> None:
    memory = Memory()
    assert [memory.warn_once("ecs"), memory.warn_once("ecs")] == [True, False]


def test_time_that_went_back_counts_as_none() -> None:
    assert seconds_since("2026-11-23T14:33:00+00:00", NOW) == 60
    assert seconds_since("2026-11-23T14:35:00+00:00", NOW) == 0
    assert seconds_since("", NOW) == 0
