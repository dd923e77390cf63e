"""Services: rollouts, circuit breaker, what the scheduler says."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.sandbox.server import RunningSandbox
from tests.sandbox.ecs.fargate_service import FargateService


@pytest.fixture
def web(sandbox: RunningSandbox) -> FargateService:
    """A service "web" in the demo cluster; it is not created yet."""
    return FargateService(sandbox)


def _states(service: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["status"], each["rolloutState"]) for each in service["deployments"]]


def test_a_service_starts_its_tasks_and_reaches_a_steady_state(web: FargateService) -> None:
    created = web.create("shop/web:1.6.0", desired=2)
    assert _states(created) == [("PRIMARY", "IN_PROGRESS")]
    web.sandbox.advance(5)
    assert (web.now["pendingCount"], web.now["runningCount"]) == (2, 0)
    web.sandbox.advance(20)
    assert (web.now["pendingCount"], web.now["runningCount"]) == (0, 2)
    assert _states(web.now) == [("PRIMARY", "COMPLETED")]
    number = web.now["deployments"][0]["id"]
    assert web.says[1:] == [
        "has reached a steady state.",
        f"(deployment {number}) deployment completed.",
    ]
    assert web.says[0].startswith("has started 2 tasks: (task ")


def test_a_rolling_update_keeps_the_old_task_until_the_new_one_is_healthy(
    web: FargateService,
) -> None:
    web.create("shop/web:1.5.0")
    web.sandbox.advance(30)
    web.update("shop/web:1.6.0")
    running = []
    for _ in range(20):
        web.sandbox.advance(1)
        running.append(web.now["runningCount"])
    assert min(running) == 1
    assert max(running) == 2
    assert _states(web.now) == [("PRIMARY", "COMPLETED")]
    assert web.images == ["shop/web:1.6.0"]


def test_old_and_new_deployment_stand_side_by_side_during_a_rollout(web: FargateService) -> None:
    web.create("shop/web:1.5.0")
    web.sandbox.advance(30)
    web.update("shop/web:1.6.0")
    web.sandbox.advance(5)
    assert _states(web.now) == [("PRIMARY", "IN_PROGRESS"), ("ACTIVE", "COMPLETED")]


def test_with_no_room_above_the_desired_count_old_tasks_stop_first(web: FargateService) -> None:
    percents = {"minimumHealthyPercent": 50, "maximumPercent": 100}
    web.create("shop/web:1.5.0", desired=2, deploymentConfiguration=percents)
    web.sandbox.advance(30)
    web.update("shop/web:1.6.0")
    totals = []
    for _ in range(60):
        web.sandbox.advance(1)
        totals.append(web.now["runningCount"])
    assert (min(totals), max(totals)) == (1, 2)
    assert web.images == ["shop/web:1.6.0"] * 2


def test_percents_that_leave_no_room_are_complained_about(web: FargateService) -> None:
    percents = {"minimumHealthyPercent": 100, "maximumPercent": 100}
    web.create("shop/web:1.5.0", deploymentConfiguration=percents)
    web.sandbox.advance(30)
    web.update("shop/web:1.6.0")
    web.sandbox.advance(60)
    assert web.says[-1].startswith(
        "was unable to stop or start tasks during a deployment because of the service deployment"
    )
    assert web.images == ["shop/web:1.5.0"]


def test_the_circuit_breaker_goes_back_and_lists_the_failed_deployment_on(
    web: FargateService,
) -> None:
    breaker = {"enable": True, "rollback": True}
    web.create("shop/web:1.5.0", deploymentConfiguration={"deploymentCircuitBreaker": breaker})
    web.sandbox.advance(30)
    web.update("shop/web:1.4.2-crash")
    failed = web.now["deployments"][0]["id"]
    web.sandbox.advance(120)
    primary, other = web.now["deployments"]
    assert (primary["status"], primary["rolloutState"]) == ("PRIMARY", "COMPLETED")
    assert primary["taskDefinition"].endswith("web:1")
    assert (other["id"], other["status"], other["rolloutState"]) == (failed, "ACTIVE", "FAILED")
    assert other["rolloutStateReason"] == ("ECS deployment circuit breaker: tasks failed to start.")
    assert other["failedTasks"] == 3
    assert f"rolling back to deployment {primary['id']}." in web.says
    assert f"(deployment {failed}) deployment failed: tasks failed to start." in web.says


def test_a_first_deployment_has_nothing_to_go_back_to(web: FargateService) -> None:
    breaker = {"enable": True, "rollback": True}
    configuration = {"deploymentCircuitBreaker": breaker}
    web.create("shop/web:1.4.1-missing", deploymentConfiguration=configuration)
    web.sandbox.advance(120)
    assert _states(web.now) == [("PRIMARY", "FAILED")]
    assert web.now["runningCount"] == 0


def test_without_a_circuit_breaker_it_retries_ever_more_slowly(web: FargateService) -> None:
    web.create("shop/web:1.4.2-crash")
    web.sandbox.advance(3600)
    assert _states(web.now) == [("PRIMARY", "IN_PROGRESS")]
    assert 10 <= web.now["deployments"][0]["failedTasks"] <= 20
    assert any(each.startswith("is unable to consistently start tasks") for each in web.says)


def test_scaling_begins_no_deployment(web: FargateService) -> None:
    web.create("shop/web:1.6.0")
    web.sandbox.advance(30)
    number = web.now["deployments"][0]["id"]
    web.client.update_service(cluster="demo", service="web", desiredCount=3)
    web.sandbox.advance(30)
    assert web.now["runningCount"] == 3
    web.client.update_service(cluster="demo", service="web", desiredCount=1)
    web.sandbox.advance(30)
    assert web.now["runningCount"] == 1
    assert [each["id"] for each in web.now["deployments"]] == [number]


def test_force_new_deployment_replaces_the_tasks(web: FargateService) -> None:
    web.create("shop/web:1.6.0")
    web.sandbox.advance(30)
    before = web.task_arns
    web.client.update_service(cluster="demo", service="web", forceNewDeployment=True)
    web.sandbox.advance(30)
    assert web.task_arns != before
    assert _states(web.now) == [("PRIMARY", "COMPLETED")]


def test_going_back_in_mid_rollout_takes_the_running_tasks_up_again(web: FargateService) -> None:
    web.create("shop/web:1.5.0")
    web.sandbox.advance(30)
    before, number = web.task_arns, web.now["deployments"][0]["id"]
    web.update("shop/web:1.4.3-stuck")
    web.sandbox.advance(30)
    web.client.update_service(cluster="demo", service="web", taskDefinition="web:1")
    web.sandbox.advance(30)
    assert web.task_arns == before
    assert [each["id"] for each in web.now["deployments"]] == [number]


def test_a_task_that_someone_stops_is_replaced(web: FargateService) -> None:
    web.create("shop/web:1.6.0")
    web.sandbox.advance(30)
    (task,) = web.task_arns
    stopped = web.client.stop_task(cluster="demo", task=task, reason="Just so")["task"]
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "Just so")
    web.sandbox.advance(30)
    assert len(web.task_arns) == 1
    assert web.task_arns != [task]


def test_targets_are_registered_and_drained_with_a_load_balancer(web: FargateService) -> None:
    arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/50dc6c495c0c9188"
    balancer = {"targetGroupArn": arn, "containerName": "web", "containerPort": 80}
    web.create("shop/web:1.5.0", loadBalancers=[balancer])
    web.sandbox.advance(30)
    assert f"registered 1 targets in (target-group {arn})" in web.says
    web.update("shop/web:1.6.0")
    web.sandbox.advance(30)
    assert "has begun draining connections on 1 tasks." in web.says


def test_a_deleted_service_drains_and_turns_inactive(web: FargateService) -> None:
    web.create("shop/web:1.6.0")
    web.sandbox.advance(30)
    with pytest.raises(web.client.exceptions.InvalidParameterException, match="scaled above 0"):
        web.client.delete_service(cluster="demo", service="web")
    web.client.delete_service(cluster="demo", service="web", force=True)
    assert web.now["status"] == "DRAINING"
    web.sandbox.advance(30)
    assert web.now["status"] == "INACTIVE"
    assert web.client.list_services(cluster="demo")["serviceArns"] == []
    with pytest.raises(web.client.exceptions.ServiceNotActiveException):
        web.client.update_service(cluster="demo", service="web", desiredCount=1)


def test_waiting_for_services_stable_works(web: FargateService) -> None:
    web.create("shop/web:1.6.0")
    web.sandbox.advance(30)
    waiter = web.client.get_waiter("services_stable")
    waiter.wait(cluster="demo", services=["web"], WaiterConfig={"Delay": 0, "MaxAttempts": 1})


def test_the_newer_view_of_deployments_tells_the_same(web: FargateService) -> None:
    web.create("shop/web:1.6.0")
    web.sandbox.advance(30)
    brief = web.client.list_service_deployments(cluster="demo", service="web")
    (arn,) = [each["serviceDeploymentArn"] for each in brief["serviceDeployments"]]
    assert arn == web.now["currentServiceDeployment"]
    full = web.client.describe_service_deployments(serviceDeploymentArns=[arn])
    assert full["serviceDeployments"][0]["status"] == "SUCCESSFUL"
    assert full["serviceDeployments"][0]["targetServiceRevision"]["runningTaskCount"] == 1


def test_a_revision_tells_what_a_deployment_runs(web: FargateService) -> None:
    web.create("shop/web:1.6.0")
    deployments = web.client.list_service_deployments(cluster="demo", service="web")
    arn = deployments["serviceDeployments"][0]["targetServiceRevisionArn"]
    answer = web.client.describe_service_revisions(serviceRevisionArns=[arn, f"{arn}0"])
    (revision,) = answer["serviceRevisions"]
    assert revision["containerImages"] == [{"containerName": "web", "image": "shop/web:1.6.0"}]
    assert revision["taskDefinition"].endswith("task-definition/web:1")
    assert [each["reason"] for each in answer["failures"]] == ["MISSING"]
