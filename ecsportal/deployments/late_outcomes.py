"""What became of that which nobody waited for: looked up later, told as a badge.

A step that doesn't wait ends with AWS's acceptance. The sweep then asks the step's runner, or the
stack's events by the tokens of the run, how it ended; a failure is kept with the deployment, whose
state and log stay as they ended. So is that nobody has seen the end, once the sweep stops looking.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import F
from django.utils import timezone

from ecsportal.aws.causes import Naming
from ecsportal.aws.errors import AwsError
from ecsportal.aws.sessions import client
from ecsportal.cloudformation.events import StackEvent, new_events, of_operation
from ecsportal.cloudformation.states import state_of
from ecsportal.deployments.failed_targets import FailedRun, sentence_of
from ecsportal.deployments.late_verdicts import Unseen, joined_verdict
from ecsportal.deployments.models import FINAL_STATES, Deployment, RunState, TargetRun
from ecsportal.deployments.run_context import ContextBuilder, NotRunnableError
from ecsportal.infrastructure.accounts import aws_credentials
from ecsportal.steps.catalogue import UnknownStepTypeError
from ecsportal.steps.catalogue import get as get_step_type
from ecsportal.steps.contract import (
    TOKEN_PREFIX,
    Failed,
    LooksLater,
    Replaced,
    StepError,
    Waiting,
)
from ecsportal.steps.reasons import Evidence, folded, kept, of_place
from ecsportal.steps.stack_operation.follow import DELETIONS
from ecsportal.steps.stack_operation.later import deleted_meanwhile, why_it_failed

log = structlog.get_logger(__name__)
RUNS_PER_SWEEP = 50
GIVE_UP_AFTER = timedelta(hours=24)
SHOWN_WITHIN = timedelta(minutes=10)
"""By then CloudFormation shows an operation's events."""

LateError = dict[str, Any]
Silent = dict[tuple[int, str], str]
"""Accounts and regions that gave no answer in this sweep, and what they said instead."""


def look_up_late_outcomes() -> int:
    """Look up outcomes that are still open, those looked for longest ago first; how many ended.

    So that some whose account no longer answers keep no other from its turn, whatever their number.
    """
    open_runs = TargetRun.objects.filter(
        unverified=True,
        state=RunState.SUCCEEDED,
        step_run__deployment__state__in=FINAL_STATES,
    ).select_related("step_run__deployment", "target__account")
    by_turn = open_runs.order_by(F("late_look_at").asc(nulls_first=True), "finished_at")
    runs = list(by_turn[:RUNS_PER_SWEEP])
    TargetRun.objects.filter(pk__in=[run.pk for run in runs]).update(late_look_at=timezone.now())
    silent: Silent = {}
    return sum(_is_closed(run, silent) for run in runs)


def _is_closed(run: TargetRun, silent: Silent) -> bool:
    """Look, and close the run once its outcome is settled: True then.

    After a day the look is the last one, and how things stood at it is what stays known.
    """
    if run.target is None:
        return _close(run, said=Unseen("The target was deleted before the outcome was seen"))
    still_open = _look(run, (run.target.account_id, run.target.region), silent)
    is_last = run.finished_at and run.finished_at < timezone.now() - GIVE_UP_AFTER
    if still_open and is_last:
        masked = ContextBuilder(run.step_run.deployment).masker.mask_json(still_open)
        _close(run, said=Unseen(f"The portal stopped looking after 24 hours; {masked}"))
    return bool(is_last) or not still_open


