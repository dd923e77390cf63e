"""The sweep that notices stacks deleted behind the portal's back, against the simulated AWS."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from ecsportal.deployments.models import StackBinding, State
from ecsportal.deployments.presence import LOOK_AGAIN_AFTER, sweep
from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.projects.models import Project
from ecsportal.sandbox.server import RunningSandbox
from tests import builders

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
