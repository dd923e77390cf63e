"""Loading deployments: who may see them, and what they wait for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse

from ecsportal.deployments import passing, queue, sentences
from ecsportal.deployments.models import Deployment, State, TargetRun
from ecsportal.deployments.proven import PROVEN, with_outcome
from ecsportal.deployments.questions import BEYOND_PERMISSIONS, least_role
from ecsportal.infrastructure.models import DeploymentTarget
from ecsportal.people.access import refuse_unless
from ecsportal.people.models import User
from ecsportal.people.permissions import Permission, visible_pairs

RUNS_FOR_EXPECTATION = 10
_HELD_UP = {
    State.WAITING: " That one waits for a person.",
    State.CANCELLING: " That one is being cancelled.",
}
"""What is said of the deployment ahead, where its end isn't a matter of time alone."""


def visible_deployments(user: User) -> QuerySet[Deployment]:
    """The deployments that the user may see, newest first, with what every list shows."""
    rows = Deployment.objects.filter(visible_pairs(user, "project_id", "environment_id"))
    return with_outcome(rows).select_related("project", "environment", "release", "created_by")


def get_deployment_for(user: User, deployment_id: int) -> Deployment:
    """The deployment; Http404 where the user may not see it or there is none."""
    deployment = visible_deployments(user).filter(pk=deployment_id).first()
    if deployment is None:
        raise Http404(f"There is no deployment {deployment_id}.")
    return deployment


def get_deployment_to(user: User, permission: Permission, deployment_id: int) -> Deployment:
    """The deployment, for an act: Http404 as above, PermissionMissingError without the right."""
    deployment = get_deployment_for(user, deployment_id)
    refuse_unless(
        user,
        permission,
        project_id=deployment.project_id,
        environment_id=deployment.environment_id,
        where=deployment.environment.name,
    )
    return deployment


_WAITING_FOR: dict[str, Any] = {
    "kind": "",
    "id": None,
    "until": None,
    "text": "",
    "answers": [],
    "instructions": "",
    "responsible": [],
    "note_required": False,
    "assigned_to": "",
    "ahead": 0,
}
"""What is always told of what a deployment waits for."""


def waiting_for(deployment: Deployment) -> dict[str, Any] | None:
    """What holds a deployment up: another deployment, a time, or a question; None otherwise."""
    if deployment.question:
        return _WAITING_FOR | _of_question(deployment.question)
    if deployment.state != State.QUEUED and not passing.has_to_wait(deployment):
        return None
    ahead = list(queue.ahead_of(deployment))
    if ahead:
        return _WAITING_FOR | _of_queue(ahead)
    if deployment.not_before:
        until = deployment.not_before
        return _WAITING_FOR | {"kind": "time", "until": until, "text": "Waits for its time."}
    return None


def _of_question(asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": "question",
        "id": asked["id"],
        "text": asked["text"],
        "situation": asked.get("situation", ""),
        "does": asked.get("does", {}),
        "code": asked.get("code", ""),
        "answers": asked["answers"],
        "instructions": asked.get("instructions", ""),
        "responsible": asked.get("responsible", []),
        "note_required": asked.get("note_required", False),
        "assigned_to": asked.get("assigned_to", ""),
        "needs": _needed(asked),
    }


def _of_queue(ahead: Sequence[Deployment]) -> dict[str, Any]:
    """`ahead` is all that comes first, the nearest of it first."""
    first = ahead[0]
    return {
        "kind": "deployment",
        "id": first.pk,
        "ahead": len(ahead),
        "text": f"Waits for {sentences.named(first)}, one at a time per environment."
        f"{_HELD_UP.get(State(first.state), '')}",
        "url": reverse("deployments:detail", args=[first.pk]),
    }


def _needed(asked: dict[str, Any]) -> str:
    """What the page's reader must hold for the buttons: a permission, or a role beyond it."""
    least = least_role(asked.get("responsible") or ())
    return f"Role-{least}" if least in BEYOND_PERMISSIONS else "InterruptionSubmit"


def expected_seconds(deployment: Deployment) -> float | None:
    """The median of the last ten successful deployments of the same cell; None without any."""
    ended = (
        Deployment.objects.filter(
            project_id=deployment.project_id,
            environment_id=deployment.environment_id,
            state=State.SUCCEEDED,
            started_at__isnull=False,
        )
        .exclude(pk=deployment.pk)
        .order_by("-pk")
        .values_list("started_at", "finished_at")[:RUNS_FOR_EXPECTATION]
    )
    durations = [
        (finished - started).total_seconds() for started, finished in ended if started and finished
    ]
    return median(durations) if durations else None


def last_success_before(deployment: Deployment) -> Deployment | None:
    """The newest good deployment to the same cell: this release too may run there already."""
    return _good_before(deployment).first()


def last_good_before(deployment: Deployment, last_success: Deployment | None) -> Deployment | None:
    """The newest good deployment of another release to the same cell, to roll back to."""
    if last_success is None or last_success.release_id != deployment.release_id:
        return last_success
    return _good_before(deployment).exclude(release_id=deployment.release_id).first()


def _good_before(deployment: Deployment) -> QuerySet[Deployment]:
    return (
        Deployment.objects.filter(
            PROVEN,
            project_id=deployment.project_id,
            environment_id=deployment.environment_id,
            pk__lt=deployment.pk,
        )
        .select_related("release")
        .order_by("-pk")
    )


def accounts_of(runs: Iterable[TargetRun]) -> dict[int, str]:
    """The slug of the AWS account of each target that these run on, by the target's id."""
    targets = {run.target_id for run in runs if run.target_id}
    if not targets:
        return {}
    found = DeploymentTarget.objects.filter(pk__in=targets)
    return dict(found.values_list("pk", "account__slug"))
