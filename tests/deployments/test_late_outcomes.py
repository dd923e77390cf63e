"""A step that doesn't wait: its stack's outcome is looked up later, and a failure is told."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

import pytest

from ecsportal.deployments.late_outcomes import look_up_late_outcomes
from ecsportal.deployments.models import Deployment, TargetRun
from ecsportal.sandbox.cloudformation.forcing import force_status
from ecsportal.sandbox.server import RunningSandbox
from tests.in_process_portal import STACK, Portal, portal_that_does_not_wait

FOUR_HOURS = 4 * 3600
REGION = "eu-west-1"


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Portal:
    """The sample, whose step doesn't wait any more."""
    return portal_that_does_not_wait(sandbox)


def accepted(portal: Portal, tag: str = "1.6.0") -> dict[str, Any]:
    release = portal.release(images={"deploy-web/web": tag})
    deployment = portal.finish(portal.deploy(release["id"])["id"])
    assert deployment["state"] == "succeeded"
    assert TargetRun.objects.latest("pk").unverified
    return deployment


def test_a_stack_that_fails_later_shows_on_page_cell_and_api(portal: Portal) -> None:
    accepted(portal)
    portal.sandbox.advance(FOUR_HOURS)
    assert look_up_late_outcomes() == 1
    deployment = accepted(portal, "1.4.2-crash")
    assert "nobody waits for its end" in _text(portal, f"/deployments/{deployment['id']}/")
    portal.sandbox.advance(FOUR_HOURS)
    assert look_up_late_outcomes() == 1
    told = portal.api("GET", f"/deployments/{deployment['id']}").body
    assert told["state"] == "succeeded"
    assert told["warnings"] is True
    assert told["late_error"]["message"].startswith("The service did not become stable")
    assert told["late_error"]["where"] == (
        f"Deploy web on {_target_name()} didn't wait, and its stack failed later: "
        f"{STACK} is in UPDATE_ROLLBACK_COMPLETE."
    )
    page = _text(portal, f"/deployments/{deployment['id']}/")
    assert "Failed later: Deploy Web shop" in page
    assert "Succeeded with warnings" not in page
    assert told["late_error"]["where"] in page
    assert "What ran before serves again." in page
    assert told["late_error"]["message"] in page
    assert "Roll back to 0.0.1…" in page
    for where in ("/", "/projects/web-shop/"):
        assert "Failed later" in _text(portal, where)
        assert "What ran before serves again." in _text(portal, where)
        assert told["late_error"]["message"] in _text(portal, where)
    assert told["late_error"]["message"] in _text(portal, "/tasks/")
    assert "Failed later" in _text(portal, "/tasks/")


def test_what_failed_later_is_retried(portal: Portal) -> None:
    first = accepted(portal, "1.4.2-crash")
    portal.sandbox.advance(FOUR_HOURS)
    assert look_up_late_outcomes() == 1
    page = _text(portal, f"/deployments/{first['id']}/")
    later = page[page.index('id="failed-later"') :]
    assert re.search(r'<button class="btn btn-primary" type="submit">.*?Retry</button>', later)
    again = portal.api("POST", f"/deployments/{first['id']}/retry", {})
    assert again.status == 201, again.body
    assert [step["state"] for step in again.body["steps"]] == ["pending"]
    page = _text(portal, f"/deployments/{first['id']}/")
    assert f'retried by <a href="/deployments/{again.body["id"]}/">' in page
    assert "/retry/" not in page


def test_one_that_comes_up_is_no_longer_looked_for(portal: Portal) -> None:
    deployment = accepted(portal)
    assert look_up_late_outcomes() == 0  # still in progress
    portal.sandbox.advance(FOUR_HOURS)
    assert look_up_late_outcomes() == 1
    assert look_up_late_outcomes() == 0
    assert Deployment.objects.get(pk=deployment["id"]).late_error is None


def test_only_its_own_operation_counts(portal: Portal) -> None:
    first = accepted(portal)
    portal.sandbox.advance(FOUR_HOURS)
    second = accepted(portal, "1.4.2-crash")
    portal.sandbox.advance(FOUR_HOURS)
    assert look_up_late_outcomes() == 2
    errors = dict(Deployment.objects.values_list("pk", "late_error"))
    assert errors[first["id"]] is None
    assert errors[second["id"]] is not None


def test_an_aws_that_does_not_answer_is_asked_again(portal: Portal) -> None:
    accepted(portal)
    portal.sandbox.advance(FOUR_HOURS)
    portal.sandbox.faults.add(
        service="cloudformation", action="DescribeStackEvents", code="Throttling", status=400,
        message="Rate exceeded", times=20,
    )  # fmt: skip
    assert look_up_late_outcomes() == 0
    portal.sandbox.faults.clear()
    assert look_up_late_outcomes() == 1


def test_events_that_cannot_be_seen_yet_are_waited_for(portal: Portal) -> None:
    deployment = accepted(portal, "1.4.2-crash")
    unseen = portal.sandbox.faults.add(
        service="cloudformation", action="DescribeStackEvents", code="ValidationError", status=400,
        message=f"Stack [{STACK}] does not exist",
    )  # fmt: skip
    assert look_up_late_outcomes() == 0
    portal.sandbox.faults.remove(unseen)
    portal.sandbox.advance(FOUR_HOURS)
    assert look_up_late_outcomes() == 1
    assert Deployment.objects.get(pk=deployment["id"]).late_error is not None


def test_the_rollback_that_went_on_before_it_is_not_its_outcome(portal: Portal) -> None:
    accepted(portal)
    portal.sandbox.advance(FOUR_HOURS)
    assert look_up_late_outcomes() == 1
    region = portal.sandbox.world.stacks(REGION)
    (stack,) = region.stacks
    force_status(region, stack, "UPDATE_ROLLBACK_FAILED")
    stack.events[-1] = replace(stack.events[-1], token="somebody-else")
    deployment = accepted(portal, "1.5.0")
    assert TargetRun.objects.latest("pk").announced == "update"
    unseen = [event for event in stack.events if event.token.endswith("-update")]
    unseen = [event for event in unseen if event.token == unseen[-1].token]
    stack.events = [event for event in stack.events if event not in unseen]
    assert look_up_late_outcomes() == 0
    stack.events += unseen
    portal.sandbox.advance(FOUR_HOURS)
    assert look_up_late_outcomes() == 1
    assert Deployment.objects.get(pk=deployment["id"]).late_error is None


def _target_name() -> str:
    return TargetRun.objects.latest("pk").target_name


def _text(portal: Portal, path: str) -> str:
    return html.unescape(portal.browser.get(path).content.decode())
