"""Processes that can't work, and those that people change meanwhile: told, and in time."""

from __future__ import annotations

import html
from typing import Any

import pytest

from ecsportal.sandbox.server import RunningSandbox
from tests.in_process_portal import Answer, Portal, in_process_portal

PROCESS = "/projects/web-shop/process"
Step = dict[str, Any]


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Portal:
    return in_process_portal(sandbox)


def stack(name: str, uses: str = "") -> Step:
    """A step that deletes a stack; its name may be another step's output."""
    named = uses or name.lower().replace(" ", "-")
    inputs = {"stack_name": f"preview-{named}"}
    return {"name": name, "type": "delete-stack", "target_tags": ["web"], "inputs": inputs}


def output(step: str, name: str = "AwsOutputs[Name]") -> str:
    return f"#{{Octopus.Action[{step}].Output.{name}}}"


def save(portal: Portal, *steps: Step) -> Answer:
    return portal.api("PUT", PROCESS, {"steps": list(steps)})


def deploy_page(portal: Portal, release: Step) -> str:
    path = f"/projects/web-shop/releases/{release['version']}/deploy/development/"
    return html.unescape(portal.browser.get(path).content.decode())


def test_steps_that_need_each_others_outputs_are_told_before_deploying(portal: Portal) -> None:
    assert save(portal, stack("A", output("B")), stack("B", output("A"))).status == 200
    release = portal.release()
    page = deploy_page(portal, release)
    assert "1 expression has no value in Development" in page
    assert f"A: {output('B')}. B hasn't ended when this step begins." in page
    form = html.unescape(portal.browser.get(f"{PROCESS}/a/").content.decode())
    assert f"{output('B')} has no value in Development, Staging, Production. B hasn't" in form
    ended = portal.finish(portal.deploy(release["id"])["id"])
    assert ended["error"]["details"] == [
        f"stack_name: {output('B')} B hasn't ended when this step begins."
    ]
    assert portal.sandbox.count("cloudformation.DeleteStack") == 0


def test_an_output_of_no_step_is_told_before_deploying(portal: Portal) -> None:
    save(portal, stack("A"), stack("B", output("Bee")))
    page = deploy_page(portal, portal.release())
    assert f'B: {output("Bee")}. There is no step "Bee" in this process.' in page


def test_an_output_that_its_step_doesnt_give_ends_the_step_that_wants_it(portal: Portal) -> None:
    save(portal, stack("A"), stack("B", output("A", "Nothing")))
    ended = portal.finish(portal.deploy(portal.release()["id"])["id"])
    assert [step["state"] for step in ended["steps"]] == ["succeeded", "failed"]
    assert ended["error"]["message"] == f"{output('A', 'Nothing')} has no value."
    assert ended["error"]["details"] == [f"stack_name: {output('A', 'Nothing')}"]


def test_an_output_of_a_step_that_is_left_out_is_told_before_deploying(portal: Portal) -> None:
    save(portal, stack("A"), stack("B", output("A")))
    release = portal.release()
    deployment = portal.deploy(release["id"], skip_steps=["a"])
    ended = portal.finish(deployment["id"])
    assert ended["error"]["details"] == [f"stack_name: {output('A')} A doesn't run."]
    assert portal.sandbox.count("cloudformation.DeleteStack") == 0


def test_names_that_differ_by_case_only_are_refused(portal: Portal) -> None:
    answer = save(portal, stack("Clean up"), stack("clean UP"))
    assert answer.status == 422
    assert [(each["path"], each["message"]) for each in answer.body["errors"]] == [
        ("steps[1].name", 'Another step is called "clean UP": outputs are named by step.')
    ]


def test_slugs_have_no_capitals(portal: Portal) -> None:
    answer = save(portal, stack("A") | {"slug": "a"}, stack("B") | {"slug": "A"})
    assert answer.status == 422
    assert [each["path"] for each in answer.body["errors"]] == ["steps[1].slug"]


def test_a_step_removed_while_its_deployment_runs_is_still_run(portal: Portal) -> None:
    approve = {
        "name": "Approve",
        "type": "manual-intervention",
        "inputs": {"instructions": "Ready?"},
    }
    save(portal, approve, stack("A"), stack("B"))
    waiting = portal.finish(portal.deploy(portal.release()["id"])["id"])
    assert waiting["state"] == "waiting"
    assert save(portal, stack("B")).status == 200
    answer = {"question": waiting["waiting_for"]["id"], "answer": "proceed"}
    portal.api("POST", f"/deployments/{waiting['id']}/answer", answer)
    portal.turn()
    ended = portal.finish(waiting["id"])
    assert ended["state"] == "succeeded"
    assert [step["slug"] for step in ended["steps"]] == ["approve", "a", "b"]
    page = portal.browser.get(f"/deployments/{ended['id']}/")
    assert "2 A" in page.content.decode()
    following = portal.deploy(portal.release()["id"])
    assert [step["slug"] for step in following["steps"]] == ["b"]
