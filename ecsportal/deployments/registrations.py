"""What the floors below ask of deployments without knowing them."""

from __future__ import annotations

from django.db.models import Max, Q, QuerySet
from django.urls import reverse

from ecsportal.deployments.models import ACTIVE_STATES, Deployment, StackBinding, State
from ecsportal.deployments.proven import PROVEN
from ecsportal.deployments.services import queue_deployment
from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.infrastructure.uses import Use
from ecsportal.people.models import User
from ecsportal.projects.activity import register_activity as register_project_activity
from ecsportal.projects.fixed_stacks import register_fixed_stacks
from ecsportal.projects.models import Project
from ecsportal.releases.activity import register_activity as register_release_activity
from ecsportal.releases.after_create import register_deployer
from ecsportal.releases.models import Release

_UNFINISHED = (State.QUEUED, *ACTIVE_STATES)


def register() -> None:
    """Called once the apps are ready."""
    register_deployer(deploy_at_once)
    register_project_activity(unfinished_in_project)
    register_release_activity(where_release_counts)
    register_fixed_stacks(stack_since_first_deployment)


def deploy_at_once(
    release: Release, *, environment: Environment, by: User, request_token: str
) -> str:
    """Queue a release that was just created; the address of its deployment."""
    made = queue_deployment(
        release, environment=environment, by=by, request_token=request_token or None
    )
    return reverse("deployments:detail", args=[made.pk])


def stack_since_first_deployment(
    project: Project,
    environment: Environment,
    target: DeploymentTarget,
    *,
    step: str,
    configured: str,
) -> str:
    """The stack that the step was bound to there while its own `stack_name` was this one."""
    found = StackBinding.objects.filter(
        project=project,
        environment=environment,
        step=step,
        target=target.slug,
        configured=configured,
    ).first()
    return found.stack_name if found else ""


def unfinished_in_project(project: Project) -> list[Use]:
    """The deployments of the project that run, or wait to."""
    rows = Deployment.objects.filter(project=project, state__in=_UNFINISHED)
    return [_use(row) for row in rows.select_related("release", "environment").order_by("pk")]


def where_release_counts(release: Release) -> list[Use]:
    """Its unfinished deployments, and those by which it is what an environment runs now, or what
    it goes back to."""
    newest = _newest_in_each(release.project_id, Q(state=State.SUCCEEDED))
    good = _newest_in_each(release.project_id, PROVEN)
    counts = Q(state__in=_UNFINISHED) | Q(pk__in=newest) | Q(pk__in=good)
    rows = Deployment.objects.filter(counts, release=release)
    return [_use(row) for row in rows.select_related("release", "environment").order_by("pk")]


def _newest_in_each(project_id: int, which: Q) -> QuerySet[Deployment, int]:
    """Ids of the project's newest such deployment to each environment."""
    found = Deployment.objects.filter(which, project_id=project_id).order_by()
    newest = found.values("environment_id").annotate(newest=Max("pk"))
    return newest.values_list("newest", flat=True)


def _use(deployment: Deployment) -> Use:
    return Use(
        "deployment",
        str(deployment.pk),
        str(deployment),
        reverse("deployments:detail", args=[deployment.pk]),
    )
