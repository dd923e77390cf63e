"""How long a step follows what it started: an input that several step types share."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from ecsportal.steps.fields import OptionalNumber, StepModel, one_of


class Wait(StepModel):
    """How long the step follows what it started."""

    type: Annotated[str, one_of("until_completed", "with_timeout", "dont_wait")] = "until_completed"
    timeout_minutes: OptionalNumber = None


def deadline_of(wait: Wait, started_at: datetime) -> datetime | None:
    """When `with_timeout` has used up its minutes; None without a limit."""
    if wait.type != "with_timeout" or wait.timeout_minutes is None:
        return None
    return started_at + timedelta(minutes=int(wait.timeout_minutes))
