"""Rules of the order in which containers start."""

from __future__ import annotations

from ecsportal.steps.bound import is_bound
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs
from ecsportal.steps.deploy_ecs_service.inputs.container import Container
from ecsportal.steps.deploy_ecs_service.rules.volumes import check_other_container
from ecsportal.steps.findings import Findings
from ecsportal.steps.texts import check_unique


def check_dependencies(
    findings: Findings, path: str, container: Container, inputs: DeployEcsServiceInputs
) -> None:
    """Each names another container that can reach the state waited for."""
    path = f"{path}.depends_on"
    names = (each.container for each in container.depends_on)
    check_unique(findings, path, "container", names)
    for index, dependency in enumerate(container.depends_on):
        at = f"{path}[{index}]"
        other = check_other_container(
            findings, f"{at}.container", dependency.container, container, inputs
        )
        if other is None:
            continue
        if dependency.condition == "HEALTHY" and _never_healthy(other):
            message = f"{other.name} has no health check, so it never becomes healthy."
            findings.add(f"{at}.condition", "no_health_check", message)
        if dependency.condition in ("COMPLETE", "SUCCESS") and other.essential is True:
            message = (
                f"{other.name} is essential: when it ends, the task ends. "
                f"{dependency.condition} waits only for a container that isn't."
            )
            findings.add(f"{at}.condition", "essential", message)


def check_cycles(findings: Findings, containers: list[Container]) -> None:
    """No container waits for itself through others; each cycle is told once."""
    waits_for = {
        each.name: [other.container for other in each.depends_on if other.container != each.name]
        for each in containers
    }
    told: set[frozenset[str]] = set()
    for index, container in enumerate(containers):
        cycle = _cycle_from(container.name, waits_for)
        if cycle and frozenset(cycle) not in told and not is_bound(container.name):
            told.add(frozenset(cycle))
            message = f"Nothing could start first: {' waits for '.join([*cycle, cycle[0]])}."
            findings.add(f"containers[{index}].depends_on", "cycle", message)


def _never_healthy(container: Container) -> bool:
    check = container.health_check
    return check is None or check.command[:1] in ([], ["NONE"])


def _cycle_from(start: str, waits_for: dict[str, list[str]]) -> list[str]:
    """The shortest way from `start` back to itself, or an empty list."""
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop(0)
        for other in waits_for.get(way[-1], []):
            if other == start:
                return way
            if other not in seen:
                seen.add(other)
                ways.append([*way, other])
    return []
