"""How long a step follows what it started: an input that several step types share."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from ecsportal.steps.fields import OptionalNumber, StepModel, one_of
from ecsportal.steps.findings import Findings, check_range


class Wait(StepModel):
    """How long the step follows what it started."""

    type: Annotated[str, one_of("until_completed", "with_timeout", "dont_wait")] = "until_completed"
    timeout_minutes: OptionalNumber = None


def deadline_of(wait: Wait, started_at: datetime) -> datetime | None:
    """When `with_timeout` has used up its minutes; None without a limit."""
    if wait.type != "with_timeout" or wait.timeout_minutes is None:
        return None
    try:
        return started_at + timedelta(minutes=int(wait.timeout_minutes))
    except OverflowError:
        return None  # later than any calendar goes


def check_wait(findings: Findings, wait: Wait) -> None:
    """A limit has its minutes, one at least."""
    if wait.type == "with_timeout" and wait.timeout_minutes is None:
        message = "State the minutes: without them the step waits without limit."
        findings.add("wait.timeout_minutes", "missing", message)
    check_range(findings, "wait.timeout_minutes", wait.timeout_minutes, 1, None, "minutes")
