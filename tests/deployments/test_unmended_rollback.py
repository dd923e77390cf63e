"""A rollback that breaks off again when it is continued, as people and scripts meet it."""

from __future__ import annotations

import html
from typing import Any

import pytest

from ecsportal.sandbox.cloudformation.forcing import force_status
from ecsportal.sandbox.server import RunningSandbox
from tests.in_process_portal import STACK, Portal, in_process_portal


@pytest.fixture
def asking(transactional_db: None, sandbox: RunningSandbox) -> tuple[Portal, dict[str, Any]]:
    """A deployment that asks, after two rollbacks that could not take the service back."""
    portal = in_process_portal(sandbox)
    assert _deployed(portal, "1.6.0")["state"] == "succeeded"
    sandbox.faults.add(
        service="resource", action="AWS::ECS::Service.rollback", code="AccessDenied", status=400,
        message="not allowed to PassRole",
    )  # fmt: skip
    assert _deployed(portal, "1.4.2-crash")["state"] == "failed"
    waiting = _deployed(portal, "1.5.0")
    assert waiting["state"] == "waiting", portal.log_text(waiting["id"])
    return portal, waiting


def _deployed(portal: Portal, tag: str) -> dict[str, Any]:
    release = portal.release(images={"deploy-web/web": tag})
    return portal.finish(portal.deploy(release["id"])["id"])


def _answer(portal: Portal, deployment: dict[str, Any], answer: str) -> dict[str, Any]:
    question = deployment["waiting_for"]["id"]
    body = {"question": question, "answer": answer}
    given = portal.api("POST", f"/deployments/{deployment['id']}/answer", body)
    assert given.status == 202, given.body
    return portal.finish(deployment["id"])


def test_page_and_api_say_where_it_broke_off_and_what_may_be_done(
    asking: tuple[Portal, dict[str, Any]],
) -> None:
    portal, waiting = asking
    asked = waiting["waiting_for"]
    assert "was continued and broke off again at ServicewebShop" in asked["text"]
    assert "not allowed to PassRole" in asked["text"]
    assert asked["answers"] == ["retry", "skip", "proceed", "abort"]
    page = portal.browser.get(f"/deployments/{waiting['id']}/").content.decode()
    assert asked["text"] in html.unescape(page)
    for answer in asked["answers"]:
        assert f'name="answer" value="{answer}"' in page


def test_given_up_it_fails_and_says_so(asking: tuple[Portal, dict[str, Any]]) -> None:
    portal, waiting = asking
    ended = _answer(portal, waiting, "abort")
    assert ended["state"] == "failed"
    assert ended["error"]["code"] == "CFN-STACK-STUCK"
    assert "on a person's decision it stays in UPDATE_ROLLBACK_FAILED" in ended["error"]["message"]
    page = html.unescape(portal.browser.get(f"/deployments/{waiting['id']}/").content.decode())
    assert ended["error"]["message"] in page
    assert f"--stack-name {STACK} --resources-to-skip ServicewebShop" in page
    assert "not allowed to PassRole" in page


def test_given_up_it_is_not_tried_again_by_itself(
    transactional_db: None, sandbox: RunningSandbox
) -> None:
    portal = in_process_portal(sandbox)
    process = portal.api("GET", "/projects/web-shop/process").body
    process["steps"][0]["attempts"] = 3
    answer = portal.api("PUT", "/projects/web-shop/process", {"steps": process["steps"]})
    assert answer.status == 200, answer.body
    assert _deployed(portal, "1.6.0")["state"] == "succeeded"
    region = sandbox.world.stacks("eu-west-1")
    with sandbox.world.lock:
        force_status(region, region.stack(STACK), "ROLLBACK_FAILED")
    waiting = _deployed(portal, "1.5.0")
    assert "ECS-STACK-HOLDS-SERVICE" in waiting["waiting_for"]["text"]
    ended = _answer(portal, waiting, "abort")
    assert ended["state"] == "failed"
    assert "trying again" not in portal.log_text(waiting["id"])


def test_skipped_it_goes_on_to_the_new_version(asking: tuple[Portal, dict[str, Any]]) -> None:
    portal, waiting = asking
    ended = _answer(portal, waiting, "skip")
    assert ended["state"] == "succeeded", portal.log_text(waiting["id"])
