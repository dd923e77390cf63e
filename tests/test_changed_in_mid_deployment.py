"""What people change while a deployment waits or runs: each ends in a sentence that names it."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.db.models import F

from ecsportal.infrastructure.models import AwsAccount, DeploymentTarget
from ecsportal.sandbox.server import RunningSandbox
from tests.in_process_portal import STACK, Portal, in_process_portal


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Portal:
    return in_process_portal(sandbox)


def change_inputs(portal: Portal, **inputs: Any) -> None:
    """Other inputs for the sample's step."""
    steps = portal.api("GET", "/projects/web-shop/process").body["steps"]
    steps[0]["inputs"] |= inputs
    answer = portal.api("PUT", "/projects/web-shop/process", {"steps": steps})
    assert answer.status == 200, answer.body


def set_variable(portal: Portal, value: str) -> None:
    variables = [{"name": "Cpu", "value": value}]
    answer = portal.api("PUT", "/projects/web-shop/variables", {"variables": variables})
    assert answer.status == 200, answer.body


def begun(portal: Portal, *, seconds: int = 8) -> int:
    """A deployment whose stack has been in progress for so long."""
    number = int(portal.deploy(portal.release()["id"])["id"])
    while not portal.sandbox.count("cloudformation.CreateStack"):
        portal.turn()
    portal.sandbox.advance(seconds)
    portal.turn()
    assert portal.api("GET", f"/deployments/{number}").body["state"] == "executing"
    return number


def error_of(portal: Portal, number: int) -> dict[str, Any]:
    """The error, which page and log tell in the same words."""
    ended = portal.finish(number)
    assert ended["state"] == "failed", ended
    error: dict[str, Any] = ended["error"]
    page = html.unescape(portal.browser.get(f"/deployments/{number}/").content.decode())
    assert error["message"] in page
    assert error["message"] in portal.log_text(number)
    return error


def test_an_input_that_its_variable_made_wrong_after_the_release(portal: Portal) -> None:
    set_variable(portal, "256")
    change_inputs(portal, cpu="#{Cpu}")
    release = portal.release()
    set_variable(portal, "a lot")
    assert portal.api("POST", f"/releases/{release['id']}/variables").status == 200
    error = error_of(portal, portal.deploy(release["id"])["id"])
    assert error["code"] == "ECS-VALIDATION"
    assert error["message"] == (
        "ECS Deploy Validation Error: Input cpu breaks a rule once the expressions are filled in."
    )
    assert any(detail.startswith("cpu: ") for detail in error["details"])
    assert portal.sandbox.count("cloudformation.CreateStack") == 0


def test_a_target_disabled_while_the_deployment_waits(portal: Portal) -> None:
    number = portal.deploy(portal.release()["id"])["id"]
    DeploymentTarget.objects.filter(slug="shop-development").update(disabled=True)
    error = error_of(portal, number)
    assert error["code"] == "TARGET-DISABLED"
    assert error["message"] == (
        "The deployment target shop-development was disabled after this deployment was queued."
    )


def test_a_target_disabled_in_mid_deployment_is_finished(portal: Portal) -> None:
    number = begun(portal)
    DeploymentTarget.objects.filter(slug="shop-development").update(disabled=True)
    assert portal.finish(number)["state"] == "succeeded"


def test_a_key_revoked_in_mid_deployment(portal: Portal) -> None:
    number = begun(portal)
    AwsAccount.objects.filter(slug="shop-development").update(
        access_key_id="AKIAWRONG0000000000X", revision=F("revision") + 1
    )
    error = error_of(portal, number)
    assert error["code"] == "AWS-CREDENTIALS"
    assert any(
        f"Stack {STACK} was in CREATE_IN_PROGRESS when it was last seen" in detail
        for detail in error["details"]
    )


def test_a_cluster_deleted_in_mid_deployment(portal: Portal) -> None:
    number = begun(portal, seconds=0)
    portal.sandbox.client("ecs").delete_cluster(cluster="demo")
    error = error_of(portal, number)
    assert error["code"] == "ECS-DEPLOY-FAILED"
    assert error["message"] == "There is no cluster demo in eu-west-1."


def test_a_stack_deleted_in_mid_deployment(portal: Portal) -> None:
    number = begun(portal)
    portal.sandbox.client("cloudformation").delete_stack(StackName=STACK)
    error = error_of(portal, number)
    assert error["message"] == f"Stack {STACK} was deleted while this deployment ran."
