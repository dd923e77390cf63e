"""Generated names: logical ids, the stack's name and its tags."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ecsportal.steps.contract import DeploymentFacts, TargetFacts
from ecsportal.steps.deploy_ecs_service.camel_case import camel_case
from ecsportal.steps.deploy_ecs_service.inputs import Tag

STACK_NAME_LENGTH = 128
TAG_KEY_LENGTH = 128
TAG_VALUE_LENGTH = 256
UNTENANTED = "untenanted"
"""Stands where Octopus Deploy has a tenant: this portal has none."""

_NOT_IN_TAGS = re.compile(r"[^A-Za-z0-9 +=.:/@_-]")


@dataclass(frozen=True)
class LogicalIds:
    """The logical ids of the template's resources."""

    execution_role: str
    log_group: str
    task_definition: str
    service: str
    scalable_target: str
    scaling_policy: str


def logical_ids(task_name: str) -> LogicalIds:
    """The ids that follow from the task's name."""
    suffix = camel_case(task_name)
    return LogicalIds(
        execution_role=f"TaskExecutionRole{suffix}",
        log_group=f"AwsLogGroup{suffix}",
        task_definition=f"TaskDefinition{suffix}",
        service=f"Service{suffix}",
        scalable_target=f"ScalableTarget{suffix}",
        scaling_policy=f"ScalingPolicy{suffix}",
    )


def generated_stack_name(cluster: str, task_name: str, environment_id: str) -> str:
    """The stack's name where none is given: one per cluster, service and environment."""
    service = logical_ids(task_name).service
    parts = [camel_case(part) for part in (cluster, service, environment_id)]
    return "-".join(["cf-ecs", *parts, UNTENANTED])[:STACK_NAME_LENGTH]


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
