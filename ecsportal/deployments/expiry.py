"""Why a deployment gave up before it started: what it waited for, and how that stood.

It is written once, as it ends: the deployment ahead goes on, and would say something else later.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from ecsportal.deployments import queue, sentences
from ecsportal.deployments.models import (
    ACTIVE_STATES,
    RUN_FINAL_STATES,
    Deployment,
    RunState,
    State,
    TargetRun,
)
from ecsportal.web.moments import day_words

CODE = "DEPLOYMENT-EXPIRED"
_STANDS = {
    State.QUEUED: "was queued itself",
    State.EXECUTING: "was between two steps",
    State.WAITING: "waited for a person",
    State.CANCELLING: "was being cancelled",
}
"""How the deployment ahead stood, where no step of it is at work."""
_MOST_NAMED = 3


def expired_error(deployment: Deployment) -> dict[str, Any]:
    """The error of a queued deployment whose time to start has passed."""
    ahead = list(queue.ahead_of(deployment))
    if not ahead:
        return _error(
            f"{_expired(deployment)}. Nothing was ahead of it: no worker took it up in time.",
            "Ask /readyz whether a worker runs, then retry.",
            waited_for=None,
        )
    # One that works holds up all the others, wherever it stands among them.
    first = next((row for row in ahead if row.state in ACTIVE_STATES), ahead[0])
    others = len(ahead) - 1
    beside = f" {others} more {'was' if others == 1 else 'were'} ahead of it." if others else ""
    return _error(
        f"{_expired(deployment)}: it waited for {sentences.named(first)}, which {_stood(first)}."
        f"{beside}",
        f"See how deployment {first.pk} goes on; wait for its end or cancel it. Then retry: "
        "a retry waits without a time to give up.",
        waited_for=first.pk,
    )


def _error(message: str, advice: str, *, waited_for: int | None) -> dict[str, Any]:
    return {
        "code": CODE,
        "message": message,
        "advice": advice,
        "cause": "expired",
        "still_serving": "",
        "details": [],
        "waited_for": waited_for,
        "step": "",
        "target": "",
    }


def _expired(deployment: Deployment) -> str:
    at = timezone.localtime(deployment.expires_at)
    day = "" if at.date() == timezone.localdate() else f" on {day_words(at, timezone.now())}"
    return f"Not started before it expired at {at:%H:%M}{day}"


def _stood(ahead: Deployment) -> str:
    """`was at step Deploy web on prod-a: its stack was in UPDATE_IN_PROGRESS`."""
    runs = list(
        TargetRun.objects.filter(step_run__deployment=ahead)
        .exclude(state__in=(RunState.PENDING, *RUN_FINAL_STATES))
        .select_related("step_run")
        .order_by("step_run__position", "pk")
    )
    if not runs:
        return _STANDS[State(ahead.state)]
    places = dict.fromkeys(_place(run) for run in runs)
    named = list(places)[:_MOST_NAMED]
    left_out = len(places) - len(named)
    more = f" and {left_out} more" if left_out else ""
    verb = "waited for a person" if ahead.state == State.WAITING else "was"
    cancelled = ", being cancelled" if ahead.state == State.CANCELLING else ""
    return f"{verb} at {', '.join(named)}{more}{cancelled}{_last_known(runs)}"


def _place(run: TargetRun) -> str:
    return f"step {run.step_run.name}" + (f" on {run.target_name}" if run.target_name else "")


def _last_known(runs: Iterable[TargetRun]) -> str:
    """The first stack that is followed, as it was last seen; empty where none is."""
    stacks = (run.resources.get("stack") or {} for run in runs)
    seen = next((stack for stack in stacks if stack.get("status")), None)
    return f": its stack was in {seen['status']}" if seen else ""
