"""What deployments hold on to, and what the pages say once it is gone behind their back."""

from __future__ import annotations

import pytest
from django.utils import timezone

from ecsportal.deployments.cells import load_cells
from ecsportal.deployments.dashboard import build_dashboard
from ecsportal.deployments.models import StackBinding
from ecsportal.infrastructure.environments import delete_environment
from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.infrastructure.targets import delete_target
from ecsportal.people.models import User
from ecsportal.problems import InUse
from tests.deployments.conftest import Queue, run
from tests.deployments.scripted_step import scripted


def test_a_target_at_work_is_not_deleted(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "wait long")))
    with pytest.raises(InUse) as refused:
        delete_target(DeploymentTarget.objects.get(), by=deployer)
    assert refused.value.extra["used_by"][0]["slug"] == str(deployment.pk)


def test_a_target_that_is_only_queued_for_may_go(queue: Queue, deployer: User) -> None:
    queue(scripted("First", "succeed"))
    delete_target(DeploymentTarget.objects.get(), by=deployer)
    assert not DeploymentTarget.objects.exists()


def test_an_environment_with_a_history_stays(
    queue: Queue, deployer: User, staging: Environment
) -> None:
    run(queue(scripted("First", "succeed")))
    staging.targets.clear()
    with pytest.raises(InUse):
        delete_environment(staging, by=deployer)


def test_a_stack_deleted_behind_our_back_reads_as_gone(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "succeed")))
    StackBinding.objects.create(
        project=deployment.project,
        environment=deployment.environment,
        step="first",
        target="shop-staging",
        stack_name="cf-ecs-shop",
        found=False,
        looked_at=timezone.now(),
    )
    (cell,) = load_cells(deployer, now=timezone.now())
    assert (cell.kind, cell.word, cell.serving) == ("drift", "Gone", None)
    dashboard = build_dashboard(deployer, now=timezone.now())
    assert [item.word for item in dashboard.attention] == ["Gone"]
