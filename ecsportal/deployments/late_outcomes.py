"""What became of stacks that nobody waited for: looked up later, told as a badge.

A step that doesn't wait ends with AWS's acceptance. The sweep looks for the operation's end in the
stack's events, by the tokens of the run; a failure is kept with the deployment, whose state and log
stay as they ended.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ecsportal.aws.causes import Naming
from ecsportal.aws.errors import AwsError
from ecsportal.aws.sessions import client
from ecsportal.cloudformation.events import StackEvent, first_cause, new_events
from ecsportal.cloudformation.states import state_of
from ecsportal.deployments.models import FINAL_STATES, Deployment, RunState, TargetRun
from ecsportal.infrastructure.accounts import aws_credentials
from ecsportal.steps.causes import cause_of_reason
from ecsportal.steps.contract import TOKEN_PREFIX

log = structlog.get_logger(__name__)
RUNS_PER_SWEEP = 50
GIVE_UP_AFTER = timedelta(hours=24)
SHOWN_WITHIN = timedelta(minutes=10)
"""Events come late now and then; an operation that shows none by then was of another tool."""


def look_up_late_outcomes() -> int:
    """Look up the outcomes that are still open, the oldest first; how many were found."""
    runs = TargetRun.objects.filter(
        unverified=True,
        state=RunState.SUCCEEDED,
        step_run__deployment__state__in=FINAL_STATES,
    ).select_related("step_run__deployment", "target__account")
    return sum(_look(run) for run in runs.order_by("finished_at")[:RUNS_PER_SWEEP])


def _look(run: TargetRun) -> bool:
    stack = run.stack_id or run.stack_name
    too_old = run.finished_at and run.finished_at < timezone.now() - GIVE_UP_AFTER
    if run.target is None or not stack or too_old:
        return _close(run, None)
    try:
        cloudformation = client(
            "cloudformation", aws_credentials(run.target.account), run.target.region
        )
        # Of the newest operation alone: a rollback that was continued before the update ended too.
        prefix = f"{TOKEN_PREFIX}{run.step_run_id}-{run.pk}-{run.attempt}-{run.announced}"
        events = new_events(cloudformation, stack, known=(), token_prefix=prefix)
    except AwsError as error:
        log.info("late_outcome_unknown", stack=stack, error=str(error))
        return False
    # Some emulators give their events no token: then those since the run began count.
    events = [e for e in events if e.token or (run.started_at and e.at >= run.started_at)]
    own = [event for event in events if event.is_own]
    if own and not state_of(own[-1].status).ended:
        return False
    if not own and run.finished_at and run.finished_at > timezone.now() - SHOWN_WITHIN:
        return False
    failed = bool(own) and not state_of(own[-1].status).good
    return _close(run, _error(run, own[-1], first_cause(events)) if failed else None)


def _error(run: TargetRun, end: StackEvent, cause: StackEvent | None) -> dict[str, Any]:
    why = (cause.reason if cause else "") or end.reason
    named = run.stack_name or run.stack_id
    where = f" on {run.target_name}" if run.target_name else ""
    known = cause_of_reason(why, Naming(resource=cause.logical_id)) if cause and why else None
    later = f"{run.step_run.name}{where} didn't wait, and its stack failed later: "
    state = f"{named} is in {end.status}."
    back = end.status == "UPDATE_ROLLBACK_COMPLETE"
    return {
        "code": "ECS-DEPLOY-FAILED",
        "message": known.sentence if known else f"{later}{state}",
        "where": f"{later}{state}" if known else "",
        "cause": known.slug if known else "",
        "details": [f"{cause.logical_id}: {why}"] if cause and why else [why] if why else [],
        "still_serving": "What ran before serves again." if back else "",
        "advice": "Correct the cause and deploy again.",
        "step": run.step_run.slug,
        "target": run.target_slug,
        "at": end.at.isoformat(),
    }


def _close(run: TargetRun, error: dict[str, Any] | None) -> bool:
    with transaction.atomic():
        mine = TargetRun.objects.filter(pk=run.pk, unverified=True).update(unverified=False)
        if mine and error:
            deployments = Deployment.objects.filter(pk=run.step_run.deployment_id)
            deployments.filter(late_error__isnull=True).update(late_error=error)
            deployments.update(warnings=True, change_number=F("change_number") + 1)
    return bool(mine)
