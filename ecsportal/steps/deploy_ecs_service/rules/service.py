"""Rules of the service: count, network, rollout, load balancers, waiting."""

from __future__ import annotations

from ecsportal.steps.arns import check_id
from ecsportal.steps.bound import is_bound
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs, LoadBalancer
from ecsportal.steps.findings import (
    Findings,
    check_count,
    check_range,
    duplicates,
    listed,
    literal_number,
)
from ecsportal.steps.wait_option import check_wait

MOST_SECURITY_GROUPS = 5
MOST_SUBNETS = 16
MOST_TARGET_GROUPS = 5


def check_service(findings: Findings, inputs: DeployEcsServiceInputs) -> None:
    """Everything that ends in the service, and how the step follows it."""
    check_range(findings, "desired_count", inputs.desired_count, 0, None)
    _check_ids(
        findings, "security_group_ids", "security_group", inputs.security_group_ids,
        MOST_SECURITY_GROUPS,
    )  # fmt: skip
    _check_ids(findings, "subnet_ids", "subnet", inputs.subnet_ids, MOST_SUBNETS)
    check_range(
        findings, "minimum_healthy_percent", inputs.minimum_healthy_percent, 0, 100, "percent"
    )
    check_range(findings, "maximum_percent", inputs.maximum_percent, 100, 200, "percent")
    _check_room_to_replace(findings, inputs)
    check_wait(findings, inputs.wait)
    check_range(findings, "fail_after_stopped_tasks", inputs.fail_after_stopped_tasks, 1, None)
    check_range(findings, "no_progress_minutes", inputs.no_progress_minutes, 1, None, "minutes")
    check_count(
        findings, "load_balancers", inputs.load_balancers, MOST_TARGET_GROUPS, "target groups"
    )
    seen: set[LoadBalancer] = set()
    for index, balancer in enumerate(inputs.load_balancers):
        path = f"load_balancers[{index}]"
        if balancer in seen:
            findings.add(path, "duplicate", "This mapping is there already.")
        seen.add(balancer)
        _check_load_balancer(findings, path, balancer, inputs)


def _check_ids(findings: Findings, path: str, kind: str, ids: list[str], most: int) -> None:
    what = kind.replace("_", " ")
    if not ids:
        findings.add(path, "missing", f"Name at least one {what}.")
    check_count(findings, path, ids, most, f"{what}s")
    for index, text in enumerate(ids):
        if not text:
            findings.add(f"{path}[{index}]", "missing", f"Name the {what}, or remove the row.")
        check_id(findings, f"{path}[{index}]", kind, text)
    for index, text in duplicates(ids):
        findings.add(f"{path}[{index}]", "duplicate", f"{text} is there already.")


def _check_room_to_replace(findings: Findings, inputs: DeployEcsServiceInputs) -> None:
    """ECS rounds the minimum up and the maximum down; between them one task has to fit."""
    scaling = inputs.beyond.autoscaling
    # Scaled by AWS, the step's own count isn't used: where the least fits, more does too.
    count = literal_number(scaling.min if scaling else inputs.desired_count)
    minimum = literal_number(inputs.minimum_healthy_percent)
    maximum = literal_number(inputs.maximum_percent)
    if not count or count < 0 or minimum is None or maximum is None:
        return
    if not (0 <= minimum <= 100 <= maximum <= 200):
        return  # told as a range already
    may_run, must_run = count * maximum // 100, -(-count * minimum // 100)
    if may_run <= must_run:
        message = (
            f"With {_tasks(count)}, {must_run} must keep running and {may_run} may run at once, "
            "so none could ever be replaced. Lower the minimum or raise the maximum."
        )
        findings.add("maximum_percent", "no_room", message)


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"


def _check_load_balancer(
    findings: Findings, path: str, balancer: LoadBalancer, inputs: DeployEcsServiceInputs
) -> None:
    arn_path = f"{path}.target_group_arn"
    if not balancer.target_group_arn:
        findings.add(arn_path, "missing", "Name the target group.")
    check_id(findings, arn_path, "target_group", balancer.target_group_arn)
    if is_bound(balancer.container) or any(is_bound(each.name) for each in inputs.containers):
        return
    container = inputs.container(balancer.container)
    if container is None:
        named = listed(each.name for each in inputs.containers) or "none so far"
        message = f'There is no container "{balancer.container}" in this step, only {named}.'
        findings.add(f"{path}.container", "unknown_container", message)
        return
    if is_bound(balancer.port) or any(
        is_bound(port.port) or is_bound(port.protocol) for port in container.ports
    ):
        return
    tcp_ports = [port.port for port in container.ports if port.protocol == "tcp"]
    if balancer.port not in tcp_ports:
        opened = f"Its tcp ports: {listed(tcp_ports, 'and')}." if tcp_ports else "It has none."
        message = f"{container.name} has no tcp port {balancer.port}. {opened}"
        findings.add(f"{path}.port", "unknown_port", message)
