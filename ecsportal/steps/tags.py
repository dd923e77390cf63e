"""AWS tags as steps have them: typed by the user, or added to every stack."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ecsportal.steps.contract import DeploymentFacts, TargetFacts
from ecsportal.steps.fields import StepModel, Text

TAG_KEY_LENGTH = 128
TAG_VALUE_LENGTH = 256
UNTENANTED = "untenanted"
"""Stands where Octopus Deploy has a tenant: this portal has none."""

_NOT_IN_TAGS = re.compile(r"[^A-Za-z0-9 +=.:/@_-]")


class Tag(StepModel):
    """An AWS tag."""

    key: Text
    value: Text = ""


def stack_tags(
    deployment: DeploymentFacts, target: TargetFacts, user_tags: Iterable[Tag]
) -> dict[str, str]:
    """The tags of the stack, in order; it propagates them to service and task definition.

    One tag per key: the user's value wins over ours, and the last of several over the first. AWS
    refuses a stack tag without a value, so what is empty then is dropped.
    """
    ours = _system_tags(deployment, target).items()
    tags: dict[str, str] = {}
    for key, value in [*ours, *((tag.key, tag.value) for tag in user_tags)]:
        tags[_tag_text(key, TAG_KEY_LENGTH)] = _tag_text(value, TAG_VALUE_LENGTH)
    return {key: value for key, value in tags.items() if key and value}


def _system_tags(deployment: DeploymentFacts, target: TargetFacts) -> dict[str, str]:
    return {
        "Octopus.Project.Id": deployment.project_id,
        "Octopus.Action.Id": deployment.step_id,
        "Octopus.Deployment.Id": deployment.id,
        "Octopus.Step.Id": deployment.step_id,
        "Octopus.Environment.Id": deployment.environment_id,
        "Octopus.Deployment.Tenant.Id": UNTENANTED,
        "Octopus.Deployment.Name": deployment.name,
        "Octopus.Environment.Name": deployment.environment_name,
        "Octopus.Project.Name": deployment.project_name,
        "Octopus.Release.Channel.Name": deployment.channel_name,
        "Octopus.Action.Name": deployment.step_name,
        "Octopus.Step.Name": deployment.step_name,
        "Octopus.Machine.Name": target.name,
    }


def _tag_text(text: str, length: int) -> str:
    return _NOT_IN_TAGS.sub("", text).strip()[:length]
