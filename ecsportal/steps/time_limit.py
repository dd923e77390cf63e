"""The end of a step that has used up its time: the sentence names what it was waiting for."""

from __future__ import annotations

from datetime import timedelta

from ecsportal.aws.causes import Cause
from ecsportal.steps.contract import RunContext
from ecsportal.steps.wording import counted

_ADVICE = (
    "Find out from the log and AWS's words below what held it up. Give the step more time if it "
    "was only slow, then retry."
)


def time_is_up(run: RunContext, given: timedelta, waited_for: str, advice: str = "") -> Cause:
    """The cause; `waited_for` is what the step waited for last, and how that was last seen."""
    step = f"Step {run.step_name}" if run.step_name else "The step"
    where = f" on {run.target.name}" if run.target.name else ""
    minutes = int(given.total_seconds() // 60)
    return Cause(
        "timeout",
        f"{step} used up its {minutes} min{where}, waiting for {waited_for}.",
        advice or _ADVICE,
        heals=False,
    )


def seen_stack(status: str) -> str:
    """`its stack, last seen in UPDATE_IN_PROGRESS`; its name, often long, is told beside it."""
    return f"its stack, last seen in {status}" if status else "its stack, not seen yet"


def seen_tasks(run: RunContext, revision: str) -> str:
    """`1 of 4 tasks of web:3 running`, as the service was last seen; empty where it wasn't."""
    for service in run.resources.get("services") or ():
        for row in service["revisions"]:
            if row["revision"] == revision and not service["gone"]:
                tasks = counted(row["desired"], "task")
                return f"{row['running']} of {tasks} of {revision} running"
    return ""
