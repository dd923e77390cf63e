"""A process of six steps on two targets: green, with its migration failing, aborted."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from ecsportal.sandbox.server import RunningSandbox
from tests.in_process_portal import Portal, in_process_portal
from tests.steps.http_check.answers import served

Step = dict[str, Any]
TARGETS = {"shop-development": "eu-west-1", "shop-development-2": "eu-central-1"}
STACK = "shop-extras"
TEMPLATE = """\
Parameters:
  Group: {Type: String}
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Ref Group}
Outputs:
  Path: {Value: !Ref Logs}
"""
FAILING = "1.6.0"


@dataclass
class Shop:
    """The sample on two targets, its process of six steps, and what the check asked."""

    portal: Portal
    asked: list[str]

    def deploy(self, tag: str) -> dict[str, Any]:
        """A release with this tag of the API's image, deployed until it asks for approval."""
        images = {"deploy-web/web": "1.5.0", "deploy-web/api": tag}
        release = self.portal.release(images=images)
        waiting = self.portal.finish(self.portal.deploy(release["id"])["id"])
        assert waiting["state"] == "waiting", waiting
        return waiting

    def answer(self, waiting: dict[str, Any], answer: str, note: str = "") -> dict[str, Any]:
        """Answer the approval; the deployment once it has ended."""
        body = {"question": waiting["waiting_for"]["id"], "answer": answer, "note": note}
        told = self.portal.api("POST", f"/deployments/{waiting['id']}/answer", body)
        assert told.status == 202, told.body
        self.portal.turn()
        return self.portal.finish(waiting["id"])

    def page(self, deployment: dict[str, Any]) -> str:
        """The deployment's page."""
        found = self.portal.browser.get(f"/deployments/{deployment['id']}/")
        return html.unescape(found.content.decode())

    def stacks(self, region: str) -> set[str]:
        """The stacks of the clean-up's name in a region, by their state."""
        found = self.portal.sandbox.client("cloudformation", region).describe_stacks()["Stacks"]
        return {each["StackStatus"] for each in found if each["StackName"] == STACK}


@pytest.fixture
def shop(transactional_db: None, sandbox: RunningSandbox) -> Iterator[Shop]:
    portal = in_process_portal(sandbox)
    asked: list[str] = []
    second = portal.api("GET", "/targets/shop-development").body
    second |= {"name": "shop-development-2", "region": TARGETS["shop-development-2"]}
    fields = ("name", "account", "region", "cluster", "environments", "target_tags")
    answer = portal.api("POST", "/targets", {name: second[name] for name in fields})
    assert answer.status == 201, answer.body
    [web] = portal.api("GET", "/projects/web-shop/process").body["steps"]
    with served(lambda _method, path: asked.append(path) or (200, {}, b"ready")) as url:
        # The execution role of the task is made with the service's first deployment.
        save(portal, web)
        assert portal.finish(portal.deploy(portal.release()["id"])["id"])["state"] == "succeeded"
        save(portal, *six_steps(web, url))
        yield Shop(portal, asked)


def save(portal: Portal, *steps: Step) -> None:
    answer = portal.api("PUT", "/projects/web-shop/process", {"steps": list(steps)})
    assert answer.status == 200, answer.body
    assert answer.body["problems"] == []


def six_steps(web: Step, url: str) -> list[Step]:
    """Approval, migration, service, stack, check of its output, clean-up after a failure."""
    output = "#{Octopus.Action[Extras].Output.AwsOutputs[Path]}"
    return [
        step("Approve", "manual-intervention", instructions="Ready?", note_required=True),
        step("Migrate", "run-ecs-task", step="deploy-web", container="api",
             command_list=["migrate", "#{Octopus.Release.Number}"]),
        web,
        step("Extras", "deploy-cloudformation-template", stack_name=STACK, template=TEMPLATE,
             parameters=[{"name": "Group", "value": "/shop/#{Octopus.Environment.Name}"}]),
        step("Check", "http-check", url=f"{url}{output}", body_contains="ready"),
        step("Clean up", "delete-stack", stack_name=STACK) | {"condition": "failure"},
    ]  # fmt: skip


def step(name: str, kind: str, **inputs: Any) -> Step:
    return {"name": name, "type": kind, "target_tags": ["web"], "inputs": inputs}


def states(deployment: dict[str, Any]) -> dict[str, str]:
    return {step["slug"]: step["state"] for step in deployment["steps"]}


def test_all_goes_well_and_the_clean_up_is_not_needed(shop: Shop) -> None:
    ended = shop.answer(shop.deploy("1.5.0"), "proceed", "Looked at it.")
    log = shop.portal.log_text(ended["id"])
    assert ended["state"] == "succeeded", log
    assert states(ended) == {
        "approve": "succeeded",
        "migrate": "succeeded",
        "deploy-web": "succeeded",
        "extras": "succeeded",
        "check": "succeeded",
        "clean-up": "skipped",
    }
    assert shop.asked == ["/shop/Development"]
    on_targets = {each["target"] for each in ended["steps"][1]["targets"]}
    assert on_targets == set(TARGETS)
    assert log.count(f"Running: migrate {ended['release']['version']}") == len(TARGETS)
    for region in TARGETS.values():
        assert shop.stacks(region) == {"CREATE_COMPLETE"}


def test_a_failed_migration_stops_the_rest_and_the_clean_up_runs(shop: Shop) -> None:
    green = shop.answer(shop.deploy("1.5.0"), "proceed", "Looked at it.")
    assert green["state"] == "succeeded"
    shop.portal.sandbox.scenario(f"*shop/api:{FAILING}", "exit3")
    ended = shop.answer(shop.deploy(FAILING), "proceed", "Looks right.")
    assert ended["state"] == "failed"
    assert states(ended) == {
        "approve": "succeeded",
        "migrate": "failed",
        "deploy-web": "skipped",
        "extras": "skipped",
        "check": "skipped",
        "clean-up": "succeeded",
    }
    assert (ended["error"]["code"], ended["error"]["step"]) == ("ECS-TASK-FAILED", "migrate")
    page = shop.page(ended)
    assert "Container api exits with code 3" in page
    assert "Last lines of container api" in page
    assert "Exiting with code 3" in page
    for region in TARGETS.values():
        assert not shop.stacks(region)


def test_an_aborted_approval_changes_nothing_in_aws(shop: Shop) -> None:
    waiting = shop.deploy("1.5.0")
    before = shop.portal.sandbox.count("ecs.RunTask")
    ended = shop.answer(waiting, "abort", "Not on a Friday.")
    assert ended["state"] == "failed"
    assert states(ended) == {
        "approve": "failed",
        "migrate": "skipped",
        "deploy-web": "skipped",
        "extras": "skipped",
        "check": "skipped",
        "clean-up": "succeeded",
    }
    assert shop.portal.sandbox.count("ecs.RunTask") == before
    page = shop.page(ended)
    assert "Not on a Friday." in page
    assert "aborted" in page
    assert not shop.asked
