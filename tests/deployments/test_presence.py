"""The sweep that notices stacks deleted behind the portal's back, against the simulated AWS."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from ecsportal.deployments import presence
from ecsportal.deployments.models import StackBinding, State, TickLease
from ecsportal.deployments.presence import LOOK_AGAIN_AFTER, Sweep, sweep
from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.projects.models import Project
from ecsportal.sandbox.server import RunningSandbox
from tests import builders
from tests.demo.running_demo import eventually

pytestmark = pytest.mark.django_db
LONG_AGO = datetime(2020, 1, 1, tzinfo=timezone.get_default_timezone())
TEMPLATE = json.dumps({"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {}}}})


@pytest.fixture
def cell(sandbox: RunningSandbox) -> tuple[Project, Environment, DeploymentTarget]:
    """A project, an environment and a target in the simulated AWS."""
    environment = builders.environment("Staging")
    account = builders.account(endpoint_url=sandbox.url)
    target = builders.target("shop", environments=[environment], account=account)
    return builders.project(), environment, target


Cell = tuple[Project, Environment, DeploymentTarget]


def bound(cell: Cell, stack: str, **fields: object) -> StackBinding:
    """The memory of a stack that a deployment left behind."""
    project, environment, target = cell
    return StackBinding.objects.create(
        project=project,
        environment=environment,
        step=stack,
        target=target.slug,
        stack_name=stack,
        **fields,
    )


def create_stack(sandbox: RunningSandbox, name: str) -> None:
    sandbox.client("cloudformation").create_stack(StackName=name, TemplateBody=TEMPLATE)
    sandbox.advance(60)


def found(binding: StackBinding) -> bool | None:
    binding.refresh_from_db()
    return binding.found


def test_a_stack_that_is_there_is_found(sandbox: RunningSandbox, cell: Cell) -> None:
    create_stack(sandbox, "cf-ecs-web")
    binding = bound(cell, "cf-ecs-web")
    assert sweep(LONG_AGO) == 1
    assert found(binding) is True
    assert binding.looked_at is not None


def test_a_stack_deleted_behind_our_back_is_noticed(sandbox: RunningSandbox, cell: Cell) -> None:
    create_stack(sandbox, "cf-ecs-web")
    binding = bound(cell, "cf-ecs-web", found=True)
    sandbox.client("cloudformation").delete_stack(StackName="cf-ecs-web")
    sandbox.advance(600)
    sweep(LONG_AGO)
    assert found(binding) is False


def test_a_stack_that_never_was_is_not_found(sandbox: RunningSandbox, cell: Cell) -> None:
    binding = bound(cell, "cf-ecs-nowhere")
    sweep(LONG_AGO)
    assert found(binding) is False


def test_a_stack_looked_at_lately_is_left_alone(sandbox: RunningSandbox, cell: Cell) -> None:
    bound(cell, "cf-ecs-web", found=True, looked_at=timezone.now())
    assert sweep(LONG_AGO) == 0
    assert sandbox.count("cloudformation.DescribeStacks") == 0


def test_it_looks_again_after_a_while(sandbox: RunningSandbox, cell: Cell) -> None:
    before = timezone.now() - LOOK_AGAIN_AFTER - timedelta(seconds=1)
    binding = bound(cell, "cf-ecs-web", found=True, looked_at=before)
    assert sweep(LONG_AGO) == 1
    assert found(binding) is False


def test_a_worker_that_just_started_looks_at_everything(
    sandbox: RunningSandbox, cell: Cell
) -> None:
    binding = bound(cell, "cf-ecs-web", found=True, looked_at=timezone.now())
    assert sweep(timezone.now()) == 1
    assert found(binding) is False


def test_cells_with_a_deployment_under_way_are_left_out(
    sandbox: RunningSandbox, cell: Cell
) -> None:
    project, environment, _ = cell
    binding = bound(cell, "cf-ecs-web", found=True)
    builders.deployment(builders.release(project), environment, state=State.EXECUTING)
    assert sweep(LONG_AGO) == 0
    assert found(binding) is True


def test_an_error_of_aws_leaves_the_last_answer_and_waits_for_the_next_round(
    sandbox: RunningSandbox, cell: Cell
) -> None:
    sandbox.faults.add(
        service="cloudformation", action="DescribeStacks", code="AccessDenied", status=403
    )
    binding = bound(cell, "cf-ecs-web", found=True)
    assert sweep(LONG_AGO) == 1
    assert found(binding) is True
    assert binding.looked_at is not None


def test_a_deleted_target_leaves_the_last_answer(sandbox: RunningSandbox, cell: Cell) -> None:
    binding = bound(cell, "cf-ecs-web", found=True)
    cell[2].delete()
    sweep(LONG_AGO)
    assert found(binding) is True


def test_each_of_many_stacks_has_its_turn(
    sandbox: RunningSandbox, cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "STACKS_PER_SWEEP", 2)
    project, environment, target = cell
    last = builders.target("zoo", environments=[environment], account=target.account)
    stacks = [bound(cell, f"cf-ecs-{n}") for n in range(3)]
    stacks.append(bound((project, environment, last), "cf-ecs-zoo"))
    for _ in range(2):
        assert sweep(timezone.now()) == 2
    assert [found(each) for each in stacks] == [False] * 4


def test_those_left_out_take_nobody_elses_turn(
    sandbox: RunningSandbox, cell: Cell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "STACKS_PER_SWEEP", 1)
    project, _, target = cell
    bound(cell, "cf-ecs-web", found=True)
    builders.deployment(builders.release(project), cell[1], state=State.EXECUTING)
    other = bound((project, builders.environment("Production"), target), "cf-ecs-other")
    assert sweep(LONG_AGO) == 1
    assert found(other) is False


def test_an_account_that_does_not_answer_is_asked_once_in_a_sweep(
    sandbox: RunningSandbox, cell: Cell
) -> None:
    sandbox.faults.add(
        service="cloudformation", action="DescribeStacks", code="ServiceUnavailable", status=503
    )
    stacks = [bound(cell, f"cf-ecs-{n}", found=True) for n in range(3)]
    assert sweep(LONG_AGO) == 3
    assert [found(each) for each in stacks] == [True] * 3
    assert all(each.looked_at for each in stacks)
    asked = sandbox.count("cloudformation.DescribeStacks")
    sweep(timezone.now())
    assert sandbox.count("cloudformation.DescribeStacks") == 2 * asked <= 4


@pytest.mark.django_db(transaction=True)
def test_a_look_that_breaks_is_not_the_last_one(
    sandbox: RunningSandbox, cell: Cell, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address that is none, as an operator may set it, breaks boto3 in a way of its own."""
    monkeypatch.setattr(presence, "FIRST_SWEEP_AFTER", 0.01)
    monkeypatch.setattr(presence, "SWEEP_EVERY", 0.1)
    monkeypatch.setattr(presence, "LOOK_AGAIN_AFTER", timedelta())
    settings.AWS_ENDPOINT_URL = "127.0.0.1"
    account = builders.account("Odd", endpoint_url="")
    odd = builders.target("odd", environments=[cell[1]], account=account)
    bound((cell[0], cell[1], odd), "cf-ecs-odd", found=True)
    binding = bound(cell, "cf-ecs-web")
    TickLease.objects.create(pk=1, owner="me", until=timezone.now())
    worker = Sweep("me")
    worker.start()
    eventually(lambda: found(binding) is False, within=10)
    settings.AWS_ENDPOINT_URL = sandbox.url
    eventually(lambda: not StackBinding.objects.exclude(found=False).exists(), within=10)
    worker.stop()
    worker.join(10)
