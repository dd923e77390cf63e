"""What people can ask of deployments. States and log lines are written by the engine alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from ecsportal.audit.record import record
from ecsportal.deployments.guided_failure import is_guided
from ecsportal.deployments.models import (
    Deployment,
    InboxMessage,
    State,
    TargetRun,
)
from ecsportal.deployments.new_runs import add_runs
from ecsportal.deployments.nudges import nudge_on_commit
from ecsportal.deployments.plan import PlannedStep, plan_steps
from ecsportal.deployments.prompts import AskedValue, asked_values, stored_values, told_values
from ecsportal.deployments.questions import check_answer, who_may_answer
from ecsportal.deployments.refusals import refusals, wrong_times, wrong_values
from ecsportal.deployments.retrying import kept_runs, nothing_left, refuse_retry, wholly_kept
from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.people.models import User
from ecsportal.problems import Conflict, NotAllowed, ValidationProblem
from ecsportal.releases.models import Release


def plan_release(
    release: Release,
    environment: Environment,
    *,
    skip_steps: Iterable[str] = (),
    only_targets: Iterable[str] = (),
) -> list[PlannedStep]:
    """What the release would run in the environment, step by step."""
    targets = DeploymentTarget.objects.filter(environments=environment).select_related("account")
    return plan_steps(
        release.process.steps,
        environment_slug=environment.slug,
        environment_name=environment.name,
        channel_slug=release.channel.slug,
        targets=list(targets.order_by("slug")),
        skip_steps=skip_steps,
        only_targets=only_targets,
    )


def queue_deployment(  # noqa: PLR0913 -- each is one thing that the deploy page asks
    release: Release,
    *,
    environment: Environment,
    by: User | None,
    skip_steps: Iterable[str] = (),
    targets: Iterable[str] = (),
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
    comment: str = "",
    variables: Mapping[str, str] | None = None,
    guided_failure: bool | None = None,
    retry_of: Deployment | None = None,
    kept: Sequence[TargetRun] = (),
    request_token: str | None = None,
) -> Deployment:
    """Queue the release for the environment; the engine starts it when its turn comes.

    `variables` are prompted values by name; of a retry those of the first deployment stay, and its
    runs in `kept` are left out. `guided_failure` None means as project and environment say. The
    same `request_token` again (a double click) returns the deployment that it made the first time.
    Raises ValidationProblem where the release cannot run there as it is.
    """
    known = _made_with(request_token)
    if known:
        return known
    skip, only = list(skip_steps), list(targets)
    planned = plan_release(release, environment, skip_steps=skip, only_targets=only)
    asked = asked_values(release, environment, planned)
    done = {run.step_run.slug for run in kept}
    refused = [
        *refusals(release, planned, skip_steps=[slug for slug in skip if slug not in done]),
        *wrong_values(release, asked, variables, retry_of),
        *wrong_times(not_before, expires_at),
    ]
    if retry_of and not refused:
        refused = nothing_left(retry_of, planned, kept)
    if refused:
        raise ValidationProblem(refused)
    deployment = Deployment(
        project=release.project,
        release=release,
        environment=environment,
        created_by=by,
        comment=comment,
        skip_steps=skip,
        only_targets=only,
        not_before=not_before,
        expires_at=expires_at,
        guided_failure=is_guided(release.project, environment, guided_failure),
        retry_of=retry_of,
        variables=release.variables,
        request_token=request_token,
        due_at=timezone.now(),
    )
    try:
        return _store(deployment, planned, kept, asked, variables)
    except IntegrityError:
        known = _made_with(request_token)
        if known is None:
            raise
        return known


@transaction.atomic
def _store(
    deployment: Deployment,
    planned: list[PlannedStep],
    kept: Sequence[TargetRun],
    asked: Sequence[AskedValue],
    given: Mapping[str, str] | None,
) -> Deployment:
    """Store it with its runs and its values; of a retry the one that the same click made before."""
    retried = deployment.retry_of
    if retried and (known := _retried_meanwhile(retried, deployment.request_token)):
        return known
    if retried and given is None:
        deployment.prompted = retried.prompted
    else:
        by = deployment.created_by
        deployment.prompted = stored_values(deployment.release, asked, given or {}, by=by)
    deployment.save(force_insert=True)
    add_runs(deployment, planned, kept)
    _supersede_older(deployment)
    options = {
        "comment": deployment.comment,
        "skip_steps": deployment.skip_steps,
        "variables": told_values(deployment),
        "guided_failure": deployment.guided_failure,
    }
    _record(deployment, "deployment.queued", deployment.created_by, options)
    nudge_on_commit(deployment)
    return deployment


@transaction.atomic
def cancel_deployment(deployment: Deployment, *, by: User, abandon: bool = False) -> None:
    """Ask the engine to stop; asking twice is one request. Raises Conflict once it has ended.

    `abandon` is for a deployment that is being cancelled already: it ends without waiting for what
    AWS still does.
    """
    kind = InboxMessage.Kind.ABANDON if abandon else InboxMessage.Kind.CANCEL
    _ask(deployment, kind, {}, by)
    action = "deployment.abandoned" if abandon else "deployment.cancel_requested"
    _record(deployment, action, by, {})


@transaction.atomic
def assign_question(deployment: Deployment, *, question: int, by: User) -> None:
    """Say that this user takes care of the question; who does already says nothing new.

    Raises as `answer_question` does.
    """
    asked = _open_question(deployment, question)
    refusal = who_may_answer(deployment, asked, by)
    if refusal:
        raise NotAllowed(refusal, code="NOT_RESPONSIBLE")
    if asked.get("assigned_to") == str(by):
        return
    _ask(deployment, InboxMessage.Kind.ASSIGN, {"question": question}, by)
    _record(deployment, "deployment.assigned", by, {"question": question, "to": by.username})


@transaction.atomic
def answer_question(
    deployment: Deployment, *, question: int, answer: str, note: str = "", by: User
) -> None:
    """Answer what the deployment waits for.

    Raises Conflict where that question isn't open any more, NotAllowed for somebody who isn't
    responsible, ValidationProblem for an answer that it doesn't offer or without a wanted note.
    """
    asked = _open_question(deployment, question)
    check_answer(deployment, asked, answer=answer, note=note, by=by)
    payload = {"question": question, "answer": answer, "note": note}
    _ask(deployment, InboxMessage.Kind.ANSWER, payload, by)
    _record(deployment, "deployment.answered", by, payload)


def retry_deployment(
    deployment: Deployment,
    *,
    by: User,
    skip_succeeded: bool = True,
    request_token: str | None = None,
) -> Deployment:
    """Deploy the same release there again, without what succeeded unless told otherwise.

    A step that succeeded on two of three targets runs on the third alone; the outputs of what is
    left out stay known. Raises Conflict while the deployment hasn't ended, and where it was retried
    already: the newest retry is the one to go on from.
    """
    known = _made_with(request_token)
    if known:
        return known
    refuse_retry(deployment)
    kept = kept_runs(deployment) if skip_succeeded else []
    skip = {*deployment.skip_steps, *wholly_kept(deployment, kept)}
    if not skip_succeeded and deployment.retry_of_id:
        # What an earlier retry left out because it had succeeded is meant to run as well.
        skip = set(deployment.skip_steps) - {run.step_run.slug for run in kept_runs(deployment)}
    return queue_deployment(
        deployment.release,
        environment=deployment.environment,
        by=by,
        skip_steps=sorted(skip),
        targets=deployment.only_targets,
        comment=deployment.comment,
        guided_failure=deployment.guided_failure,
        retry_of=deployment,
        kept=kept,
        request_token=request_token,
    )


def _open_question(deployment: Deployment, question: int) -> dict[str, Any]:
    asked: dict[str, Any] | None = deployment.question
    if not asked or asked["id"] != question:
        raise Conflict(
            "That question isn't open any more. Reload the page.", code="QUESTION_CLOSED"
        )
    return asked


def _retried_meanwhile(deployment: Deployment, request_token: str | None) -> Deployment | None:
    """Let one retry in at a time, until its transaction ends; a second one finds the first.

    What the same click made already is returned; raises Conflict where it was another's.
    """
    # A write locks the row on every database; a mere look would let both pass.
    Deployment.objects.filter(pk=deployment.pk).update(retry_of=F("retry_of"))
    known = _made_with(request_token)
    if known is None:
        refuse_retry(deployment)
    return known


def _made_with(request_token: str | None) -> Deployment | None:
    if not request_token:
        return None
    return Deployment.objects.filter(request_token=request_token).first()


def _supersede_older(deployment: Deployment) -> None:
    """Ask the engine to cancel older ones that still wait, where the project wants that.

    From the newest back to the first that is partial; what was given a later time is left alone.
    """
    if not deployment.project.supersede_queued or not deployment.is_full or deployment.is_scheduled:
        return
    waiting = Deployment.objects.filter(
        project=deployment.project,
        environment=deployment.environment,
        state=State.QUEUED,
        pk__lt=deployment.pk,
    ).order_by("-pk")
    told = InboxMessage.objects.filter(kind=InboxMessage.Kind.SUPERSEDE, taken_at=None)
    waiting = waiting.exclude(pk__in=told.values("deployment"))
    for older in takewhile(lambda d: d.is_full, (d for d in waiting if not d.is_scheduled)):
        still_waits = Deployment.objects.filter(pk=older.pk, state=State.QUEUED)
        if not still_waits.update(due_at=timezone.now()):
            continue
        InboxMessage.objects.create(
            deployment=older,
            kind=InboxMessage.Kind.SUPERSEDE,
            payload={"by": deployment.pk},
            created_by=deployment.created_by,
        )
        _record(older, "deployment.superseded", deployment.created_by, {"by": deployment.pk})


def _ask(deployment: Deployment, kind: str, payload: dict[str, Any], by: User) -> None:
    """Leave a message for the engine; within a transaction."""
    # Due at once, unless it has ended meanwhile: then there is no one left to ask.
    unfinished = Deployment.objects.filter(pk=deployment.pk).exclude(due_at=None)
    if not unfinished.update(due_at=timezone.now()):
        raise Conflict(f"Deployment {deployment.pk} has ended already.", code="ALREADY_FINISHED")
    InboxMessage.objects.create(deployment=deployment, kind=kind, payload=payload, created_by=by)
    nudge_on_commit(deployment)


def _record(deployment: Deployment, action: str, by: User | None, after: dict[str, Any]) -> None:
    record(
        action,
        by=by,
        subject_kind="deployment",
        subject=f"{deployment.release.version} to {deployment.environment.name}",
        subject_url=reverse("deployments:detail", args=[deployment.pk]),
        project_slug=deployment.project.slug,
        environment_slug=deployment.environment.slug,
        after={"release": deployment.release.version, **after},
    )
