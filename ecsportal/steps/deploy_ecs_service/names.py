"""Generated names: logical ids and the stack's name."""

from __future__ import annotations

from dataclasses import dataclass

from ecsportal.steps.deploy_ecs_service.camel_case import camel_case
from ecsportal.steps.tags import UNTENANTED

STACK_NAME_LENGTH = 128


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
