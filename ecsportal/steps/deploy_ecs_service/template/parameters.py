"""The template's parameters: which are stated, in which order, and what they hold."""

from __future__ import annotations

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs

POLICY_PARAMETER = "AmazonECSTaskExecutionRolePolicyArn"
_POLICY = "iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


def logs_automatically(inputs: DeployEcsServiceInputs) -> bool:
    """True where the stack needs a log group."""
    return any(container.logging.type == "auto" for container in inputs.containers)


def parameters(inputs: DeployEcsServiceInputs, *, cluster: str, partition: str) -> JsonDict:
    """The Parameters section, in the reference's order.

    The last seven stand only where stated; a bound value counts as not the default.
    """
    declared = {
        "ClusterName": _text(cluster),
        "TaskDefinitionName": _text(inputs.task_name),
        "TaskDefinitionCPU": _text(inputs.cpu),
        "TaskDefinitionMemory": _text(inputs.memory),
    }
    if inputs.task_role_arn:
        declared["TaskRole"] = _text(inputs.task_role_arn)
    if inputs.task_execution_role_arn:
        declared["TaskExecutionRole"] = _text(inputs.task_execution_role_arn)
    # Autoscaling owns the count: a template that names one would undo it at every update.
    if inputs.desired_count != 1 and inputs.beyond.autoscaling is None:
        declared["DesiredCount"] = _number(inputs.desired_count)
    if inputs.minimum_healthy_percent != 100:
        declared["MinimumHealthPercent"] = _number(inputs.minimum_healthy_percent)
    if inputs.maximum_percent != 200:
        declared["MaximumHealthPercent"] = _number(inputs.maximum_percent)
    if logs_automatically(inputs):
        group = inputs.beyond.log_group_name or f"/ecs/{inputs.task_name}"
        declared["LogGroupName"] = _text(group)
    if not inputs.task_execution_role_arn:
        declared[POLICY_PARAMETER] = _text(f"arn:{partition}:{_POLICY}")
    return declared


def _text(default: str) -> JsonDict:
    return {"Type": "String", "Default": default}


def _number(default: int | str) -> JsonDict:
    return {"Type": "Number", "Default": default}
