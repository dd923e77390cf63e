"""Queueing, cancelling, retrying and answering by HTTP, as CONTRACTS.md has it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from ecsportal.sandbox.server import RunningSandbox
from tests.in_process_portal import Portal, in_process_portal, refusal


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Portal:
    return in_process_portal(sandbox)


def test_one_deployment_waits_for_the_one_before_it(portal: Portal) -> None:
    release = portal.release()["id"]
    first, second = (portal.deploy(release)["id"] for _ in range(2))
    portal.turn()
    waiting = portal.api("GET", f"/deployments/{second}").body
    assert waiting["state"] == "queued"
    assert {"kind", "id", "until", "text", "answers"} <= set(waiting["waiting_for"])
    assert (waiting["waiting_for"]["kind"], waiting["waiting_for"]["id"]) == ("deployment", first)
    assert portal.finish(second)["state"] == "succeeded"
    assert portal.api("GET", f"/deployments/{first}").body["state"] == "succeeded"


def test_cancelling_takes_the_first_stack_back(portal: Portal) -> None:
    deployment = portal.deploy(portal.release()["id"])["id"]
    portal.turn()
    portal.sandbox.advance(4)
    portal.turn()
    answer = portal.api("POST", f"/deployments/{deployment}/cancel")
    assert (answer.status, answer.body["id"]) == (202, deployment)
    ended = portal.finish(deployment)
    assert ended["state"] == "cancelled"
    assert ended["steps"][0]["targets"][0]["reason"].endswith("is deleted, nothing of it stays.")
    again = portal.api("POST", f"/deployments/{deployment}/cancel")
    assert refusal(again) == (409, "ALREADY_FINISHED")
    stacks = portal.sandbox.client("cloudformation").list_stacks()["StackSummaries"]
    assert [each["StackStatus"] for each in stacks] == ["DELETE_COMPLETE"]


def test_a_queued_deployment_is_cancelled_before_it_touches_aws(portal: Portal) -> None:
    deployment = portal.deploy(portal.release()["id"])["id"]
    assert portal.api("POST", f"/deployments/{deployment}/cancel").status == 202
    assert portal.finish(deployment)["state"] == "cancelled"
    assert portal.sandbox.count("cloudformation.CreateStack") == 0


def test_retrying_is_a_new_deployment_and_waits_for_the_end(portal: Portal) -> None:
    release = portal.release(images={"deploy-web/web": "1.4.1-missing"})
    deployment = portal.deploy(release["id"])["id"]
    early = portal.api("POST", f"/deployments/{deployment}/retry", {})
    assert refusal(early) == (409, "NOT_FINISHED")
    assert portal.finish(deployment)["error"]["cause"] == "image-not-found"
    again = portal.api("POST", f"/deployments/{deployment}/retry", {"skip_succeeded": True})
    assert (again.status, again.body["state"]) == (201, "queued")
    assert again.body["id"] != deployment
    assert again.headers["Location"] == f"/api/v1/deployments/{again.body['id']}"


def test_an_answer_nobody_asked_for_is_refused(portal: Portal) -> None:
    deployment = portal.deploy(portal.release()["id"])["id"]
    answer = portal.api(
        "POST", f"/deployments/{deployment}/answer", {"question": 5, "answer": "retry"}
    )
    assert refusal(answer) == (409, "QUESTION_CLOSED")


def test_a_deployment_for_later_waits_for_its_time(portal: Portal) -> None:
    at = (timezone.now() + timedelta(days=20)).strftime("%Y-%m-%dT%H:%M:00Z")
    deployment = portal.deploy(portal.release()["id"], not_before=at)["id"]
    portal.turn()
    waiting = portal.api("GET", f"/deployments/{deployment}").body["waiting_for"]
    assert (waiting["kind"], waiting["until"]) == ("time", at)
