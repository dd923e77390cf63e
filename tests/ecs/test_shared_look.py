"""One look at all services of a cluster that somebody follows."""

from __future__ import annotations

from datetime import datetime

import pytest

from ecsportal.ecs.shared_look import followed_service
from ecsportal.sandbox.server import RunningSandbox

PLACE = ("shop", "eu-west-1")
NAMES = [f"web-{number}" for number in range(12)]


@pytest.fixture
def services(sandbox: RunningSandbox) -> RunningSandbox:
    """Twelve services, followed for two seconds."""
    ecs = sandbox.client("ecs")
    ecs.create_cluster(clusterName="main")
    ecs.register_task_definition(
        family="web", containerDefinitions=[{"name": "web", "image": "nginx", "memory": 128}]
    )
    for name in NAMES:
        ecs.create_service(cluster="main", serviceName=name, taskDefinition="web", desiredCount=1)
    assert _follow(sandbox, NAMES) == NAMES
    sandbox.advance(2)
    sandbox.world.calls.clear()
    return sandbox


def _now(sandbox: RunningSandbox) -> datetime:
    return sandbox.world.clock.now()


def _follow(sandbox: RunningSandbox, names: list[str]) -> list[str]:
    ecs = sandbox.client("ecs")
    found = [followed_service(ecs, "main", name, place=PLACE, now=_now(sandbox)) for name in names]
    return [service.name if service else "none" for service in found]


def test_many_services_share_calls_of_ten(services: RunningSandbox) -> None:
    assert _follow(services, NAMES) == NAMES
    assert services.count("ecs.DescribeServices") == 2


def test_a_service_that_is_not_there_is_none(services: RunningSandbox) -> None:
    assert _follow(services, ["nobody"]) == ["none"]


def test_who_may_look_at_single_services_only_does(services: RunningSandbox) -> None:
    services.faults.add(
        service="ecs",
        action="DescribeServices",
        code="AccessDeniedException",
        status=400,
        times=1,
    )
    assert _follow(services, NAMES) == NAMES
    services.advance(2)
    services.world.calls.clear()
    assert _follow(services, NAMES) == NAMES
    assert services.count("ecs.DescribeServices") == 12
