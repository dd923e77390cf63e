"""Whose turn it is when outcomes are looked up: none is starved by those that never answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from ecsportal.deployments.late_outcomes import RUNS_PER_SWEEP, look_up_late_outcomes
from ecsportal.deployments.models import TargetRun
from ecsportal.infrastructure.models import AwsAccount
from ecsportal.sandbox.server import RunningSandbox
from tests import builders
from tests.in_process_portal import Portal, portal_that_does_not_wait


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Portal:
    """The sample, whose step doesn't wait any more."""
    return portal_that_does_not_wait(sandbox)


def ended_well(portal: Portal) -> TargetRun:
    """A run that AWS had accepted, and whose stack has come up since."""
    deployment = portal.finish(portal.deploy(portal.release()["id"])["id"])
    assert deployment["state"] == "succeeded"
    portal.sandbox.advance(4 * 3600)
    return TargetRun.objects.latest("pk")


def older_runs(portal: Portal, account: AwsAccount, count: int) -> None:
    """Runs of another project in this account, which ended before all others."""
    environment = builders.environment()
    target = builders.target(account=account, environments=[environment])
    project = builders.project(target.name)
    release = builders.release(project)
    for _ in range(count):
        builders.deployment(release, environment, targets=[target])
    TargetRun.objects.filter(target=target).update(
        unverified=True, stack_name="gone", finished_at=timezone.now() - timedelta(hours=1)
    )


def revoked_account(portal: Portal) -> AwsAccount:
    return builders.account(
        "Revoked", access_key_id="AKIAWRONG00000000000", endpoint_url=portal.sandbox.url
    )


def test_many_of_a_revoked_account_keep_no_other_from_its_turn(portal: Portal) -> None:
    good = ended_well(portal)
    older_runs(portal, revoked_account(portal), 2 * RUNS_PER_SWEEP)
    sweeps = [look_up_late_outcomes() for _ in range(3)]
    assert sweeps == [0, 0, 1]
    good.refresh_from_db()
    assert good.unverified is False
    assert TargetRun.objects.filter(unverified=True).count() == 2 * RUNS_PER_SWEEP


def test_an_account_that_does_not_answer_is_asked_once_in_a_sweep(portal: Portal) -> None:
    older_runs(portal, revoked_account(portal), 5)
    assert look_up_late_outcomes() == 0
    assert portal.sandbox.count("cloudformation.DescribeStackEvents") == 1


def test_a_stack_that_may_not_be_seen_says_nothing_of_others_there(portal: Portal) -> None:
    good = ended_well(portal)
    assert good.target is not None
    older_runs(portal, good.target.account, 3)
    portal.sandbox.faults.add(
        service="cloudformation", action="DescribeStackEvents", code="AccessDenied", status=403,
        match={"StackName": "gone"},
    )  # fmt: skip
    assert look_up_late_outcomes() == 1
    good.refresh_from_db()
    assert good.unverified is False


def test_after_a_day_nothing_is_looked_up_any_more(portal: Portal) -> None:
    older_runs(portal, revoked_account(portal), 2)
    TargetRun.objects.filter(unverified=True).update(
        finished_at=timezone.now() - timedelta(hours=25)
    )
    assert look_up_late_outcomes() == 2
    assert not TargetRun.objects.filter(unverified=True).exists()
