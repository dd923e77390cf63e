"""The system variables that a step's expressions may use (octopus-behaviours A10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.urls import reverse

from ecsportal.deployments.models import Deployment, StepRun, TargetRun
from ecsportal.steps.contract import Image


def system_variables(
    deployment: Deployment,
    step: StepRun,
    run: TargetRun,
    *,
    images: Mapping[str, Image],
    finished: Iterable[TargetRun],
) -> dict[str, str]:
    """What `#{Octopus.…}` stands for on this target, outputs of `finished` runs included."""
    project, release, environment = deployment.project, deployment.release, deployment.environment
    creator = deployment.created_by
    link = settings.PUBLIC_URL + reverse("deployments:detail", args=[deployment.pk])
    variables = {
        "Octopus.Project.Id": project.slug,
        "Octopus.Project.Name": project.name,
        "Octopus.Environment.Id": environment.stack_id,
        "Octopus.Environment.Name": environment.name,
        "Octopus.Environment.SortOrder": str(environment.order),
        "Octopus.Release.Id": str(release.pk),
        "Octopus.Release.Number": release.version,
        "Octopus.Release.Notes": release.notes,
        "Octopus.Release.Created": release.created_at.isoformat(),
        "Octopus.Release.Channel.Name": release.channel.name,
        "Octopus.Deployment.Id": str(deployment.pk),
        "Octopus.Deployment.Name": f"Deploy to {environment.name}",
        "Octopus.Deployment.Comments": deployment.comment,
        "Octopus.Deployment.Created": deployment.created_at.isoformat(),
        "Octopus.Deployment.CreatedBy.Username": creator.username if creator else "",
        "Octopus.Deployment.CreatedBy.DisplayName": str(creator) if creator else "",
        "Octopus.Step.Id": step.slug,
        "Octopus.Step.Name": step.name,
        "Octopus.Step.Number": str(step.position + 1),
        "Octopus.Action.Id": step.slug,
        "Octopus.Action.Name": step.name,
        "Octopus.Action.Number": str(step.position + 1),
        "Octopus.Action.Template.Id": step.type,
        "Octopus.Action.Template.Version": str(step.version),
        "Octopus.Machine.Id": run.target_slug,
        "Octopus.Machine.Name": run.target_name,
        "Octopus.Task.Id": str(deployment.pk),
        "Octopus.Task.Name": f"Deploy {project.name} {release.version} to {environment.name}",
        "Octopus.Web.ServerUri": settings.PUBLIC_URL,
        "Octopus.Web.DeploymentLink": link,
    }
    if run.target:
        variables["Octopus.Machine.Roles"] = ",".join(run.target.target_tags)
    for reference, image in images.items():
        package = f"Octopus.Action.Package[{reference}]"
        variables[f"{package}.Image"] = image.image
        variables[f"{package}.PackageId"] = image.repository
        variables[f"{package}.PackageVersion"] = image.tag
        variables[f"{package}.Version"] = image.tag
        variables[f"{package}.FeedId"] = image.feed
    for ended in finished:
        for name, value in ended.outputs.items():
            action = f"Octopus.Action[{ended.step_run.name}].Output"
            variables[f"{action}.{name}"] = value
            variables[f"{action}[{ended.target_name}].{name}"] = value
    return variables
