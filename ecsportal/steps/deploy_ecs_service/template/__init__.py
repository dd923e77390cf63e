"""The CloudFormation template of the step.

The reference's template, key by key, so that a project that moves here updates its stacks in place;
what goes beyond it is off by default and then leaves no trace.
"""

from __future__ import annotations

from collections.abc import Mapping

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs
from ecsportal.steps.deploy_ecs_service.names import logical_ids
from ecsportal.steps.deploy_ecs_service.template.autoscaling import autoscaling_resources
from ecsportal.steps.deploy_ecs_service.template.images import (
    MissingImageError,
    image_text,
    image_texts,
)
from ecsportal.steps.deploy_ecs_service.template.parameters import (
    POLICY_PARAMETER,
    logs_automatically,
    parameters,
)
from ecsportal.steps.deploy_ecs_service.template.service import service
from ecsportal.steps.deploy_ecs_service.template.task_definition import (
    execution_role,
    log_group,
    task_definition,
)

__all__ = [
    "MissingImageError",
    "build_template",
    "image_text",
    "image_texts",
    "template_parameters",
]


def build_template(
    inputs: DeployEcsServiceInputs,
    *,
    images: Mapping[str, str] | None,
    cluster: str,
    partition: str = "aws",
) -> JsonDict:
    """The template; the same inputs give the same bytes.

    `images` maps references to images; None exports an expression for each. Raises
    MissingImageError where it lacks one.
    """
    ids = logical_ids(inputs.task_name)
    declared = parameters(inputs, cluster=cluster, partition=partition)
    resources: JsonDict = {}
    if not inputs.task_execution_role_arn:
        resources[ids.execution_role] = execution_role()
    if logs_automatically(inputs):
        resources[ids.log_group] = log_group(inputs.beyond.log_retention_days)
    resources[ids.task_definition] = task_definition(inputs, ids, images)
    resources[ids.service] = service(inputs, ids, declared)
    resources.update(autoscaling_resources(inputs, ids))
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": declared,
        "Resources": resources,
    }


def template_parameters(inputs: DeployEcsServiceInputs, *, cluster: str) -> dict[str, str]:
    """What a deployment passes beside the template, as text: all but the policy's ARN."""
    declared = parameters(inputs, cluster=cluster, partition="aws")
    return {
        name: str(parameter["Default"])
        for name, parameter in declared.items()
        if name != POLICY_PARAMETER
    }
