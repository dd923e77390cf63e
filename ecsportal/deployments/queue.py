"""One deployment at a time per project and environment, the rest in the order of asking."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from ecsportal.deployments.compiled import Compiled, Given
from ecsportal.deployments.failed_targets import FailedRun, sentence_of
from ecsportal.deployments.leases import Lease
from ecsportal.deployments.models import (
    ACTIVE_STATES,
    RUN_FINAL_STATES,
    Deployment,
    InboxMessage,
    Level,
    RunState,
    State,
    StepRun,
    TargetRun,
)
from ecsportal.deployments.row_writes import update_rows
from ecsportal.deployments.serving import what_serves
from ecsportal.deployments.tasklog import Line
from ecsportal.deployments.turn_rows import waiting_messages
from ecsportal.web.moments import duration_words

HOLDS_UP = Q(state__in=ACTIVE_STATES, lets_pass=False) | Q(state=State.EXECUTING)
"""Beside these none may run; one that lets others pass counts again once it is answered."""


def ahead_of(deployment: Deployment) -> QuerySet[Deployment]:
    """What has to end before a queued deployment may start, the nearest first.

    Deployments that wait for their time (`not_before`) don't hold up those behind them.
    """
    if deployment.state != State.QUEUED:
        return holding_up(deployment)
    return _beside(deployment).filter(_is_ahead_of(deployment.pk))


def ahead_in(project_id: int, environment_id: int) -> QuerySet[Deployment]:
    """What one that is queued there now would wait for, the nearest first."""
    there = Deployment.objects.filter(project=project_id, environment=environment_id)
    return there.filter(_HOLDS_UP_LATER_ONES).select_related("release").order_by("-pk")


def nearest_ahead(queued: Sequence[Deployment]) -> dict[int, Deployment]:
    """Of each queued deployment, by its id, the first of `ahead_of`; in one query."""
    if not queued:
        return {}
    ahead = Deployment.objects.filter(
        _HOLDS_UP_LATER_ONES,
        project__in={each.project_id for each in queued},
        environment__in={each.environment_id for each in queued},
    )
    there: dict[tuple[int, int], list[Deployment]] = defaultdict(list)
    for other in ahead.select_related("release", "environment", "project").order_by("-pk"):
        there[other.project_id, other.environment_id].append(other)
    found = {}
    for each in queued:
        place = each.project_id, each.environment_id
        first = next((other for other in there[place] if _comes_first(other, each)), None)
        if first is not None:
            found[each.pk] = first
    return found


def _comes_first(other: Deployment, queued: Deployment) -> bool:
    """Among those that wait the older one does."""
    return other.pk < queued.pk or (other.state != State.QUEUED and other.pk != queued.pk)


_ITS_TIME_CAME = Q(not_before=None) | Q(not_before__lte=Now())
_HOLDS_UP_LATER_ONES = HOLDS_UP | Q(state=State.QUEUED) & _ITS_TIME_CAME


def _is_ahead_of(deployment_id: int | Given) -> Q:
    return HOLDS_UP | Q(state=State.QUEUED, pk__lt=deployment_id) & _ITS_TIME_CAME


def _select_ahead(pk: Given, project: Given, environment: Given) -> QuerySet[Deployment, Any]:
    beside = Deployment.objects.filter(project=project, environment=environment).exclude(pk=pk)
    return beside.filter(_is_ahead_of(pk)).values_list("pk")[:1]


_AHEAD: Compiled[Sequence[int]] = Compiled(_select_ahead)


def holding_up(deployment: Deployment) -> QuerySet[Deployment]:
    """What works in the environment now, so that one which let it pass can't go on."""
    return _beside(deployment).filter(state__in=ACTIVE_STATES, lets_pass=False)


def _beside(deployment: Deployment) -> QuerySet[Deployment]:
    return (
        Deployment.objects.filter(
            project_id=deployment.project_id, environment_id=deployment.environment_id
        )
        .exclude(pk=deployment.pk)
        .select_related("release", "environment", "project")
        .order_by("-pk")
    )


def begin(lease: Lease, deployment: Deployment) -> bool:
    """Start the deployment if nothing is ahead of it; the database allows only one to be active."""
    if _AHEAD.rows(deployment.pk, deployment.project_id, deployment.environment_id):
        return False
    now = timezone.now()
    asked = f", asked for by {deployment.created_by}" if deployment.created_by else ""
    lines = [
        Line(
            Level.HIGHLIGHT,
            f"Deploying {deployment.project.name} {deployment.release.version} "
            f"to {deployment.environment.name}{asked}.",
        )
    ]
    if deployment.comment:
        lines.append(Line(Level.INFO, f"Comment: {deployment.comment}"))
    try:
        with lease.commit(lines, state=State.EXECUTING, started_at=now):
            pass
    except IntegrityError:
        return False  # another one of the same project and environment was faster
    deployment.state, deployment.started_at = State.EXECUTING, now
    return True


