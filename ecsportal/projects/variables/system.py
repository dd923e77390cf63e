"""System variables that are known without a release (octopus-behaviours A10).

Deployments add theirs to these; the preview shows them as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.projects.models import Project

CONCURRENCY_TAG = "#{Octopus.Project.Id}/#{Octopus.Environment.Id}"


def project_variables(project: Project) -> dict[str, str]:
    """Of the project and the whole installation."""
    return {
        "Octopus.Space.Id": "Spaces-1",
        "Octopus.Space.Name": "Default",
        "Octopus.Project.Id": project.slug,
        "Octopus.Project.Name": project.name,
        "Octopus.Task.ConcurrencyTag": CONCURRENCY_TAG,
        "Octopus.Web.ServerUri": settings.PUBLIC_URL,
        "Octopus.Web.BaseUrl": settings.PUBLIC_URL,
        "Octopus.Web.ProjectLink": _path("deployments:overview", project.slug),
    }


def _path(name: str, *args: Any) -> str:
    # The pages belong to an app above this one.
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def environment_variables(environment: Environment) -> dict[str, str]:
    """Of the environment."""
    return {
        "Octopus.Environment.Id": environment.stack_id,
        "Octopus.Environment.Name": environment.name,
        "Octopus.Environment.SortOrder": str(environment.order),
    }


def step_variables(step: Mapping[str, Any], number: int) -> dict[str, str]:
    """Of a step of the process; `number` counts from 1. Step and action are one here."""
    found = {
        "Octopus.Action.TargetRoles": ",".join(step["target_tags"]),
        "Octopus.Action.IsSkipped": "False",
        "Octopus.Action.Template.Id": step["type"],
        "Octopus.Action.Template.Version": str(step["version"]),
    }
    for noun in ("Step", "Action"):
        found[f"Octopus.{noun}.Id"] = step["slug"]
        found[f"Octopus.{noun}.Name"] = step["name"]
        found[f"Octopus.{noun}.Number"] = str(number)
    return found


def target_variables(target: DeploymentTarget) -> dict[str, str]:
    """Of the deployment target."""
    return {
        "Octopus.Machine.Id": target.slug,
        "Octopus.Machine.Name": target.name,
        "Octopus.Machine.Roles": ",".join(target.target_tags),
        "Octopus.Action.Aws.Region": target.region,
        "Octopus.Action.Aws.Ecs.ClusterName": target.cluster,
    }
