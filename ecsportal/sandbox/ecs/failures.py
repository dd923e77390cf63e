"""AWS's words for tasks that end badly (ECS Developer Guide, "Stopped tasks error messages")."""

from __future__ import annotations

from ecsportal.sandbox import scenarios
from ecsportal.sandbox.ecs.state import Container, EcsRegion, Task
from ecsportal.sandbox.identifiers import ACCOUNT_ID, arn
from ecsportal.sandbox.scenarios import tag_of

ASKED_TO_STOP = 143
NO_CAPACITY = (
    "Capacity is unavailable at this time. Please try again later or in a different availability "
    "zone"
)


def exit_of(scenario: str) -> tuple[int, str]:
    """Exit code and reason of a container that ends by itself; 0 where it plays nothing."""
    if scenario == scenarios.OOM:
        return 137, "OutOfMemoryError: Container killed due to memory usage"
    if scenario in {scenarios.CRASH, scenarios.ARCH}:
        return 1, ""
    return scenarios.exit_code_of(scenario) or 0, ""


def cannot_pull(image: str) -> str:
    """An image that isn't there."""
    name = full_name(image)
    return (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
        f"failed to resolve ref {name}: {name}: not found"
    )


def full_name(image: str) -> str:
    """An image reference with registry and tag, as containerd writes it."""
    first, slash, _ = image.partition("/")
    has_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
    name = image if has_host else f"docker.io/{image if slash else f'library/{image}'}"
    return name if tag_of(image) or "@" in image else f"{name}:latest"


def denied_secret(region: EcsRegion, task: Task, container: Container) -> str:
    """An execution role that may not read a secret of the container."""
    body = next(each for each in task.definition.containers if each["name"] == container.name)
    names = [str(each["valueFrom"]) for each in body.get("secrets", [])]
    secret = names[0] if names else arn("secretsmanager", region.name, "secret:database-AbCdEf")
    role = str(task.definition.body.get("executionRoleArn", "ecsTaskExecutionRole"))
    user = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{role.rpartition('/')[2]}/{task.id}"
    return (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource "
        "retrieval failed: unable to retrieve secret from asm: service call has been retried "
        f"1 time(s): failed to fetch secret {secret} from secrets manager: AccessDeniedException: "
        f"User: {user} is not authorized to perform: secretsmanager:GetSecretValue on resource: "
        f"{secret} because no identity-based policy allows the secretsmanager:GetSecretValue action"
    )


def missing_log_group(region: EcsRegion, task: Task) -> str:
    """The first log group that the task needs and that doesn't exist; empty if all do."""
    for body in task.definition.containers:
        options = log_options(body)
        group = options.get("awslogs-group", "")
        if group and options.get("awslogs-create-group") != "true":
            place = options.get("awslogs-region", region.name)
            if not region.logs.has_group(place, group):
                return group
    return ""


def log_options(body: dict[str, object]) -> dict[str, str]:
    """The awslogs options of a container definition; {} for other drivers."""
    configuration = body.get("logConfiguration")
    if not isinstance(configuration, dict) or configuration.get("logDriver") != "awslogs":
        return {}
    return dict(configuration.get("options") or {})


def no_log_group(group: str) -> str:
    """A log group that isn't there."""
    return (
        "ResourceInitializationError: failed to validate logger args: create stream has been "
        "retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: "
        f"The specified log group does not exist. log group: {group}: exit status 1"
    )