def end(  # noqa: PLR0913 -- the facts of an end
    lease: Lease,
    deployment: Deployment,
    state: str,
    line: Line,
    *,
    error: dict[str, object] | None = None,
    by: InboxMessage | None = None,
    before: Sequence[Line] = (),
    superseded_by: Deployment | None = None,
    ended: Sequence[StepRun] | None = None,
) -> None:
    """Write the last line and the final state together: after it no line can follow.

    `error` is why, where no step says it; `by` the message that led to it; `before` are lines that
    come before the last. Steps and targets that hadn't ended are cancelled; where all have, `ended`
    are the steps whose end isn't stored yet.
    """
    now = timezone.now()
    if error is None and state != State.SUCCEEDED:
        error = _first_error(deployment)
    with lease.commit(
        state=state,
        finished_at=now,
        due_at=None,
        question=None,
        error=error,
        warnings=deployment.warnings,
        superseded_by=superseded_by,
        lease_until=None,
    ):
        late = _too_late(deployment, by, now)
        lease.write([*before, *late, line])
        if ended is None:
            _cancel_unfinished(deployment, now)
        else:
            save_ends(ended)
        # The next in the queue may go on at once.
        wake_waiting(deployment, now)
    deployment.state, deployment.finished_at = state, now


def save_ends(steps: Sequence[StepRun]) -> None:
    """Store how these steps ended, within a lease's commit."""
    update_rows(["state", "warnings", "finished_at"], steps)


def wake_waiting(deployment: Deployment, now: datetime) -> None:
    """Let the deployments that wait for this one look again at once."""
    waiting = _WAITING.rows(deployment.project_id, deployment.environment_id)
    if waiting:
        Deployment.objects.filter(pk__in=[row[0] for row in waiting]).update(due_at=now)


def _select_waiting(project: Given, environment: Given) -> QuerySet[Deployment, Any]:
    waiting = Deployment.objects.filter(
        Q(state=State.QUEUED) | Q(state=State.EXECUTING, lets_pass=True),
        project=project,
        environment=environment,
    )
    return waiting.order_by("pk").values_list("pk")


_WAITING: Compiled[Sequence[int]] = Compiled(_select_waiting)


def _too_late(deployment: Deployment, by: InboxMessage | None, now: datetime) -> list[Line]:
    """Take the messages that nobody will act on any more; whoever asked to cancel is told so.

    They can't be missed: from this commit on the services refuse them.
    """
    messages = waiting_messages(deployment)
    if messages:
        deployment.inbox.filter(taken_at=None).update(taken_at=now)
    return [
        Line(Level.WARNING, f"{message.created_by} asked to cancel, but all had ended already.")
        for message in messages
        if message.kind == InboxMessage.Kind.CANCEL and by is None
    ]


def _cancel_unfinished(deployment: Deployment, now: datetime) -> None:
    unfinished = ~Q(state__in=RUN_FINAL_STATES)
    StepRun.objects.filter(unfinished, deployment=deployment).update(
        state=RunState.CANCELLED, finished_at=now
    )
    TargetRun.objects.filter(unfinished, step_run__deployment=deployment).update(
        state=RunState.CANCELLED, due_at=None, question=None, finished_at=now
    )


def left_running(run: TargetRun) -> str:
    """What stays behind where nobody waits for a run's end any more."""
    stack = run.resources.get("stack") or {}
    if stack.get("status"):
        return (
            f"Nobody waits any more. Stack {stack['name']} was in {stack['status']} when it was "
            "last seen; what CloudFormation has begun goes on."
        )
    if run.intent:
        operation = run.intent["operation"]
        return f"Nobody waits any more. Whether AWS got the call ({operation}) isn't known."
    return "Nobody waits any more. What this step has begun goes on."


def last_line(deployment: Deployment, steps: list[StepRun], state: str) -> Line:
    """The sentence that ends the log; `steps` have their targets prefetched."""
    took = duration_words(_seconds_since(deployment.started_at))
    what = f"{deployment.release.version} to {deployment.environment.name}"
    runs = [run for step in steps for run in step.targets.all()]
    if state == State.SUCCEEDED and any(run.set_aside for run in runs):
        said = f"Ended deploying {what} after {took}: what failed on the way was set aside."
        return Line(Level.WARNING, said)
    if state == State.SUCCEEDED and any(run.unverified for run in runs):
        said = f"Deploying {what}: AWS has accepted it after {took}, and nobody waits for its end."
        return Line(Level.HIGHLIGHT, said)
    if state == State.SUCCEEDED:
        warned = " There were warnings." if deployment.warnings else ""
        return Line(Level.HIGHLIGHT, f"Deployed {what} in {took}.{warned}")
    if state == State.CANCELLED:
        return Line(Level.WARNING, f"Cancelled deploying {what} after {took}.")
    failed = next((step.name for step in steps if step.state == RunState.FAILED), "a step")
    return Line(Level.FATAL, f"Deploying {what} failed at {failed} after {took}.")


def _seconds_since(started: datetime | None) -> float:
    return (timezone.now() - started).total_seconds() if started else 0


def _first_error(deployment: Deployment) -> dict[str, object] | None:
    """The first failure that counts, and what serves after it, as the page's card tells that.

    Told without the card: of several targets its sentence says how many failed, before the cause,
    which a cell may have to cut.
    """
    steps = list(deployment.steps.prefetch_related("targets").order_by("position"))
    runs = [
        (step, run)
        for step in steps
        for run in sorted(step.targets.all(), key=lambda target: target.pk)
    ]
    failed = [(step, run) for step, run in runs if run.error is not None and not run.set_aside]
    if not failed:
        return None
    step, run = failed[0]
    error = {**(run.error or {}), "step": step.slug, "target": run.target_slug}
    error["still_serving"] = what_serves(steps, run)
    targets = {run.target_slug for _, run in runs if run.target_slug}
    said = [
        FailedRun(step.slug, run.target_slug, run.target_name, str((run.error or {})["message"]))
        for step, run in failed
    ]
    error["message"] = sentence_of(said, targets=len(targets))
    return error
