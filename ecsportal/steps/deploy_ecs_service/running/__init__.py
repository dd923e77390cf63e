"""The inputs that would deploy a service that runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsportal.steps.deploy_ecs_service.initial import initial_inputs
from ecsportal.steps.deploy_ecs_service.names import logical_ids
from ecsportal.steps.deploy_ecs_service.running.containers import container
from ecsportal.steps.deploy_ecs_service.running.service import service_inputs
from ecsportal.steps.deploy_ecs_service.running.task import own_log_group, task_inputs
from ecsportal.steps.running_service import (
    Facts,
    MatchedImage,
    MatchImage,
    RunningImport,
    StackFacts,
)


def running_import(
    service: Mapping[str, Any],
    task_definition: Mapping[str, Any],
    *,
    match_image: MatchImage,
    stack: StackFacts | None,
) -> RunningImport:
    """The inputs; with a stack that it adopts, role and log group are the stack's own again."""
    report: list[str] = []
    images: list[MatchedImage] = []
    told = Facts(task_definition, "taskDefinition", report)
    family = str(told.take("family", ""))
    group = own_log_group(stack, family)
    containers = []
    for each in told.objects("containerDefinitions"):
        read, image = container(each, match_image, own_group=group)
        containers.append(read)
        images.append(image)
    inputs = initial_inputs()
    inputs |= task_inputs(told, family, stack)
    inputs["containers"] = containers
    _merge(inputs, service_inputs(Facts(service, "service", report), task_definition))
    if stack:
        inputs["stack_name"] = stack.name
        _adopt_log_group(inputs, group, family)
    ids = logical_ids(family)
    ours = set(vars(ids).values())
    return RunningImport(
        inputs,
        tuple(report),
        tuple(images),
        adopts=bool(stack and ids.service in stack.resources),
        beside=tuple(id for id in stack.resources if id not in ours) if stack else (),
    )


def _merge(inputs: dict[str, Any], read: dict[str, Any]) -> None:
    """What the service says; under `beyond` beside what the task said."""
    beyond = inputs["beyond"] | read.pop("beyond")
    inputs |= read
    inputs["beyond"] = beyond


def _adopt_log_group(inputs: dict[str, Any], group: str, family: str) -> None:
    """A log group of the stack with a name of its own keeps it."""
    if group and group != f"/ecs/{family}":
        inputs["beyond"]["log_group_name"] = group
