"""The versions of this step, and how a step of one becomes one of the next."""

from __future__ import annotations

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs.logging import FireLens
from ecsportal.steps.versions import Version


def _with_firelens(inputs: JsonDict) -> JsonDict:
    """Every container states that it is no log router; the template stays as it is."""
    containers = inputs.get("containers")
    if isinstance(containers, list):
        for container in containers:
            if isinstance(container, dict):
                container["firelens"] = FireLens().model_dump(mode="json")
    return inputs


VERSIONS = (
    Version(1, "A service on Fargate, without FireLens."),
    Version(
        2,
        "Adds FireLens: a container of the task can route the logs of the others. It is off in "
        "every container, so what is deployed stays the same.",
        may_change=("containers[*].firelens",),
        migrate=_with_firelens,
    ),
)
