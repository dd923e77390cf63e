"""What the runner remembers between two polls."""

from __future__ import annotations

import json

from ecsportal.steps.deploy_ecs_service.memory import Memory


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
