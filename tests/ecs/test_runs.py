"""Tasks that run once, and the lines that they write."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecsportal.ecs.container_logs import last_lines, next_lines, stream_of
from ecsportal.ecs.definitions import register_definition
from ecsportal.ecs.runs import Network, RunRequest, run_tasks, stop_task, tasks_started_by
from ecsportal.ecs.tasks import Task, describe_tasks
from ecsportal.sandbox.server import RunningSandbox
from tests.ecs.test_definitions import changed

LOGGED = {
    "logDriver": "awslogs",
    "options": {
        "awslogs-group": "/ecs/job",
        "awslogs-region": "eu-west-1",
        "awslogs-stream-prefix": "ecs",
    },
}


@pytest.fixture
def request_(sandbox: RunningSandbox) -> RunRequest:
    """Two tasks of a container that ends with code 3."""
    sandbox.client("logs").create_log_group(logGroupName="/ecs/job")
    content = changed(image="shop/job:1.4.0-exit3", logConfiguration=LOGGED)
    definition = register_definition(sandbox.client("ecs"), content, {})
    return RunRequest(
        cluster="demo",
        task_definition=definition.arn,
        count=2,
        token="run-1",
        started_by="portal-1",
        launch_type="FARGATE",
        network=Network(["subnet-0a1b2c3d4e5f60001"], ["sg-0a1b2c3d4e5f60001"], True),
        container="job",
        command=["migrate", "--all"],
        environment={"DEPTH": "1"},
    )


def described(sandbox: RunningSandbox, arns: list[str]) -> list[Task]:
    return describe_tasks(sandbox.client("ecs"), "demo", arns)


def test_the_same_token_starts_nothing_twice(sandbox: RunningSandbox, request_: RunRequest) -> None:
    ecs = sandbox.client("ecs")
    first, again = run_tasks(ecs, request_), run_tasks(ecs, request_)
    assert [task.arn for task in first.tasks] == [task.arn for task in again.tasks]
    assert len(tasks_started_by(ecs, "demo", "portal-1")) == 2


def test_a_task_that_has_ended_is_found_by_who_started_it(
    sandbox: RunningSandbox, request_: RunRequest
) -> None:
    ecs = sandbox.client("ecs")
    arns = [task.arn for task in run_tasks(ecs, request_).tasks]
    sandbox.advance(60)
    assert sorted(tasks_started_by(ecs, "demo", "portal-1")) == sorted(arns)
    assert [task.containers[0].exit_code for task in described(sandbox, arns)] == [3, 3]


def test_what_cannot_be_placed_is_told(sandbox: RunningSandbox, request_: RunRequest) -> None:
    ecs = sandbox.client("ecs")
    full = register_definition(ecs, changed(image="shop/job:1.4.0-full"), {})
    started = run_tasks(ecs, replace(request_, task_definition=full.arn))
    assert started.tasks == ()
    assert len(started.failures) == 2
    assert "Capacity is unavailable" in started.failures[0]


def test_a_stopped_task_carries_the_reason(sandbox: RunningSandbox, request_: RunRequest) -> None:
    ecs = sandbox.client("ecs")
    first, _ = run_tasks(ecs, request_).tasks
    stop_task(ecs, "demo", first.arn, "The deployment was cancelled")
    stop_task(ecs, "demo", first.arn, "Again")
    sandbox.advance(60)
    [stopped] = described(sandbox, [first.arn])
    assert (stopped.status, stopped.stop_reason) == ("STOPPED", "The deployment was cancelled")


def test_lines_come_in_pieces_and_each_once(sandbox: RunningSandbox, request_: RunRequest) -> None:
    logs = sandbox.client("logs")
    first, _ = run_tasks(sandbox.client("ecs"), request_).tasks
    stream = stream_of({"name": "job", "logConfiguration": LOGGED}, first.id)
    assert stream is not None
    assert next_lines(logs, stream) is None
    sandbox.advance(60)
    piece = next_lines(logs, stream)
    assert piece is not None
    assert "Running: migrate --all" in piece.lines
    assert piece.lines[-1] == "Exiting with code 3"
    after = next_lines(logs, stream, piece.position)
    assert after is not None
    assert after.lines == ()
    assert last_lines(logs, stream, 1) == ("Exiting with code 3",)


@pytest.mark.parametrize(
    "configuration",
    [
        None,
        {"logDriver": "splunk", "options": {}},
        {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/job"}},
    ],
)
def test_a_container_that_writes_elsewhere_has_no_stream(configuration: Any) -> None:
    assert stream_of({"name": "job", "logConfiguration": configuration}, "1") is None
