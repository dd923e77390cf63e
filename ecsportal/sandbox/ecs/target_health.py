"""DescribeTargetHealth of ELB: how the load balancer sees the tasks of a target group."""

from __future__ import annotations

from collections.abc import Iterator

from ecsportal.sandbox import scenarios
from ecsportal.sandbox.ecs import task_life, timing
from ecsportal.sandbox.ecs.state import EcsRegion, Task, Wire

_INITIAL = ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
_HEALTHY = ("healthy", "", "")
_FAILING = (
    "unhealthy",
    "Target.ResponseCodeMismatch",
    "Health checks failed with these codes: [503]",
)
_DRAINING = (
    "draining",
    "Target.DeregistrationInProgress",
    "Target deregistration is in progress",
)


def describe_target_health(region: EcsRegion, group_arn: str) -> list[Wire]:
    """The registered tasks of every service that names the group, as `TargetHealthDescriptions`."""
    return [_description(region, task, port) for task, port in _registered(region, group_arn)]


def _registered(region: EcsRegion, group_arn: str) -> Iterator[tuple[Task, int]]:
    for service in region.services.values():
        for balancer in service.settings.get("loadBalancers", []):
            if balancer.get("targetGroupArn") != group_arn:
                continue
            for task in region.tasks_of(service):
                if task.last_status in {"RUNNING", "DEACTIVATING"}:
                    yield task, int(balancer.get("containerPort", 80))


def _description(region: EcsRegion, task: Task, port: int) -> Wire:
    state, reason, text = _health(region, task)
    health = {"State": state, "Reason": reason, "Description": text}
    return {
        "Target": {"Id": task.address, "Port": port, "AvailabilityZone": f"{region.name}a"},
        "HealthCheckPort": str(port),
        "TargetHealth": {key: value for key, value in health.items() if value},
    }


def _health(region: EcsRegion, task: Task) -> tuple[str, str, str]:
    if task.last_status == "DEACTIVATING":
        return _DRAINING
    if task.healthy:
        return _HEALTHY
    scenario, _ = task_life.scenario_of(region, task)
    age = (region.clock.now() - task.times["started"]).total_seconds()
    fails = scenario == scenarios.UNHEALTHY and age >= timing.HEALTHY
    return _FAILING if fails else _INITIAL
