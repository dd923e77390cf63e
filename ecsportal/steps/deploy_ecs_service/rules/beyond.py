"""Rules of the features beyond the reference."""

from __future__ import annotations

import re

from ecsportal.steps.arns import check_id
from ecsportal.steps.bound import is_bound
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs
from ecsportal.steps.deploy_ecs_service.inputs.beyond import Autoscaling, ServiceConnect
from ecsportal.steps.findings import (
    Findings,
    check_range,
    literal_number,
)
from ecsportal.steps.texts import check_unique, spelt

RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
)  # fmt: skip
"""What CloudWatch Logs takes (PutRetentionPolicy)."""
_ODD_IN_LOG_GROUP = re.compile(r"[^A-Za-z0-9_/.#-]")
_LONGEST_LOG_GROUP = 512
"""CreateLogGroup."""


def check_beyond(findings: Findings, inputs: DeployEcsServiceInputs) -> None:
    """Everything under `beyond`."""
    beyond = inputs.beyond
    check_range(
        findings, "beyond.circuit_breaker.threshold", beyond.circuit_breaker.threshold,
        1, None, "failed tasks",
    )  # fmt: skip
    _check_providers(findings, inputs)
    if beyond.execute_command is True and not inputs.task_role_arn:
        message = (
            "ECS Exec needs a task role that may open SSM channels "
            "(ssmmessages:*); name one as the task role."
        )
        findings.add("beyond.execute_command", "task_role", message)
    grace = "beyond.health_check_grace_period"
    check_range(findings, grace, beyond.health_check_grace_period, 0, 2147483647, "seconds")
    storage = "beyond.ephemeral_storage_gib"
    check_range(findings, storage, beyond.ephemeral_storage_gib, 21, 200, "GiB")
    if beyond.service_connect is not None:
        _check_service_connect(findings, beyond.service_connect, inputs)
    if beyond.autoscaling is not None:
        _check_autoscaling(findings, beyond.autoscaling, inputs)
    _check_log_group(findings, beyond.log_group_name)
    days = literal_number(beyond.log_retention_days)
    if days is not None and days not in RETENTION_DAYS:
        nearest = min(RETENTION_DAYS, key=lambda choice: abs(choice - days))
        message = f"CloudWatch keeps logs for fixed numbers of days; {nearest} is the nearest."
        findings.add("beyond.log_retention_days", "choice", message)


def _check_log_group(findings: Findings, name: str) -> None:
    path = "beyond.log_group_name"
    if is_bound(name):
        return
    if odd := _ODD_IN_LOG_GROUP.search(name):
        message = f"Letters, digits and _ - / . # only: {spelt(odd[0])} has to go."
        findings.add(path, "pattern", message)
    elif len(name) > _LONGEST_LOG_GROUP:
        message = f"Is {len(name)} characters long; {_LONGEST_LOG_GROUP} is the most."
        findings.add(path, "length", message)


def _check_providers(findings: Findings, inputs: DeployEcsServiceInputs) -> None:
    path, providers = "beyond.capacity_providers", inputs.beyond.capacity_providers
    check_unique(findings, path, "provider", (each.provider for each in providers))
    for index, each in enumerate(providers):
        check_range(findings, f"{path}[{index}].weight", each.weight, 0, 1000)
        check_range(findings, f"{path}[{index}].base", each.base, 0, 100000, "tasks")
    if providers and all(each.weight == 0 for each in providers):
        findings.add(f"{path}[0].weight", "range", "At least one weight has to be above 0.")
    with_base = [index for index, each in enumerate(providers) if literal_number(each.base)]
    if len(with_base) > 1:
        message = "Only one provider may have a base."
        findings.add(f"{path}[{with_base[1]}].base", "duplicate", message)


def _check_service_connect(
    findings: Findings, connect: ServiceConnect, inputs: DeployEcsServiceInputs
) -> None:
    path = "beyond.service_connect.services"
    seen: set[tuple[str, int | str]] = set()
    for index, each in enumerate(connect.services):
        at = f"{path}[{index}]"
        check_range(findings, f"{at}.alias_port", each.alias_port, 1, 65535)
        if not each.alias:
            message = "State the name by which others reach it."
            findings.add(f"{at}.alias", "missing", message)
        if is_bound(each.container) or is_bound(each.port):
            continue
        container = inputs.container(each.container)
        ports = [port.port for port in container.ports] if container else []
        if each.port not in ports and not any(map(is_bound, ports)):
            message = f"There is no container {each.container} with a port {each.port}."
            findings.add(f"{at}.port", "unknown_port", message)
        elif (each.container, each.port) in seen:
            message = f"Port {each.port} of {each.container} is there already."
            findings.add(f"{at}.port", "duplicate", message)
        seen.add((each.container, each.port))


def _check_autoscaling(
    findings: Findings, scaling: Autoscaling, inputs: DeployEcsServiceInputs
) -> None:
    path = "beyond.autoscaling"
    check_range(findings, f"{path}.min", scaling.min, 0, None, "tasks")
    check_range(findings, f"{path}.max", scaling.max, 1, None, "tasks")
    low, high = literal_number(scaling.min), literal_number(scaling.max)
    if low is not None and high is not None and low > high:
        findings.add(f"{path}.max", "below_min", f"The most, {high}, is below the least, {low}.")
    percent = scaling.metric in ("cpu", "memory")
    check_range(
        findings, f"{path}.target", scaling.target, 1, 100 if percent else None,
        "percent" if percent else "requests",
    )  # fmt: skip
    if scaling.metric != "requests":
        return
    if not inputs.load_balancers:
        message = "Scaling by requests needs a load balancer of this step to count at."
        findings.add(f"{path}.metric", "no_load_balancer", message)
    if not scaling.load_balancer_arn:
        message = "Name the application load balancer by its ARN: AWS counts requests there."
        findings.add(f"{path}.load_balancer_arn", "missing", message)
    check_id(findings, f"{path}.load_balancer_arn", "load_balancer", scaling.load_balancer_arn)
