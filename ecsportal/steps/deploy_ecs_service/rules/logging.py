"""Rules of logging and of the FireLens router."""

from __future__ import annotations

from ecsportal.steps.arns import check_id
from ecsportal.steps.bound import is_bound
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs
from ecsportal.steps.deploy_ecs_service.inputs.container import Container
from ecsportal.steps.deploy_ecs_service.inputs.logging import FireLens, Logging
from ecsportal.steps.findings import Findings, listed

_AWSLOGS_NEEDS = ("awslogs-group", "awslogs-region", "awslogs-stream-prefix")


def check_logging(
    findings: Findings, path: str, container: Container, inputs: DeployEcsServiceInputs
) -> None:
    """The driver is one of Fargate's and has what it needs; FireLens fits Fargate."""
    if container.logging.type == "manual":
        _check_manual(findings, f"{path}.logging", container.logging, inputs)
    if container.firelens.enabled is True:
        _check_firelens(findings, f"{path}.firelens", container.firelens)


def check_one_router(findings: Findings, containers: list[Container]) -> None:
    """ECS takes one FireLens container per task."""
    routers = [index for index, each in enumerate(containers) if each.firelens.enabled is True]
    for index in routers[1:]:
        message = f"{containers[routers[0]].name} routes the logs already; a task has one router."
        findings.add(f"containers[{index}].firelens.enabled", "duplicate", message)


def _check_manual(
    findings: Findings, path: str, logging: Logging, inputs: DeployEcsServiceInputs
) -> None:
    if logging.driver == "default":
        message = "Fargate has no default log driver: choose awslogs, splunk or awsfirelens."
        findings.add(f"{path}.driver", "fargate", message)
    if logging.driver == "awsfirelens" and not _has_router(inputs):
        message = "awsfirelens needs a container of this step with FireLens on, and there is none."
        findings.add(f"{path}.driver", "no_router", message)
    names = {option.name for option in logging.options}
    missing = [name for name in _AWSLOGS_NEEDS if name not in names]
    if logging.driver == "awslogs" and missing and not any(map(is_bound, names)):
        message = f"awslogs on Fargate needs {listed(missing, 'and')} as well."
        findings.add(f"{path}.options", "missing", message)
    for index, option in enumerate(logging.options):
        at = f"{path}.options[{index}]"
        if not option.name:
            findings.add(f"{at}.name", "missing", "The option needs a name.")
        if option.type == "secret":
            if not option.value:
                findings.add(f"{at}.value", "missing", "Name the secret by its ARN.")
            check_id(findings, f"{at}.value", "secret", option.value)


def _has_router(inputs: DeployEcsServiceInputs) -> bool:
    return any(each.firelens.enabled is not False for each in inputs.containers)


def _check_firelens(findings: Findings, path: str, firelens: FireLens) -> None:
    config = firelens.config
    if config.type == "s3":
        message = (
            "Fargate takes FireLens configuration only from a file inside the image, not from S3."
        )
        findings.add(f"{path}.config.type", "fargate", message)
    if config.type != "none" and not is_bound(config.type) and not config.value:
        message = (
            "State the path inside the image."
            if config.type == "file"
            else ("State the object's ARN.")
        )
        findings.add(f"{path}.config.value", "missing", message)
