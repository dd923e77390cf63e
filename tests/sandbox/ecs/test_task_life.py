"""Tasks: their states, and how each scenario ends."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ecsportal.sandbox.server import RunningSandbox
from tests.sandbox.ecs.fargate_service import NETWORK, FargateService, definition


@pytest.fixture
def web(sandbox: RunningSandbox) -> FargateService:
    """A service "web" in the demo cluster; it is not created yet."""
    return FargateService(sandbox)


def test_a_task_passes_through_all_states(web: FargateService) -> None:
    web.create("shop/web:1.6.0")
    seen = []
    for _ in range(12):
        web.sandbox.advance(1)
        seen += [task["lastStatus"] for task in web.tasks()]
    (arn,) = web.task_arns
    web.client.stop_task(cluster="demo", task=arn)
    for _ in range(5):
        answer = web.client.describe_tasks(cluster="demo", tasks=[arn])
        seen.append(answer["tasks"][0]["lastStatus"])
        web.sandbox.advance(1)
    assert list(dict.fromkeys(seen)) == [
        "PROVISIONING",
        "PENDING",
        "ACTIVATING",
        "RUNNING",
        "DEACTIVATING",
        "STOPPING",
        "DEPROVISIONING",
        "STOPPED",
    ]


def test_timestamps_are_those_of_the_moment_however_late_one_asks(web: FargateService) -> None:
    web.create("shop/web:1.6.0")
    web.sandbox.advance(1000)
    (task,) = web.tasks()
    assert (task["pullStartedAt"] - task["createdAt"]).total_seconds() == 2
    assert (task["startedAt"] - task["createdAt"]).total_seconds() == 6


def test_a_missing_image_cannot_be_pulled(web: FargateService) -> None:
    web.create("shop/web:1.4.1-missing")
    web.sandbox.advance(6)
    task = web.tasks("STOPPED")[0]
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"] == (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to "
        "resolve ref docker.io/shop/web:1.4.1-missing: docker.io/shop/web:1.4.1-missing: not found"
    )
    assert task["containers"][0]["reason"] == task["stoppedReason"]
    assert "startedAt" not in task


@pytest.mark.parametrize(
    ("suffix", "exit_code", "reason"),
    [
        ("crash", 1, None),
        ("oom", 137, "OutOfMemoryError: Container killed due to memory usage"),
        ("arch", 1, None),
    ],
)
def test_a_container_that_ends_takes_the_task_along(
    web: FargateService, suffix: str, exit_code: int, reason: str | None
) -> None:
    web.create(f"shop/web:1.4.4-{suffix}")
    web.sandbox.advance(15)
    task = web.tasks("STOPPED")[0]
    assert task["stopCode"] == "EssentialContainerExited"
    assert task["stoppedReason"] == "Essential container in task exited"
    container = task["containers"][0]
    assert (container["exitCode"], container.get("reason")) == (exit_code, reason)


def test_a_stuck_task_stays_pending(web: FargateService) -> None:
    web.create("shop/web:1.4.3-stuck")
    web.sandbox.advance(3600)
    assert [task["lastStatus"] for task in web.tasks()] == ["PENDING"]


def test_an_unhealthy_task_is_stopped_by_the_scheduler(web: FargateService) -> None:
    check = {"command": ["CMD-SHELL", "curl -f http://localhost/"]}
    web.create("shop/web:1.4.5-unhealthy", container={"healthCheck": check})
    web.sandbox.advance(14)
    task = web.tasks("STOPPED")[0]
    assert task["stopCode"] == "ServiceSchedulerInitiated"
    assert task["stoppedReason"] == "Task failed container health checks"
    assert task["healthStatus"] == "UNHEALTHY"


def test_an_unhealthy_target_names_its_group(web: FargateService) -> None:
    arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/50dc6c495c0c9188"
    balancer = {"targetGroupArn": arn, "containerName": "web", "containerPort": 80}
    web.create("shop/web:1.4.5-unhealthy", loadBalancers=[balancer])
    web.sandbox.advance(14)
    task = web.tasks("STOPPED")[0]
    assert task["stoppedReason"] == f"Task failed ELB health checks in (target-group {arn})"
    assert any(f"(port 80) is unhealthy in (target-group {arn})" in each for each in web.says)


def test_a_denied_secret_is_named(web: FargateService) -> None:
    secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:web-shop/database-AbCdEf"
    body = definition("shop/web:1.4.6-denied", secrets=[{"name": "PASSWORD", "valueFrom": secret}])
    body["executionRoleArn"] = "arn:aws:iam::123456789012:role/ecsTaskExecutionRole"
    web.client.register_task_definition(**body)
    run = web.client.run_task(
        cluster="demo", taskDefinition="web", networkConfiguration=NETWORK, startedBy="me"
    )
    web.sandbox.advance(10)
    arn = run["tasks"][0]["taskArn"]
    task = web.client.describe_tasks(cluster="demo", tasks=[arn])["tasks"][0]
    assert task["stoppedReason"].startswith(
        "ResourceInitializationError: unable to pull secrets or registry auth:"
    )
    assert secret in task["stoppedReason"]
    assert "assumed-role/ecsTaskExecutionRole/" in task["stoppedReason"]


def test_a_missing_log_group_keeps_the_task_from_starting(web: FargateService) -> None:
    options = {
        "awslogs-group": "/ecs/nowhere",
        "awslogs-region": "eu-west-1",
        "awslogs-stream-prefix": "ecs",
    }
    body = definition(
        "shop/web:1.6.0", logConfiguration={"logDriver": "awslogs", "options": options}
    )
    body["executionRoleArn"] = "arn:aws:iam::123456789012:role/ecsTaskExecutionRole"
    web.client.register_task_definition(**body)
    web.client.run_task(cluster="demo", taskDefinition="web", networkConfiguration=NETWORK)
    web.sandbox.advance(10)
    arns = web.client.list_tasks(cluster="demo", desiredStatus="STOPPED")["taskArns"]
    task = web.client.describe_tasks(cluster="demo", tasks=arns)["tasks"][0]
    assert "failed to validate logger args" in task["stoppedReason"]


def test_a_healthy_container_with_a_check_says_so(web: FargateService) -> None:
    check = {"command": ["CMD-SHELL", "true"]}
    web.create("shop/web:1.6.0", container={"healthCheck": check})
    web.sandbox.advance(30)
    assert web.tasks()[0]["healthStatus"] == "HEALTHY"


def test_a_one_off_task_ends_well_by_itself(web: FargateService) -> None:
    web.client.register_task_definition(**definition("shop/web:1.6.0"))
    order = {"cluster": "demo", "taskDefinition": "web", "networkConfiguration": NETWORK}
    first = web.client.run_task(**order, clientToken="once", count=2)
    again = web.client.run_task(**order, clientToken="once", count=2)
    arns = [task["taskArn"] for task in first["tasks"]]
    assert [task["taskArn"] for task in again["tasks"]] == arns
    assert web.sandbox.calls()["ecs.RunTask"] == {"count": 2, "started": 1, "tokens": ["once"]}
    web.sandbox.advance(30)
    tasks = web.client.describe_tasks(cluster="demo", tasks=arns)["tasks"]
    assert [task["containers"][0]["exitCode"] for task in tasks] == [0, 0]


ORDER: dict[str, Any] = {
    "cluster": "demo",
    "taskDefinition": "web",
    "networkConfiguration": NETWORK,
}
LOGS = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": "/jobs",
        "awslogs-region": "eu-west-1",
        "awslogs-stream-prefix": "ecs",
    },
}


def _run(web: FargateService, image: str, **more: Any) -> str:
    """Run one task and return its ARN."""
    web.sandbox.client("logs").create_log_group(logGroupName="/jobs")
    body = definition(image, logConfiguration=LOGS, command=["migrate"])
    web.client.register_task_definition(**body, executionRoleArn="arn:aws:iam::1:role/x")
    return str(web.client.run_task(**ORDER, **more)["tasks"][0]["taskArn"])


def _task(web: FargateService, arn: str) -> dict[str, Any]:
    answer = web.client.describe_tasks(cluster="demo", tasks=[arn], include=["TAGS"])
    return dict(answer["tasks"][0])


def _log(web: FargateService, arn: str) -> list[str]:
    stream = f"ecs/web/{arn.rpartition('/')[2]}"
    events = web.sandbox.client("logs").get_log_events(
        logGroupName="/jobs", logStreamName=stream, startFromHead=True
    )
    return [each["message"] for each in events["events"]]


@pytest.mark.parametrize(
    ("image", "code", "last_line"),
    [
        ("shop/web:1.6.0", 0, "Done"),
        ("shop/web:1.6.0-exit0", 0, "Done"),
        ("shop/web:1.6.0-exit3", 3, "Exiting with code 3"),
        ("shop/web:1.6.0-crash", 1, "Exiting with code 1"),
        ("shop/web:1.6.0-oom", 137, "Memory use 496 MiB of 512 MiB"),
    ],
)
def test_a_one_off_task_ends_with_the_code_of_its_tag_and_says_so_in_its_log(
    web: FargateService, image: str, code: int, last_line: str
) -> None:
    arn = _run(web, image)
    web.sandbox.advance(30)
    task = _task(web, arn)
    assert (task["lastStatus"], task["containers"][0]["exitCode"]) == ("STOPPED", code)
    assert task["stopCode"] == "EssentialContainerExited"
    assert _log(web, arn)[-1] == last_line


def test_overrides_reach_the_task_and_its_log(web: FargateService) -> None:
    arn = _run(
        web,
        "shop/web:1.6.0",
        overrides={
            "cpu": "512",
            "memory": "1024",
            "containerOverrides": [{"name": "web", "command": ["migrate", "--fake"]}],
        },
        startedBy="web-shop-90",
        tags=[{"key": "team", "value": "shop"}],
    )
    web.sandbox.advance(30)
    task = _task(web, arn)
    assert (task["cpu"], task["memory"], task["startedBy"]) == ("512", "1024", "web-shop-90")
    assert task["tags"] == [{"key": "team", "value": "shop"}]
    assert task["overrides"]["containerOverrides"][0]["command"] == ["migrate", "--fake"]
    assert "Running: migrate --fake" in _log(web, arn)
    listed = web.client.list_tasks(cluster="demo", startedBy="web-shop-90", desiredStatus="STOPPED")
    assert listed["taskArns"] == [arn]


def test_a_slow_task_can_be_stopped_by_its_user(web: FargateService) -> None:
    arn = _run(web, "shop/web:1.6.0-slow")
    web.sandbox.advance(60)
    assert _task(web, arn)["lastStatus"] == "RUNNING"
    web.client.stop_task(cluster="demo", task=arn, reason="Cancelled by ada")
    web.sandbox.advance(10)
    task = _task(web, arn)
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "Cancelled by ada")
    assert (task["lastStatus"], task["containers"][0]["exitCode"]) == ("STOPPED", 143)
    assert _log(web, arn)[-1] == "Bye"


def test_without_capacity_a_task_is_not_placed_and_a_service_says_so(web: FargateService) -> None:
    web.create("shop/web:1.6.0-full")
    answer = web.client.run_task(**ORDER)
    assert answer["tasks"] == []
    assert answer["failures"][0]["reason"].startswith("Capacity is unavailable at this time.")
    web.sandbox.advance(60)
    assert web.task_arns == []
    assert web.says[0].startswith("was unable to place a task. Reason: Capacity is unavailable")


def test_a_call_starts_ten_tasks_at_most(web: FargateService) -> None:
    web.client.register_task_definition(**definition("shop/web:1.6.0"))
    with pytest.raises(ClientError, match="Count must be between 1 and 10"):
        web.client.run_task(**ORDER, count=11)


def test_stopped_tasks_are_kept_for_an_hour(web: FargateService) -> None:
    web.client.register_task_definition(**definition("shop/web:1.6.0"))
    web.client.run_task(cluster="demo", taskDefinition="web", networkConfiguration=NETWORK)
    web.sandbox.advance(3500)
    assert len(web.client.list_tasks(cluster="demo", desiredStatus="STOPPED")["taskArns"]) == 1
    web.sandbox.advance(300)
    assert web.client.list_tasks(cluster="demo", desiredStatus="STOPPED")["taskArns"] == []


def test_a_sidecar_that_crashes_does_not_end_the_task(web: FargateService) -> None:
    body = definition("shop/web:1.6.0")
    sidecar = {"name": "side", "image": "shop/side:1-crash", "essential": False}
    body["containerDefinitions"].append(sidecar)
    web.client.register_task_definition(**body)
    web.client.create_service(
        cluster="demo", serviceName="web", taskDefinition="web", networkConfiguration=NETWORK
    )
    web.client.update_service(cluster="demo", service="web", desiredCount=1)
    web.sandbox.advance(60)
    assert [task["lastStatus"] for task in web.tasks()] == ["RUNNING"]
