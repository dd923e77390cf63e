"""What deployments hold on to: neither an environment with a history nor a target at work goes."""

from __future__ import annotations

from django.urls import reverse

from ecsportal.deployments.models import ACTIVE_STATES, Deployment
from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.infrastructure.uses import Use, register_use

MOST_NAMED = 5


def register() -> None:
    """Make the uses known to infrastructure."""
    register_use("environment", _deployments_to)
    register_use("target", _deployments_at_work_on)


def _deployments_to(environment: Environment) -> list[Use]:
    """The newest deployments there: the environment stays as long as its history does."""
    rows = Deployment.objects.filter(environment=environment).select_related("release", "project")
    return [_use(row) for row in rows.order_by("-pk")[:MOST_NAMED]]


def _deployments_at_work_on(target: DeploymentTarget) -> list[Use]:
    """The deployments that work on the target now; queued ones fail and say why."""
    rows = Deployment.objects.filter(state__in=ACTIVE_STATES, steps__targets__target=target)
    return [_use(row) for row in rows.select_related("release", "project").distinct()]


def _use(deployment: Deployment) -> Use:
    return Use(
        "deployment",
        str(deployment.pk),
        f"{deployment.project.name} {deployment.release.version}",
        reverse("deployments:detail", args=[deployment.pk]),
    )
