"""The step's task definition as ECS itself takes it, for tasks that run before the rollout.

It is read off the template, so that both say the same: references are filled in, and the keys are
spelt as RegisterTaskDefinition has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs
from ecsportal.steps.deploy_ecs_service.names import logical_ids
from ecsportal.steps.deploy_ecs_service.template import template_parameters
from ecsportal.steps.deploy_ecs_service.template.task_definition import task_definition

_SPELT = {
    "EFSVolumeConfiguration": "efsVolumeConfiguration",
    "FilesystemId": "fileSystemId",
    "IAM": "iam",
}
"""Where ECS's key is not CloudFormation's with a small first letter."""
_FREE_KEYS = frozenset({"DockerLabels", "Options"})
"""Maps whose keys are the user's own."""


def definition_content(
    inputs: DeployEcsServiceInputs, *, images: Mapping[str, str], region: str, execution_role: str
) -> JsonDict:
    """What RegisterTaskDefinition takes, without tags.

    `execution_role` is the role's ARN where the step names none itself. Raises MissingImageError
    where `images` lacks a reference.
    """
    names = template_parameters(inputs, cluster="") | {"AWS::Region": region}
    ids = logical_ids(inputs.task_name)
    properties = dict(task_definition(inputs, ids, images)["Properties"])
    del properties["Tags"]
    content: JsonDict = _as_ecs_has_it(_filled(properties, names, execution_role))
    return content


def _filled(value: Any, names: Mapping[str, str], role: str) -> Any:
    if isinstance(value, list):
        return [_filled(each, names, role) for each in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"Ref"}:
        return names[value["Ref"]]
    if value.keys() == {"Fn::GetAtt"}:  # the execution role's ARN, nothing else is asked for
        return role
    return {key: _filled(each, names, role) for key, each in value.items()}


def _as_ecs_has_it(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_ecs_has_it(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        _SPELT.get(key) or key[0].lower() + key[1:]: dict(each)
        if key in _FREE_KEYS
        else _as_ecs_has_it(each)
        for key, each in value.items()
    }
