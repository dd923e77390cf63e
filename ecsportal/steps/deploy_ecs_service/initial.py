"""The inputs of a new step."""

from __future__ import annotations

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs, write_inputs
from ecsportal.steps.deploy_ecs_service.inputs.container import Container, ContainerImage


def initial_inputs() -> JsonDict:
    """Every default stated, the smallest task, and one container that waits for its name."""
    inputs = DeployEcsServiceInputs(
        task_name="",
        cpu="256",
        memory="512",
        containers=[Container(name="", image=ContainerImage(repository=""))],
    )
    return write_inputs(inputs)
