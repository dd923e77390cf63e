"""The system variables that a step's expressions may use (octopus-behaviours A10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from ecsportal.deployments.compiled import Compiled, Given
from ecsportal.deployments.models import Deployment, RunState, StepRun, TargetRun
from ecsportal.deployments.proven import ENDED_WELL
from ecsportal.infrastructure.models import Feed
from ecsportal.projects.variables.system import (
    environment_variables,
    project_variables,
    step_variables,
    target_variables,
)
from ecsportal.releases.models import Release
from ecsportal.steps.contract import Image

_STATUS_CODES: dict[str, str] = {
    RunState.PENDING: "Pending",
    RunState.EXECUTING: "Running",
    RunState.WAITING: "Running",
    RunState.CANCELLING: "Running",
    RunState.SUCCEEDED: "Succeeded",
    RunState.FAILED: "Failed",
    RunState.SKIPPED: "Skipped",
    RunState.CANCELLED: "Canceled",
}


_NEWEST_SUCCESSES = 20


def _select_successes(pk: Given, project: Given, environment: Given) -> QuerySet[Deployment, Any]:
    here = Deployment.objects.filter(ENDED_WELL, project=project, environment=environment)
    here = here.exclude(pk=pk)
    rows = here.order_by("-finished_at").values_list("pk", "release__version")
    return rows[:_NEWEST_SUCCESSES]


def _select_release_before(project: Given, release: Given) -> QuerySet[Release, Any]:
    before = Release.objects.filter(project=project, pk__lt=release)
    return before.order_by("-pk").values_list("version")[:1]


_SUCCESSES: Compiled[tuple[int, str]] = Compiled(_select_successes)
_RELEASE_BEFORE: Compiled[tuple[str]] = Compiled(_select_release_before)


class SystemVariables:
    """Of one deployment; what all its steps and targets share is read once."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment

    def forget(self) -> None:
        """Read the states of the steps anew."""
        self.__dict__.pop("_of_steps", None)

    def on_target(
        self,
        step: StepRun,
        document: Mapping[str, Any],
        run: TargetRun,
        *,
        images: Mapping[str, Image],
        feeds: Mapping[str, Feed],
        finished: Iterable[TargetRun],
    ) -> dict[str, str]:
        """What `#{Octopus.…}` stands for on this target, with the outputs of `finished` runs."""
        variables = self.everywhere | self._of_steps
        variables |= step_variables(document, step.position + 1)
        variables["Octopus.Step.Status.Code"] = _STATUS_CODES[step.state]
        if run.target:
            variables |= target_variables(run.target)
        # The names as this deployment began with them, whatever the target is called now.
        if run.target_slug:
            variables["Octopus.Machine.Id"] = run.target_slug
            variables["Octopus.Machine.Name"] = run.target_name
        for image in images.values():
            variables |= _of_image(image, feeds.get(image.feed))
        return variables | outputs(finished, target=run.target_slug)

    def in_deployment(self, finished: Iterable[TargetRun]) -> dict[str, str]:
        """Without step and target, for conditions."""
        return self.everywhere | self._of_steps | outputs(finished)

    @cached_property
    def everywhere(self) -> dict[str, str]:
        """What is the same for all steps and targets."""
        deployment = self.deployment
        return (
            project_variables(deployment.project)
            | environment_variables(deployment.environment)
            | self._of_release()
            | self._of_deployment()
        )

    def _of_release(self) -> dict[str, str]:
        release = self.deployment.release
        before = _RELEASE_BEFORE.first(release.project_id, release.pk)
        versions = self._versions_here
        return {
            "Octopus.Release.Id": str(release.pk),
            "Octopus.Release.Number": release.version,
            "Octopus.Release.Notes": release.notes,
            "Octopus.Release.Created": _moment(release.created_at),
            "Octopus.Release.Channel.Name": release.channel.name,
            "Octopus.Release.Previous.Number": before[0] if before else "",
            "Octopus.Release.CurrentForEnvironment.Number": versions[0] if versions else "",
            "Octopus.Release.PreviousForEnvironment.Number": versions[1] if versions[1:] else "",
            "Octopus.Web.ReleaseLink": reverse(
                "releases:detail", args=[release.project.slug, release.version]
            ),
        }

    @cached_property
    def _successes(self) -> list[tuple[int, str]]:
        """Deployments that went well here, the newest first: id and version."""
        deployment = self.deployment
        rows = _SUCCESSES.rows(deployment.pk, deployment.project_id, deployment.environment_id)
        return [(pk, version) for pk, version in rows]

    @property
    def previous_version(self) -> str:
        """The release that was deployed here last, or empty."""
        return self._successes[0][1] if self._successes else ""

    @property
    def _versions_here(self) -> list[str]:
        """Releases that ran here, the newest first; one that was deployed again counts once."""
        return list(dict.fromkeys(version for _, version in self._successes))

    def _of_deployment(self) -> dict[str, str]:
        deployment, creator = self.deployment, self.deployment.created_by
        environment, release = deployment.environment, deployment.release
        queued = deployment.not_before or deployment.created_at
        found = {
            "Octopus.Deployment.Id": str(deployment.pk),
            "Octopus.Deployment.Name": f"Deploy to {environment.name}",
            "Octopus.Deployment.Comments": deployment.comment,
            "Octopus.Deployment.Created": _moment(deployment.created_at),
            "Octopus.Deployment.CreatedBy.Id": str(creator.pk) if creator else "",
            "Octopus.Deployment.CreatedBy.Username": creator.username if creator else "",
            "Octopus.Deployment.CreatedBy.DisplayName": str(creator) if creator else "",
            "Octopus.Deployment.CreatedBy.EmailAddress": creator.email if creator else "",
            "Octopus.Deployment.SpecificMachines": ",".join(deployment.only_targets),
            "Octopus.Deployment.ExcludedMachines": "",
            "Octopus.Task.Id": str(deployment.pk),
            "Octopus.Task.Name": f"Deploy {deployment.project.name} {release.version} "
            f"to {environment.name}",
            "Octopus.Task.QueueTime": _moment(queued),
            "Octopus.Web.DeploymentLink": reverse("deployments:detail", args=[deployment.pk]),
        }
        if deployment.expires_at:
            found["Octopus.Task.QueueTimeExpiry"] = _moment(deployment.expires_at)
        if self._successes:
            found["Octopus.Deployment.PreviousSuccessful.Id"] = str(self._successes[0][0])
        return found

    @cached_property
    def _of_steps(self) -> dict[str, str]:
        """States and errors of the steps so far, and the targets of all of them."""
        errors: dict[str, str] = {}
        found = {"Octopus.Deployment.Error": "", "Octopus.Deployment.ErrorDetail": ""}
        machines: dict[str, str] = {}
        for step in self.deployment.steps.all():
            found[f"Octopus.Step[{step.name}].Status.Code"] = _STATUS_CODES[step.state]
            for run in step.targets.all():
                if run.target_slug:
                    machines[run.target_slug] = run.target_name
                if run.error and step.state == RunState.FAILED:
                    message = str(run.error.get("message", ""))
                    details = "\n".join([message, *run.error.get("details", ())])
                    errors.setdefault(f"Octopus.Step[{step.name}].Status.Error", message)
                    errors.setdefault("Octopus.Deployment.Error", message)
                    errors.setdefault("Octopus.Deployment.ErrorDetail", details)
        found["Octopus.Deployment.Machines"] = ",".join(machines)
        for slug, name in machines.items():
            found[f"Octopus.Deployment.Targets[{slug}].Name"] = name
        return found | errors


def outputs(finished: Iterable[TargetRun], *, target: str = "") -> dict[str, str]:
    """Output variables of ended runs: by step, by step and target; the own target's come first."""
    found: dict[str, str] = {}
    for run in sorted(finished, key=lambda run: (run.target_slug == target, run.pk)):
        for name, value in run.given_outputs.items():
            action = f"Octopus.Action[{run.step_run.name}].Output"
            found[f"{action}.{name}"] = value
            if run.target_name:
                found[f"{action}[{run.target_name}].{name}"] = value
    return found


def _of_image(image: Image, feed: Feed | None) -> dict[str, str]:
    package = f"Octopus.Action.Package[{image.reference}]"
    host, _, _ = image.image.partition("/")
    found = {
        f"{package}.Image": image.image,
        f"{package}.PackageId": image.repository,
        f"{package}.PackageVersion": image.tag,
        f"{package}.Version": image.tag,
        f"{package}.FeedId": image.feed,
        f"{package}.Registry": host,
    }
    if feed:
        found[f"{package}.Feed.UserName"] = feed.username
        found[f"{package}.Feed.Password"] = feed.password
    return found


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
