"""Several services deployed to one cluster at the same time, looked at together."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ecsportal.ecs.shared_look import service_among_others
from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import Failed, Intends, Progress, Succeeded
from tests.steps.driven_run import Driven, clients_of

NUMBER = 5
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


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


class WithFastAws(Driven):
    """AWS is done within a hundredth of the time, as the portal's clock tells it."""

    @property
    def now(self) -> datetime:
        return BEGAN + (super().now - BEGAN) / 100


def test_a_look_from_before_the_count_was_changed_is_not_taken_for_its_success(
    sandbox: RunningSandbox, runs: list[Driven]
) -> None:
    _ends(sandbox, runs)
    sandbox.world.calls.clear()
    run = WithFastAws(sandbox, runs[0].clients, deployment="9", task_name="web-0", desired_count=3)
    run.go(until=lambda run: run.state["phase"] == "follow")
    for each in runs:  # who else follows the cluster's services looks just before ours changes
        service_among_others(
            run.clients.ecs, "demo", each.state["service"], place=run.clients.place, now=run.now
        )
    sandbox.advance(60)
    progress = run.call("poll")
    assert isinstance(progress, Succeeded)
    assert run.log.of("highlight")[-1].startswith("web-0 runs web-0:1: 3 of 3 tasks")
