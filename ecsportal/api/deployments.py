"""`/deployments`: releases on their way to environments, their logs, and acts on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Field, Query, Router, Schema, Status
from pydantic import AwareDatetime

from ecsportal.api.auth import ApiRequest, needs
from ecsportal.api.bodies import Body, created
from ecsportal.api.paging import Page, Paging, paginate
from ecsportal.deployments import services
from ecsportal.deployments.models import Deployment, Level, RunState, State, StepRun, TargetRun
from ecsportal.deployments.queries import (
    get_deployment_for,
    get_deployment_to,
    visible_deployments,
    waiting_for,
)
from ecsportal.infrastructure.queries import environment_for
from ecsportal.people.access import refuse_unless
from ecsportal.people.permissions import Permission
from ecsportal.problems import FieldError, ValidationProblem
from ecsportal.releases.queries import release_for

router = Router(tags=["deployments"])

LOUDNESS = [Level.VERBOSE, Level.INFO, Level.HIGHLIGHT, Level.WAIT, Level.WARNING, Level.ERROR]
"""Levels in rising order; `?level=warning` gives warnings and what is louder."""


class DeploymentIn(Body):
    environment: str
    skip_steps: list[str] = []
    targets: list[str] = []
    variables: dict[str, str] = {}
    not_before: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    comment: str = Field("", max_length=1000)
    guided_failure: bool | None = None


class ReleaseName(Schema):
    id: int
    version: str


class WaitingFor(Schema):
    kind: str
    id: int | None
    until: datetime | None
    text: str
    answers: list[str]
    instructions: str
    responsible: list[str]
    note_required: bool
    assigned_to: str
    ahead: int


class TargetOut(Schema):
    target: str
    state: str
    warnings: bool
    attempt: int
    stack_name: str
    stack_id: str
    outputs: dict[str, str]
    error: dict[str, Any] | None
    reason: str
    set_aside: str


class StepOut(Schema):
    slug: str
    name: str
    state: str
    reason: str
    warnings: bool
    started_at: datetime | None
    finished_at: datetime | None
    targets: list[TargetOut]


class DeploymentSummary(Schema):
    id: int
    project: str
    release: ReleaseName
    environment: str
    state: str
    warnings: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    created_by: str
    superseded_by: int | None
    error: dict[str, Any] | None
    late_error: dict[str, Any] | None
    late_verdict: dict[str, Any] | None
    outcome_open: bool
    url: str


class DeploymentOut(DeploymentSummary):
    comment: str
    guided_failure: bool
    not_before: datetime | None
    expires_at: datetime | None
    retry_of: int | None
    waiting_for: WaitingFor | None
    steps: list[StepOut]
    outputs: dict[str, dict[str, str]]


class LineOut(Schema):
    seq: int
    at: datetime
    level: str
    step: str
    target: str
    part: str
    text: str


class LogOut(Schema):
    lines: list[LineOut]
    finished: bool


class AnswerIn(Body):
    question: int
    answer: str
    note: str = Field("", max_length=1000)


class AssignIn(Body):
    question: int


class RetryIn(Body):
    skip_succeeded: bool = True


class Filter(Paging):
    project: str = ""
    environment: str = ""
    state: str = ""


class LogQuery(Schema):
    after: int = Field(0, ge=0, le=2**31 - 1)
    limit: int = Field(1000, ge=1, le=5000)
    level: str = "info"


@router.post("/releases/{int:release_id}/deployments", response={201: DeploymentOut})
@needs(Permission.DEPLOYMENT_CREATE)
def create_deployment(
    request: ApiRequest, release_id: int, body: DeploymentIn
) -> Status[DeploymentOut]:
    """Queue the release for an environment."""
    release = release_for(request.user, release_id)
    environment = environment_for(request.user, body.environment)
    refuse_unless(
        request.user,
        Permission.DEPLOYMENT_CREATE,
        project_id=release.project_id,
        environment_id=environment.pk,
        where=environment.name,
    )
    made = services.queue_deployment(
        release,
        environment=environment,
        by=request.user,
        skip_steps=body.skip_steps,
        targets=body.targets,
        not_before=body.not_before,
        expires_at=body.expires_at,
        comment=body.comment,
        variables=body.variables,
        guided_failure=body.guided_failure,
    )
    return created(request, f"/deployments/{made.pk}", present(made))


@router.get("/deployments", response=Page[DeploymentSummary])
@needs(Permission.DEPLOYMENT_VIEW)
def list_deployments(request: ApiRequest, filters: Query[Filter]) -> dict[str, Any]:
    """Deployments, newest first."""
    rows = visible_deployments(request.user)
    if filters.project:
        rows = rows.filter(project__slug=filters.project)
    if filters.environment:
        rows = rows.filter(environment__slug=filters.environment)
    if filters.state:
        if filters.state not in State.values:
            message = f"One of: {', '.join(State.values)}."
            raise ValidationProblem([FieldError("state", message, "choice")])
        rows = rows.filter(state=filters.state)
    return paginate(request, rows, filters, summary)


@router.get("/deployments/{int:deployment_id}", response=DeploymentOut)
@needs(Permission.DEPLOYMENT_VIEW)
def get_deployment(request: ApiRequest, deployment_id: int) -> DeploymentOut:
    """One deployment with its steps, targets and outputs."""
    return present(get_deployment_for(request.user, deployment_id))


@router.get("/deployments/{int:deployment_id}/log", response=LogOut)
@needs(Permission.DEPLOYMENT_VIEW)
def get_log(request: ApiRequest, deployment_id: int, query: Query[LogQuery]) -> dict[str, Any]:
    """Lines after a number; `finished` once no line can follow what was returned."""
    if query.level not in Level.values:
        message = f"One of: {', '.join(Level.values)}."
        raise ValidationProblem([FieldError("level", message, "choice")])
    # Read before the lines: a deployment that ends in between must not hide its last ones.
    deployment = get_deployment_for(request.user, deployment_id)
    rows = deployment.lines.filter(seq__gt=query.after).order_by("seq")
    if query.level != Level.VERBOSE:
        loud = [*LOUDNESS, Level.FATAL][[*LOUDNESS, Level.FATAL].index(Level(query.level)) :]
        rows = rows.filter(level__in=loud)
    found = list(rows[: query.limit + 1])
    lines = found[: query.limit]
    return {"lines": lines, "finished": deployment.is_final and len(found) == len(lines)}


@router.post("/deployments/{int:deployment_id}/cancel", response={202: DeploymentOut})
@needs(Permission.TASK_CANCEL)
def cancel(request: ApiRequest, deployment_id: int) -> Status[DeploymentOut]:
    """Ask the engine to stop; 409 once the deployment has ended.

    Of one that is cancelling already, a second cancel ends the wait for what AWS still does: what
    has begun goes on there, and nobody watches. Where only the answer may have been lost, send the
    call again under the same `Idempotency-Key`: then it counts once.
    """
    deployment = get_deployment_to(request.user, Permission.TASK_CANCEL, deployment_id)
    abandon = deployment.state == State.CANCELLING
    services.cancel_deployment(deployment, by=request.user, abandon=abandon)
    return Status(202, present(deployment))


@router.post("/deployments/{int:deployment_id}/answer", response={202: DeploymentOut})
@needs(Permission.INTERRUPTION_SUBMIT)
def answer(request: ApiRequest, deployment_id: int, body: AnswerIn) -> Status[DeploymentOut]:
    """Answer the question that the deployment waits with."""
    deployment = get_deployment_to(request.user, Permission.INTERRUPTION_SUBMIT, deployment_id)
    services.answer_question(deployment, by=request.user, **body.model_dump())
    return Status(202, present(deployment))


@router.post("/deployments/{int:deployment_id}/assign", response={202: DeploymentOut})
@needs(Permission.INTERRUPTION_SUBMIT)
def assign(request: ApiRequest, deployment_id: int, body: AssignIn) -> Status[DeploymentOut]:
    """Take care of the question that the deployment waits with."""
    deployment = get_deployment_to(request.user, Permission.INTERRUPTION_SUBMIT, deployment_id)
    services.assign_question(deployment, question=body.question, by=request.user)
    return Status(202, present(deployment))


@router.post("/deployments/{int:deployment_id}/retry", response={201: DeploymentOut})
@needs(Permission.DEPLOYMENT_CREATE)
def retry(request: ApiRequest, deployment_id: int, body: RetryIn) -> Status[DeploymentOut]:
    """Deploy the same release there again."""
    deployment = get_deployment_to(request.user, Permission.DEPLOYMENT_CREATE, deployment_id)
    again = services.retry_deployment(
        deployment, by=request.user, skip_succeeded=body.skip_succeeded
    )
    return created(request, f"/deployments/{again.pk}", present(again))


def summary(row: Deployment) -> DeploymentSummary:
    """A deployment as lists show it."""
    return DeploymentSummary(**_facts(row))


def present(row: Deployment) -> DeploymentOut:
    """A deployment with its steps; reads them in two queries."""
    steps = list(row.steps.prefetch_related("targets").order_by("position"))
    waiting = waiting_for(row)
    return DeploymentOut(
        **_facts(row),
        comment=row.comment,
        guided_failure=row.guided_failure,
        not_before=row.not_before,
        expires_at=row.expires_at,
        retry_of=row.retry_of_id,
        waiting_for=WaitingFor(**waiting) if waiting else None,
        steps=[_step(step) for step in steps],
        outputs={
            step.name: {n: v for run in step.targets.all() for n, v in run.outputs.items()}
            for step in steps
            if any(run.outputs for run in step.targets.all())
        },
    )


def _facts(row: Deployment) -> dict[str, Any]:
    return {
        "id": row.pk,
        "project": row.project.slug,
        "release": ReleaseName(id=row.release_id, version=row.release.version),
        "environment": row.environment.slug,
        "state": row.state,
        "warnings": row.warnings,
        "created_at": row.created_at,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "created_by": row.created_by.username if row.created_by else "",
        "superseded_by": row.superseded_by_id,
        "late_error": row.late_error,
        "late_verdict": row.late_verdict,
        "outcome_open": row.outcome_open,
        "error": row.error,
        "url": f"/deployments/{row.pk}/",
    }


def _step(step: StepRun) -> StepOut:
    runs = list(step.targets.all())
    waits = step.state == RunState.EXECUTING and any(r.state == RunState.WAITING for r in runs)
    return StepOut(
        slug=step.slug,
        name=step.name,
        state=RunState.WAITING if waits else step.state,
        reason=step.reason,
        warnings=step.warnings,
        started_at=step.started_at,
        finished_at=step.finished_at,
        targets=[_target(run) for run in runs],
    )


def _target(run: TargetRun) -> TargetOut:
    return TargetOut(
        target=run.target_slug,
        state=run.state,
        warnings=run.warnings,
        attempt=run.attempt,
        stack_name=run.stack_name,
        stack_id=run.stack_id,
        outputs=run.outputs,
        error=run.error,
        reason=run.reason,
        set_aside=run.set_aside,
    )