def _look(run: TargetRun, place: tuple[int, str], silent: Silent) -> str:
    """One look, unless this sweep got no answer there before; how it stands, empty once closed."""
    if place in silent:
        return silent[place]
    try:
        runner = _own_look(run)
        return _ask_runner(run, runner) if runner else _ask_stack(run)
    except AwsError as error:
        unanswered = f"the last look wasn't answered: {error.message.rstrip('.')}"
        if error.is_of_the_place:
            silent[place] = unanswered
        log.info("late_outcome_unknown", run=run.pk, error=str(error))
        return unanswered
    except NotRunnableError as error:
        log.info("late_outcome_unknown", run=run.pk, error=str(error))
        return f"at the last look it couldn't be looked up: {str(error).rstrip('.')}"
    except (DatabaseError, InterfaceError):
        raise
    except Exception:  # one run's oddity must not keep the others from their turn
        log.exception("late_outcome_broke", run=run.pk)
        return "the last look broke off, as the portal's own log tells"


def _own_look(run: TargetRun) -> LooksLater | None:
    """The runner that looks by itself; None where the stack is asked."""
    try:
        runner = get_step_type(run.step_run.type).runner
    except UnknownStepTypeError:
        return None
    return runner if isinstance(runner, LooksLater) else None


def _ask_runner(run: TargetRun, runner: LooksLater) -> str:
    """Let the runner look; what it learned is kept for its next look and for the page.

    Returns how it stands while it goes on, in words; empty once the run is closed.
    """
    contexts = ContextBuilder(run.step_run.deployment)
    context = contexts.build(run.step_run, run, intent_is_new=False)
    progress = runner.outcome(context, dict(run.runner_state))
    learned = {"resources": contexts.masker.mask_json(context.resources)}
    if isinstance(progress, Waiting):
        learned["runner_state"] = progress.state
    TargetRun.objects.filter(pk=run.pk, unverified=True).update(**learned)
    if isinstance(progress, Waiting):
        return "it was still going on"
    if isinstance(progress, Failed):
        where = f"{_who(run)} didn't wait, and its service failed later."
        _close(run, _late_error(run, progress.error, where, at=timezone.now().isoformat()))
    else:
        _close(run, said=progress if isinstance(progress, Replaced) else None)
    return ""


def _ask_stack(run: TargetRun) -> str:
    """Look at the events of the run's newest operation; the same words as `_ask_runner`."""
    stack = run.stack_id or run.stack_name
    if run.target is None or not stack:
        _close(run, said=Unseen("There is no stack by which the outcome could be looked up"))
        return ""
    cloudformation = client("cloudformation", aws_credentials(run.target.account), run.region)
    # Of the newest operation alone: a rollback that was continued before the update ended too.
    prefix = f"{TOKEN_PREFIX}{run.step_run_id}-{run.pk}-{run.attempt}-{run.announced}"
    told = new_events(cloudformation, stack, known=())
    # Some emulators give their events no token: then those since the run began count.
    events = of_operation(told, prefix) or [
        e for e in told if not e.token and run.started_at and e.at >= run.started_at
    ]
    own = [event for event in events if event.is_own]
    if not own:
        return _without_events(run)
    end = own[-1]
    state = state_of(end.status)
    _show_status(run, end.status, is_over=state.ended)
    if not state.ended:
        return f"stack {_named(run)} was still in {end.status}"
    if end.status == "DELETE_COMPLETE" and run.announced not in DELETIONS:
        _close(run, _of_stack(run, end, deleted_meanwhile(_named(run))))
        return ""
    if state.good:
        _close(run)
        return ""
    error = why_it_failed(
        cloudformation,
        _named(run),
        _up_to(events, end),
        token_prefix=prefix,
        naming=Naming(cluster=run.target.cluster, region=run.target.region),
    )
    _close(run, _of_stack(run, end, error))
    return ""


def _without_events(run: TargetRun) -> str:
    """They come late now and then; a stack that shows none by then was deleted, or never begun."""
    if run.finished_at and run.finished_at > timezone.now() - SHOWN_WITHIN:
        return "CloudFormation had shown nothing of it"
    named = _named(run)
    _close(run, said=Unseen(f"CloudFormation shows nothing of this operation on stack {named}"))
    return ""


