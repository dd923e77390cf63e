"""A stack that somebody else changes, a refusal and a broken rollback, as the pages tell them."""

from __future__ import annotations

import html
from typing import Any

import pytest

from ecsportal.sandbox.cloudformation.forcing import force_status
from ecsportal.sandbox.server import RunningSandbox
from tests.in_process_portal import STACK, Portal, in_process_portal


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Portal:
    """The sample, deployed once."""
    portal = in_process_portal(sandbox)
    assert portal.finish(portal.deploy(portal.release()["id"])["id"])["state"] == "succeeded"
    return portal


def page(portal: Portal, path: str) -> str:
    return html.unescape(portal.browser.get(path).content.decode())


def set_stack(portal: Portal, status: str) -> None:
    region = portal.sandbox.world.stacks("eu-west-1")
    stack = region.find(STACK)
    assert stack is not None
    force_status(region, stack, status, "User Initiated")


def test_pages_say_that_somebody_elses_operation_is_waited_for(portal: Portal) -> None:
    set_stack(portal, "UPDATE_IN_PROGRESS")
    number = portal.deploy(portal.release()["id"])["id"]
    for _ in range(5):
        portal.turn()
        portal.sandbox.advance(2)
    busy = f"Stack {STACK} on shop-development is busy: an operation begun outside of the portal"
    assert busy in page(portal, f"/deployments/{number}/")
    for path in ("/", "/tasks/", "/projects/web-shop/"):
        assert "Deploy web · waits for another operation on its stack" in page(portal, path), path
    set_stack(portal, "UPDATE_COMPLETE")
    assert portal.finish(number)["state"] == "succeeded"
    assert "is busy:" not in page(portal, f"/deployments/{number}/")


def test_one_cancelled_while_it_waits_shows_what_was_last_seen_and_nothing_that_turns(
    portal: Portal,
) -> None:
    set_stack(portal, "UPDATE_IN_PROGRESS")
    number = portal.deploy(portal.release()["id"])["id"]
    for _ in range(5):
        portal.turn()
        portal.sandbox.advance(2)
    assert portal.api("POST", f"/deployments/{number}/cancel", {}).status == 202
    assert portal.finish(number)["state"] == "cancelled"
    shown = page(portal, f"/deployments/{number}/")
    assert "p-is-running" not in shown
    assert "Was updating" in shown
    seen = "Last seen in UPDATE_IN_PROGRESS: an operation begun outside of the portal runs since "
    assert seen in shown
    assert "It goes on by itself; this page doesn't follow it." in shown


def test_a_refusal_is_one_sentence_with_awss_words_below(portal: Portal) -> None:
    said = (
        "User: arn:aws:iam::1:user/portal is not authorized to perform: cloudformation:UpdateStack"
    )
    portal.sandbox.faults.add(
        service="cloudformation", action="UpdateStack", code="AccessDenied", status=403,
        message=said,
    )  # fmt: skip
    release = portal.release(images={"deploy-web/web": "1.5.0"})
    ended = portal.finish(portal.deploy(release["id"])["id"])
    sentence = "AWS refuses UpdateStack: the account's identity may not do that."
    assert ended["error"]["message"] == sentence
    shown = page(portal, f"/deployments/{ended['id']}/")
    assert f">{sentence}</h2>" in shown
    assert "Allow cloudformation:UpdateStack for this identity" in shown
    assert said in shown


def test_a_rollback_that_broke_off_says_why(portal: Portal) -> None:
    release = release_whose_rollback_breaks_off(portal)
    ended = portal.finish(portal.deploy(release["id"])["id"])
    shown = page(portal, f"/deployments/{ended['id']}/")
    assert (
        f"Stack {STACK} is in UPDATE_ROLLBACK_FAILED. ServicewebShop can't go back. AWS says:"
        ' "not allowed to PassRole". Nothing is in progress; the next deployment continues the'
        " rollback first." in shown
    )


def release_whose_rollback_breaks_off(portal: Portal) -> dict[str, Any]:
    portal.sandbox.faults.add(
        service="resource", action="AWS::ECS::Service.rollback", code="AccessDenied", status=400,
        message="not allowed to PassRole",
    )  # fmt: skip
    return portal.release(images={"deploy-web/web": "1.4.2-crash"})


def test_a_question_about_a_stack_lists_what_each_answer_does(portal: Portal) -> None:
    release = release_whose_rollback_breaks_off(portal)
    portal.finish(portal.deploy(release["id"])["id"])
    asks = portal.finish(portal.deploy(release["id"])["id"])
    assert asks["waiting_for"]["text"].startswith("CFN-STACK-STUCK: The rollback of stack ")
    situation = (
        f"The rollback of stack {STACK} was continued and broke off again at ServicewebShop"
        ' (UPDATE_ROLLBACK_FAILED). AWS says: "not allowed to PassRole". Its service still runs'
    )
    shown = page(portal, f"/deployments/{asks['id']}/")
    assert f'<p class="p-asked">{situation}' in shown
    assert "<b>Retry</b> continues it once more, after you have mended that.</li>" in shown
    assert "<b>Skip</b> goes on without ServicewebShop, which stays as it is now" in shown
    assert "<b>Proceed</b> deletes the stack with its service, and creates it anew.</li>" in shown
    assert "<b>Abort</b> ends the step.</li>" in shown
    for path in ("/", "/tasks/", "/projects/web-shop/"):
        assert "The rollback of stack" in page(portal, path), path
        assert "CFN-STACK-STUCK" not in page(portal, path), path
