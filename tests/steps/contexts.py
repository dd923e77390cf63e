"""Run contexts for runners that need no AWS."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ecsportal.steps.contract import NO_AWS, NO_TARGET, DeploymentFacts, JsonDict, RunContext
from tests.steps.driven_run import Lines

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def context(inputs: JsonDict, **changes: Any) -> RunContext:
    """What the engine hands over for one call; the log is a `Lines`."""
    given: dict[str, Any] = {
        "inputs": inputs,
        "version": 1,
        "images": {},
        "target": NO_TARGET,
        "deployment": DeploymentFacts(
            id="90",
            name="Deploy to Production",
            project_id="web-shop",
            project_name="Web shop",
            environment_id="production",
            environment_name="Production",
            release_version="1.4.2",
            channel_name="default",
            step_id="a-step",
            step_name="A step",
        ),
        "aws": NO_AWS,
        "log": Lines(),
        "now": NOON,
        "started_at": NOON,
        "token_base": "run-90",
    }
    return RunContext(**(given | changes))
