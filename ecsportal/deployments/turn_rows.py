"""What a turn reads: the deployment and all around it, its steps and targets, what people asked."""

from __future__ import annotations

from django.db.models import QuerySet

from ecsportal.deployments.compiled import Compiled, Given, keep_related
from ecsportal.deployments.models import Deployment, InboxMessage, StepRun, TargetRun
from ecsportal.releases.models import ReleaseImage


def _select_deployment(pk: Given) -> QuerySet[Deployment]:
    whole = Deployment.objects.select_related(
        "project", "environment", "created_by", "release__channel", "release__process"
    )
    return whole.filter(pk=pk)


def _select_images(release: Given) -> QuerySet[ReleaseImage]:
    return ReleaseImage.objects.filter(release=release)


def _select_steps(deployment: Given) -> QuerySet[StepRun]:
    return StepRun.objects.filter(deployment=deployment)


def _select_runs(deployment: Given) -> QuerySet[TargetRun]:
    runs = TargetRun.objects.filter(step_run__deployment=deployment)
    return runs.select_related("target__account")


def _select_messages(deployment: Given) -> QuerySet[InboxMessage]:
    waiting = InboxMessage.objects.filter(deployment=deployment, taken_at=None)
    return waiting.select_related("created_by")


_DEPLOYMENT: Compiled[Deployment] = Compiled(_select_deployment)
_IMAGES: Compiled[ReleaseImage] = Compiled(_select_images)
_STEPS: Compiled[StepRun] = Compiled(_select_steps)
_RUNS: Compiled[TargetRun] = Compiled(_select_runs)
_MESSAGES: Compiled[InboxMessage] = Compiled(_select_messages)


def deployment_to_advance(deployment_id: int) -> Deployment:
    """The deployment with its project, environment, release and who asked for it."""
    deployment = _DEPLOYMENT.rows(deployment_id)[0]
    deployment.release.project = deployment.project
    return deployment


def read_steps(deployment: Deployment) -> list[StepRun]:
    """Its steps with their targets and these targets' accounts; `steps.all()` gives the same."""
    steps = _STEPS.rows(deployment.pk)
    of_step: dict[int, list[TargetRun]] = {step.pk: [] for step in steps}
    for run in _RUNS.rows(deployment.pk):
        of_step[run.step_run_id].append(run)
    for step in steps:
        step.deployment = deployment
        for run in of_step[step.pk]:
            run.step_run = step
        keep_related(step, "targets", of_step[step.pk])
    keep_related(deployment, "steps", steps)
    return steps


def read_images(deployment: Deployment) -> list[ReleaseImage]:
    """The images that its release froze; `release.images.all()` gives the same from now on."""
    images = _IMAGES.rows(deployment.release_id)
    keep_related(deployment.release, "images", images)
    return images


def waiting_messages(deployment: Deployment) -> list[InboxMessage]:
    """What people asked and the engine hasn't taken up, in their order, with who asked."""
    return _MESSAGES.rows(deployment.pk)
