"""A step that doesn't wait: its stack's outcome is looked up later, and a failure is told."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from ecsportal.deployments.late_outcomes import look_up_late_outcomes
from ecsportal.deployments.late_verdicts import Unseen, joined_verdict
from ecsportal.deployments.models import Deployment, TargetRun
from ecsportal.infrastructure.models import DeploymentTarget
from ecsportal.sandbox.cloudformation.forcing import force_status
from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import Replaced
from tests.in_process_portal import STACK, Portal, portal_that_does_not_wait
from tests.steps.driven_run import clients_of

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
    assert "the service's events in the ECS console" in told["late_error"]["advice"]
    assert "Deploying 0.0.2 to Development: AWS has accepted it after" in portal.log_text(
        deployment["id"]
    )
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


def a_day_later() -> None:
    TargetRun.objects.filter(unverified=True).update(
        finished_at=timezone.now() - timedelta(hours=25)
    )


def test_one_given_up_after_a_day_says_how_it_stood_at_the_last_look(portal: Portal) -> None:
    deployment = accepted(portal)
    a_day_later()
    assert look_up_late_outcomes() == 1
    assert look_up_late_outcomes() == 0
    told = portal.api("GET", f"/deployments/{deployment['id']}").body
    assert told["late_error"] is None
    assert told["late_verdict"]["verdict"] == "unseen"
    assert told["late_verdict"]["message"] == (
        f"The portal stopped looking after 24 hours; stack {STACK} was still in CREATE_IN_PROGRESS"
        f" (Deploy web on {_target_name()}). Whether it ended well isn't known: look in AWS, and"
        " deploy again where in doubt."
    )
    page = _text(portal, f"/deployments/{deployment['id']}/")
    assert "Outcome unknown: Deploy Web shop" in page
    assert told["late_verdict"]["message"] in page
    for where in ("/", "/tasks/", "/projects/web-shop/"):
        assert "Outcome unknown" in _text(portal, where), where
    for where in ("/", "/tasks/"):
        assert told["late_verdict"]["message"] in _text(portal, where), where


def test_the_last_look_after_a_day_still_tells_an_end(portal: Portal) -> None:
    first = accepted(portal)
    portal.sandbox.advance(FOUR_HOURS)
    second = accepted(portal, "1.4.2-crash")
    portal.sandbox.advance(FOUR_HOURS)
    a_day_later()
    assert look_up_late_outcomes() == 2
    assert Deployment.objects.get(pk=first["id"]).late_verdict is None
    assert Deployment.objects.get(pk=second["id"]).late_verdict is None
    assert Deployment.objects.get(pk=second["id"]).late_error is not None


def test_what_aws_said_in_place_of_an_answer_is_told_where_the_portal_gives_up(
    portal: Portal,
) -> None:
    deployment = accepted(portal)
    portal.sandbox.faults.add(
        service="cloudformation", action="DescribeStackEvents", code="AccessDenied", status=403
    )
    a_day_later()
    assert look_up_late_outcomes() == 1
    verdict = Deployment.objects.get(pk=deployment["id"]).late_verdict
    assert verdict is not None
    assert verdict["message"].startswith(
        "The portal stopped looking after 24 hours; the last look wasn't answered: AWS refuses"
        " DescribeStackEvents"
    )


def test_one_whose_target_was_deleted_says_so(portal: Portal) -> None:
    deployment = accepted(portal)
    where = _target_name()
    DeploymentTarget.objects.get(name=where).delete()
    assert look_up_late_outcomes() == 1
    told = portal.api("GET", f"/deployments/{deployment['id']}").body["late_verdict"]
    assert told["message"].startswith(
        f"The target was deleted before the outcome was seen (Deploy web on {where}). "
    )
    assert "Outcome unknown" in _text(portal, f"/deployments/{deployment['id']}/")


def test_one_whose_stack_shows_nothing_of_it_says_so(portal: Portal) -> None:
    deployment = accepted(portal)
    TargetRun.objects.filter(unverified=True).update(
        stack_id="", stack_name="gone", finished_at=timezone.now() - timedelta(minutes=11)
    )
    assert look_up_late_outcomes() == 1
    verdict = Deployment.objects.get(pk=deployment["id"]).late_verdict
    assert verdict is not None
    assert "CloudFormation shows nothing of this operation on stack gone" in verdict["message"]


def test_of_several_runs_each_is_told_and_one_that_nobody_saw_names_the_whole(
    portal: Portal,
) -> None:
    accepted(portal)
    run = TargetRun.objects.select_related("step_run").latest("pk")
    first = joined_verdict(None, run, Replaced("shop:2", "shop:3"))
    both = joined_verdict(first, run, Unseen("The target was deleted"))
    name = f"Deploy web on {run.target_name}"
    assert both["verdict"] == "unseen"
    assert both["message"] == (
        f"Replaced by shop:3 before the rollout of shop:2 ({name}) ended."
        " Whether it would have come up isn't known."
        f" The target was deleted ({name})."
        " Whether it ended well isn't known: look in AWS, and deploy again where in doubt."
    )
    assert [place["verdict"] for place in both["places"]] == ["replaced", "unseen"]


def test_resources_tell_how_the_stack_stood_at_the_last_look(portal: Portal) -> None:
    deployment = accepted(portal)
    path = f"/deployments/{deployment['id']}/"
    assert "Was creating" in _text(portal, path)
    assert "accepted, not verified" in _resources(portal, path)
    portal.sandbox.advance(FOUR_HOURS)
    assert look_up_late_outcomes() == 1
    assert "Created" in _resources(portal, path)
    assert "accepted, not verified" not in _resources(portal, path)


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


@pytest.mark.parametrize("token", [{"ClientRequestToken": "somebody-else"}, {}])
def test_a_stack_that_somebody_deletes_before_it_is_complete_failed(
    portal: Portal, token: dict[str, str]
) -> None:
    deployment = accepted(portal)
    clients_of(portal.sandbox).cloudformation.delete_stack(StackName=STACK, **token)
    portal.sandbox.advance(FOUR_HOURS)
    assert look_up_late_outcomes() == 1
    error = Deployment.objects.get(pk=deployment["id"]).late_error
    assert error is not None
    assert error["cause"] == "stack-deleted"
    assert error["message"] == f"Stack {STACK} was deleted before it was complete."
    assert f"Stack {STACK} was deleted" in _text(portal, "/tasks/")


def test_an_update_that_somebody_cancels_failed(portal: Portal) -> None:
    accepted(portal)
    portal.sandbox.advance(FOUR_HOURS)
    assert look_up_late_outcomes() == 1
    deployment = accepted(portal, "1.5.0")
    portal.sandbox.advance(2)
    cloudformation = clients_of(portal.sandbox).cloudformation
    cloudformation.cancel_update_stack(StackName=STACK, ClientRequestToken="somebody-else")
    portal.sandbox.advance(FOUR_HOURS)
    assert look_up_late_outcomes() == 1
    error = Deployment.objects.get(pk=deployment["id"]).late_error
    assert error is not None
    assert error["message"] == f"Stack {STACK} ended in UPDATE_ROLLBACK_COMPLETE."
    assert error["still_serving"] == "The stack is what it was before."


def test_what_somebody_does_after_its_end_is_not_its_outcome(portal: Portal) -> None:
    deployment = accepted(portal)
    portal.sandbox.advance(FOUR_HOURS)
    clients_of(portal.sandbox).cloudformation.delete_stack(StackName=STACK)
    portal.sandbox.advance(FOUR_HOURS)
    assert look_up_late_outcomes() == 1
    assert Deployment.objects.get(pk=deployment["id"]).late_error is None


def deleting(portal: Portal, **faults: Any) -> dict[str, Any]:
    """A deployment that ended with the acceptance of a deletion; these faults strike it."""
    accepted(portal)
    portal.sandbox.advance(FOUR_HOURS)
    assert look_up_late_outcomes() == 1
    process = portal.api("GET", "/projects/web-shop/process").body
    (step,) = process["steps"]
    step["type"], step["version"] = "delete-stack", 1
    step["inputs"] = {"stack_name": STACK, "wait": {"type": "dont_wait"}}
    answer = portal.api("PUT", "/projects/web-shop/process", {"steps": [step]})
    assert answer.status == 200, answer.body
    if faults:
        portal.sandbox.faults.add(**faults)
    deployment = portal.finish(portal.deploy(portal.release()["id"])["id"])
    assert deployment["state"] == "succeeded", portal.log_text(deployment["id"])
    portal.sandbox.advance(FOUR_HOURS)
    assert look_up_late_outcomes() == 1
    return dict(portal.api("GET", f"/deployments/{deployment['id']}").body)


def test_a_deletion_that_nobody_waited_for_ends_well(portal: Portal) -> None:
    told = deleting(portal)
    assert (told["late_error"], told["late_verdict"]) == (None, None)


def test_a_deletion_that_breaks_off_later_is_told(portal: Portal) -> None:
    told = deleting(
        portal, service="resource", action="AWS::Logs::LogGroup.delete", code="AccessDenied",
        message="is not authorized to perform: logs:DeleteLogGroup",
    )  # fmt: skip
    assert told["late_error"]["code"] == "CFN-DELETE-FAILED"
    assert told["late_error"]["where"].endswith(f"{STACK} is in DELETE_FAILED.")


def _target_name() -> str:
    return TargetRun.objects.latest("pk").target_name


def _resources(portal: Portal, path: str) -> str:
    return _text(portal, path).partition('id="dep-resources"')[2].partition("</section>")[0]


def _text(portal: Portal, path: str) -> str:
    return html.unescape(portal.browser.get(path).content.decode())
