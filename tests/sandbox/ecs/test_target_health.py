"""How the load balancer sees the tasks of a service."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ecsportal.sandbox import seed
from ecsportal.sandbox.server import RunningSandbox
from tests.sandbox.ecs.fargate_service import FargateService

GROUP = seed.target_group_arn("eu-west-1")
BALANCER = {"targetGroupArn": GROUP, "containerName": "web", "containerPort": 80}


def _health(sandbox: RunningSandbox) -> list[dict[str, Any]]:
    answer = sandbox.client("elbv2").describe_target_health(TargetGroupArn=GROUP)
    return [each["TargetHealth"] for each in answer["TargetHealthDescriptions"]]


def _states(sandbox: RunningSandbox) -> list[str]:
    return [each["State"] for each in _health(sandbox)]


@pytest.fixture
def web(sandbox: RunningSandbox) -> FargateService:
    """A service "web" in the demo cluster; it is not created yet."""
    return FargateService(sandbox)


def test_targets_come_with_the_tasks_and_turn_healthy(web: FargateService) -> None:
    assert _states(web.sandbox) == []
    web.create("shop/web:1.6.0", desired=2, loadBalancers=[BALANCER])
    web.sandbox.advance(8)
    assert _states(web.sandbox) == ["initial", "initial"]
    web.sandbox.advance(20)
    assert _states(web.sandbox) == ["healthy", "healthy"]
    answer = web.sandbox.client("elbv2").describe_target_health(TargetGroupArn=GROUP)
    details = web.tasks()[0]["attachments"][0]["details"]
    addresses = {each["Target"]["Id"] for each in answer["TargetHealthDescriptions"]}
    assert {each["value"] for each in details if each["name"] == "privateIPv4Address"} <= addresses


def test_an_unhealthy_target_says_why_before_its_task_is_stopped(web: FargateService) -> None:
    web.create("shop/web:1.6.0-unhealthy", loadBalancers=[BALANCER])
    web.sandbox.advance(11)
    assert _health(web.sandbox) == [
        {
            "State": "unhealthy",
            "Reason": "Target.ResponseCodeMismatch",
            "Description": "Health checks failed with these codes: [503]",
        }
    ]
    web.sandbox.advance(2.5)
    assert _states(web.sandbox) == ["draining"]
    web.sandbox.advance(3)
    (stopped,) = web.tasks("STOPPED")[:1]
    assert stopped["stoppedReason"] == f"Task failed ELB health checks in (target-group {GROUP})"


def test_the_grace_period_puts_the_verdict_off(web: FargateService) -> None:
    web.create(
        "shop/web:1.6.0-unhealthy", loadBalancers=[BALANCER], healthCheckGracePeriodSeconds=60
    )
    web.sandbox.advance(50)
    assert _states(web.sandbox) == ["unhealthy"]
    web.sandbox.advance(30)
    assert len(web.tasks("STOPPED")) == 1


def test_an_unknown_group_is_refused(sandbox: RunningSandbox) -> None:
    with pytest.raises(ClientError, match="One or more target groups not found"):
        sandbox.client("elbv2").describe_target_health(TargetGroupArn=GROUP.replace("web", "no"))
