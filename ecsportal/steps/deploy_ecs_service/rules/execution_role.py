"""What the execution role needs beyond its basic policy. Nothing here is an error."""

from __future__ import annotations

from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs
from ecsportal.steps.deploy_ecs_service.inputs.container import Container
from ecsportal.steps.problems import Problem

_CODE = "execution_role"


def execution_role_notes(inputs: DeployEcsServiceInputs) -> list[Problem]:
    """Where a permission may be missing at run time.

    The role that the stack makes has only AmazonECSTaskExecutionRolePolicy, which covers ECR and
    writing logs.
    """
    if inputs.task_execution_role_arn:
        return _notes_on_given_role(inputs)
    notes = []
    for index, container in enumerate(inputs.containers):
        for field, need in _needs(container):
            message = (
                f"The role that the stack makes may not {need}. "
                "Name an execution role that may, or the tasks stop before they start."
            )
            notes.append(Problem(f"containers[{index}].{field}", message, _CODE))
    return notes


def _needs(container: Container) -> list[tuple[str, str]]:
    needs = []
    if container.repository_authentication.type == "secrets_manager":
        needs.append(("repository_authentication", "read the registry's secret"))
    if container.environment_files:
        needs.append(("environment_files", "read the environment files from S3"))
    if any(item.type == "secret" for item in container.environment):
        needs.append(("environment", "read the secrets"))
    logging = container.logging
    if logging.type == "manual" and any(option.type == "secret" for option in logging.options):
        needs.append(("logging.options", "read the log driver's secrets"))
    return needs


def _notes_on_given_role(inputs: DeployEcsServiceInputs) -> list[Problem]:
    if not any(container.logging.type == "auto" for container in inputs.containers):
        return []
    message = (
        "Automatic logging writes with this role: it needs logs:CreateLogStream and "
        "logs:PutLogEvents."
    )
    return [Problem("task_execution_role_arn", message, _CODE)]