def _show_status(run: TargetRun, status: str, *, is_over: bool) -> None:
    """Let the page's resources say how the stack stands, as far as the run has shown it."""
    stack = run.resources.get("stack")
    if stack and stack["status"] != status:
        stack.update(status=status, **({"note": ""} if is_over else {}))
        TargetRun.objects.filter(pk=run.pk).update(resources=run.resources)


def _up_to(events: list[StackEvent], end: StackEvent) -> list[StackEvent]:
    return events[: events.index(end) + 1]


def _of_stack(run: TargetRun, end: StackEvent, error: StepError) -> LateError:
    named = _named(run)
    where = f"{_who(run)} didn't wait, and its stack failed later: {named} is in {end.status}."
    return _late_error(run, error, where, at=end.at.isoformat())


def _named(run: TargetRun) -> str:
    """The stack's name; a step that makes none of its own has it among its outputs."""
    return run.stack_name or run.outputs.get("CloudFormationStackName") or run.stack_id


def _who(run: TargetRun) -> str:
    return run.step_run.name + (f" on {run.target_name}" if run.target_name else "")


def _late_error(run: TargetRun, error: StepError, where: str, *, at: str) -> LateError:
    """The failure as the deployment keeps it; on several targets its evidence says on which."""
    several = run.step_run.targets.count() > 1
    said = of_place(error.evidence, run.target_name) if several else error.evidence
    told = {**asdict(replace(error, evidence=said)), "where": where, "at": at}
    if several and error.still_serving:
        told["still_serving"] = f"On {run.target_name}: {error.still_serving}"
    place = {"step": run.step_run.slug, "target": run.target_slug}
    said_there = {**place, "name": run.target_name, "message": error.message}
    told.update(place, places=[said_there])
    masked: LateError = ContextBuilder(run.step_run.deployment).masker.mask_json(told)
    return masked


def _close(
    run: TargetRun, error: LateError | None = None, *, said: Replaced | Unseen | None = None
) -> bool:
    """Nothing is looked up any more; a verdict joins what became known before it."""
    with transaction.atomic():
        mine = TargetRun.objects.filter(pk=run.pk, unverified=True).update(unverified=False)
        if mine and (error or said):
            deployments = Deployment.objects.filter(pk=run.step_run.deployment_id)
            # SQLite knows no such lock; there the write above holds the whole database.
            before = deployments.select_for_update().get()
            known: dict[str, Any] = {}
            if error:
                late = before.late_error
                targets = _number_of_targets(before)
                joined = _joined(late, error, targets=targets) if late else error
                known = {"late_error": joined, "warnings": True}
            if said:
                known["late_verdict"] = joined_verdict(before.late_verdict, run, said)
            deployments.update(change_number=F("change_number") + 1, **known)
    return bool(mine)


def _number_of_targets(deployment: Deployment) -> int:
    runs = TargetRun.objects.filter(step_run__deployment=deployment).exclude(target_slug="")
    return runs.order_by().values("target_slug").distinct().count()


def _joined(before: LateError, error: LateError, *, targets: int) -> LateError:
    """The first failure, with where the next one was, and equal reasons of both told once.

    Its sentence says how many of the targets failed, as that of an ordinary failure does.
    """
    said: tuple[Evidence, ...] = folded([*kept(before), *kept(error)])
    places = [*before.get("places", ()), *error["places"]]
    failed = [
        # Older versions kept a place without what was said there.
        FailedRun(
            place["step"],
            place["target"],
            place.get("name", ""),
            place.get("message", before["message"]),
        )
        for place in places
    ]
    known = {run.cause for run in failed[:-1]}
    another = "" if failed[-1].cause in known else f" {failed[-1].message}"
    return {
        **before,
        "message": sentence_of(failed, targets=targets),
        "where": f"{before['where']} {error['where']}{another}".strip(),
        "places": places,
        "details": [piece.line for piece in said],
        "evidence": [asdict(piece) for piece in said],
    }
