"""Several services deployed to one cluster at the same time, looked at together."""

from __future__ import annotations

import pytest

from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import Failed, Intends, Progress, Succeeded
from tests.steps.driven_run import Driven, clients_of

NUMBER = 5


@pytest.fixture
def runs(sandbox: RunningSandbox) -> list[Driven]:
    """Several first deployments, all of whose services are being created."""
    clients = clients_of(sandbox)
    runs = [
        Driven(sandbox, clients, deployment=str(number), task_name=f"web-{number}")
        for number in range(NUMBER)
    ]
    for method in ("start", "poll"):
        for run in runs:
            assert run.call(method) is not None
    while not all(_told(run, "is running") for run in runs):
        sandbox.advance(4)
        for run in runs:
            run.call("poll")
    return runs


def _told(run: Driven, text: str) -> bool:
    return any(text in line for line in run.log.of("info"))


def _ends(sandbox: RunningSandbox, runs: list[Driven]) -> dict[Driven, Progress]:
    """Each run's end; all are polled together, calls are counted from their last round on."""
    ends: dict[Driven, Progress] = {}
    while len(ends) < len(runs):
        sandbox.advance(4)
        sandbox.world.calls.clear()
        for run in runs:
            if run in ends:
                continue
            progress = run.call("poll")
            if isinstance(progress, Succeeded | Failed):
                ends[run] = progress
            assert not isinstance(progress, Intends)
    return ends


def test_services_that_settle_together_are_verified_by_one_look(
    sandbox: RunningSandbox, runs: list[Driven]
) -> None:
    ends = _ends(sandbox, runs)
    assert [type(end) for end in ends.values()] == [Succeeded] * NUMBER, runs[0].log.text
    assert sandbox.count("ecs.DescribeServices") == 1
    for run, end in ends.items():
        assert isinstance(end, Succeeded)
        name = end.outputs["PhysicalServiceName"]
        live = run.clients.ecs.describe_services(cluster="demo", services=[name])["services"][0]
        assert end.outputs["TaskDefinitionArn"] == live["taskDefinition"]
        assert _told(run, "deployment completed")


def test_one_that_did_not_settle_is_looked_at_by_itself(
    sandbox: RunningSandbox, runs: list[Driven]
) -> None:
    ecs, names = runs[0].clients.ecs, [run.state["service"] for run in runs]
    first = ecs.describe_services(cluster="demo", services=names[:1])["services"][0]
    sandbox.advance(20)  # the stacks are complete, and nobody has looked
    ecs.update_service(cluster="demo", service=names[1], taskDefinition=first["taskDefinition"])
    ends = _ends(sandbox, runs)
    failed = ends.pop(runs[1])
    assert isinstance(failed, Failed)
    assert failed.error.cause == "rolled-back"
    assert [type(end) for end in ends.values()] == [Succeeded] * (NUMBER - 1)
