"""The inputs of the step: what can be typed, and how a stored document is read."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ValidationError

from ecsportal.ecs.fargate import cpu_units, memory_mib
from ecsportal.steps.bound import is_bound
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs.beyond import Beyond
from ecsportal.steps.deploy_ecs_service.inputs.container import Container
from ecsportal.steps.deploy_ecs_service.inputs.storage import Volume
from ecsportal.steps.fields import (
    Flag,
    Number,
    StepModel,
    Text,
    one_of,
    read_with,
    shape_problem,
    wrong_shape,
)
from ecsportal.steps.problems import Problem, StepInputsError
from ecsportal.steps.tags import Tag
from ecsportal.steps.wait_option import Wait

NEWEST_VERSION = 2
"""Version 2 added FireLens."""


def _size_text(value: object, units_of: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise wrong_shape("text", value)
    units = None if is_bound(value) else units_of(value)
    return value if units is None else str(units)


_CPU = read_with(lambda value: _size_text(value, cpu_units), {"type": "string"})
_MEMORY = read_with(lambda value: _size_text(value, memory_mib), {"type": "string"})


class LoadBalancer(StepModel):
    """A target group that sends requests to a container's port."""

    container: Text
    port: Number
    target_group_arn: Text


class DeployEcsServiceInputs(StepModel):
    """All inputs. `cpu` and `memory` are read to units and MiB: `0.5 vCPU` becomes `512`."""

    task_name: Text
    stack_name: Text = ""
    task_role_arn: Text = ""
    task_execution_role_arn: Text = ""
    cpu: Annotated[str, _CPU]
    memory: Annotated[str, _MEMORY]
    cpu_architecture: Annotated[str, one_of("X86_64", "ARM64")] = "X86_64"
    desired_count: Number = 1
    security_group_ids: list[Text] = []
    subnet_ids: list[Text] = []
    assign_public_ip: Flag = True
    enable_ecs_managed_tags: Flag = False
    tags: list[Tag] = []
    minimum_healthy_percent: Number = 100
    maximum_percent: Number = 200
    wait: Wait = Wait()
    load_balancers: list[LoadBalancer] = []
    volumes: list[Volume] = []
    containers: list[Container] = []
    on_update_rollback_failed: Annotated[str, one_of("continue_rollback", "delete")] = (
        "continue_rollback"
    )
    delete_stack_with_running_service: Flag = False
    fail_after_stopped_tasks: Number = 3
    no_progress_minutes: Number = 15
    cancel_on_failure: Flag = True
    beyond: Beyond = Beyond()

    def container(self, name: str) -> Container | None:
        """The container of that name."""
        return next((each for each in self.containers if each.name == name), None)


def read_inputs(document: object, version: int = NEWEST_VERSION) -> DeployEcsServiceInputs:
    """The inputs in a stored or evaluated document.

    Raises StepInputsError, with every place at once, where the document has another shape.
    """
    problems, document = _without_firelens(document) if version == 1 else ([], document)
    try:
        inputs = DeployEcsServiceInputs.model_validate(document)
    except ValidationError as error:
        found = [shape_problem(each) for each in error.errors()]
        raise StepInputsError([*problems, *found]) from error
    if problems:
        raise StepInputsError(problems)
    return inputs


def write_inputs(inputs: DeployEcsServiceInputs, version: int = NEWEST_VERSION) -> JsonDict:
    """The document of these inputs, every key stated, as that version of the step has it."""
    document = inputs.model_dump(mode="json")
    if version == 1:
        for container in document["containers"]:
            del container["firelens"]
    return document


def inputs_schema(version: int = NEWEST_VERSION) -> JsonDict:
    """The JSON Schema of the inputs."""
    schema = DeployEcsServiceInputs.model_json_schema()
    if version == 1:
        schema["$defs"]["Container"]["properties"].pop("firelens")
        for unused in ("FireLens", "FireLensConfig"):
            schema["$defs"].pop(unused)
    return schema


def _without_firelens(document: object) -> tuple[list[Problem], object]:
    """Version 1 knows no FireLens: names each place that has it, and takes it out."""
    containers = document.get("containers") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(containers, list):
        return [], document
    problems = [
        Problem(
            f"containers[{index}].firelens",
            "Version 1 of this step has no FireLens. Upgrade the step to version 2.",
            "unknown_field",
            "shape",
        )
        for index, container in enumerate(containers)
        if isinstance(container, dict) and "firelens" in container
    ]
    kept = [
        {key: value for key, value in each.items() if key != "firelens"}
        if isinstance(each, dict)
        else each
        for each in containers
    ]
    return problems, {**document, "containers": kept}
