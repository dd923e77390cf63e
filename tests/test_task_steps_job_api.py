"""Approval, task, service and HTTP check in whole deployments, by HTTP with an API key."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.sandbox.server import RunningSandbox
from tests.in_process_portal import Portal, in_process_portal
from tests.steps.http_check.answers import served
from tests.steps.run_ecs_task.driven_task import SUBNET, registered

Step = dict[str, Any]
RELEASE = "#{Octopus.Release.Number}"


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Portal:
    return in_process_portal(sandbox)


def sample_step(portal: Portal) -> Step:
    [step] = portal.api("GET", "/projects/web-shop/process").body["steps"]
    return dict(step)


def save(portal: Portal, *steps: Step) -> None:
    answer = portal.api("PUT", "/projects/web-shop/process", {"steps": list(steps)})
    assert answer.status == 200, answer.body


def run(portal: Portal, **release: Any) -> dict[str, Any]:
    """A new release of the process, deployed to development."""
    return portal.finish(portal.deploy(portal.release(**release)["id"])["id"])


def states(deployment: dict[str, Any]) -> dict[str, str]:
    return {step["slug"]: step["state"] for step in deployment["steps"]}


def migrate(**inputs: Any) -> Step:
    return {
        "name": "Migrate",
        "type": "run-ecs-task",
        "target_tags": ["web"],
        "inputs": {
            "step": "deploy-web",
            "container": "api",
            "command_list": ["migrate", "#{Octopus.Release.Number}"],
            **inputs,
        },
    }


@pytest.mark.parametrize(
    "kind", ["manual-intervention", "http-check", "run-ecs-task", "update-ecs-service"]
)
def test_every_type_has_its_schema(portal: Portal, kind: str) -> None:
    answer = portal.api("GET", f"/step-types/{kind}/1/schema")
    assert answer.status == 200
    assert answer.body["properties"]


def test_an_approval_a_migration_the_rollout_and_a_check(portal: Portal) -> None:
    web = sample_step(portal)
    save(portal, web)
    assert run(portal)["state"] == "succeeded"
    approve = {
        "name": "Approve",
        "type": "manual-intervention",
        "inputs": {"instructions": "Release #{Octopus.Release.Number}?", "note_required": True},
    }
    asked: list[str] = []
    with served(lambda method, path: asked.append(path) or (200, {}, b"ready")) as url:
        check = {
            "name": "Check",
            "type": "http-check",
            "inputs": {
                "url": f"{url}/#{{Octopus.Action[Deploy web].Output.TaskDefinitionRevision}}",
                "body_contains": "ready",
            },
        }
        save(portal, approve, migrate(), web, check)
        waiting = run(portal)
        assert waiting["waiting_for"]["instructions"] == "Release 0.0.2?"
        answer = {"question": waiting["waiting_for"]["id"], "answer": "proceed", "note": "go"}
        assert portal.api("POST", f"/deployments/{waiting['id']}/answer", answer).status == 202
        portal.turn()
        ended = portal.finish(waiting["id"])
    log = portal.log_text(ended["id"])
    assert ended["state"] == "succeeded", log
    assert asked == [f"/{ended['outputs']['Deploy web']['TaskDefinitionRevision']}"]
    assert "Running: migrate 0.0.2" in log
    page = portal.browser.get(f"/deployments/{ended['id']}/").content.decode()
    assert '<span class="p-strong">Tasks</span>' in page
    assert ended["outputs"]["Approve"]["Manual.Notes"] == "go"


def test_a_migration_that_fails_keeps_the_rollout_from_starting(portal: Portal) -> None:
    web = sample_step(portal)
    save(portal, web)
    first = run(portal, images={"deploy-web/api": "1.5.0"})
    assert first["state"] == "succeeded"
    clean = {
        "name": "Tidy",
        "type": "run-ecs-task",
        "target_tags": ["web"],
        "condition": "failure",
        "inputs": {
            "task_definition": first["outputs"]["Deploy web"]["TaskDefinitionArn"],
            "subnet_ids": web["inputs"]["subnet_ids"],
        },
    }
    save(portal, migrate(), web, clean)
    portal.sandbox.scenario("*shop/api:1.6.0", "exit3")
    ended = run(portal)
    assert ended["state"] == "failed"
    assert states(ended) == {"migrate": "failed", "deploy-web": "skipped", "tidy": "succeeded"}
    assert ended["error"]["code"] == "ECS-TASK-FAILED"
    assert ended["error"]["step"] == "migrate"
    page = portal.browser.get(f"/deployments/{ended['id']}/").content.decode()
    assert "Container api exits with code 3" in page
    assert "Last lines of container api" in page
    assert "Exiting with code 3" in page


def test_what_a_failed_check_tells_is_masked(portal: Portal) -> None:
    secret = {"name": "Token", "value": "s3cret-of-the-shop", "type": "sensitive"}
    answer = portal.api("PUT", "/projects/web-shop/variables", {"variables": [secret]})
    assert answer.status == 200, answer.body
    with served(lambda _method, path: (403, {}, f"no such token: {path}".encode())) as url:
        inputs = {"url": f"{url}/?token=#{{Token}}", "attempts": 1}
        save(portal, {"name": "Check", "type": "http-check", "inputs": inputs})
        ended = run(portal)
    assert ended["state"] == "failed"
    told = f"{portal.log_text(ended['id'])}\n{ended['error']}"
    assert "no such token: /?token=********" in told
    assert "s3cret" not in told


def test_a_step_that_is_not_there_is_told_when_saving(portal: Portal) -> None:
    answer = portal.api("PUT", "/projects/web-shop/process", {"steps": [migrate(step="nothing")]})
    problems = {error["path"]: error["message"] for error in answer.body.get("errors", ())}
    if answer.status == 200:
        problems = {each["path"]: each["message"] for each in answer.body["problems"]}
    assert problems["steps[0].inputs.step"] == 'There is no step "nothing" in this process.'


def test_a_service_of_another_team_gets_the_releases_image(portal: Portal) -> None:
    registered(portal.sandbox, "1.3.0", "orders")
    ecs = portal.sandbox.client("ecs")
    ecs.create_service(
        cluster="demo",
        serviceName="orders",
        taskDefinition="orders",
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [SUBNET]}},
    )
    portal.sandbox.advance(300)
    step = {
        "name": "Update orders",
        "type": "update-ecs-service",
        "target_tags": ["web"],
        "inputs": {
            "service_name": "orders",
            "target_task_definition": "orders",
            "containers": [
                {
                    "name": "orders",
                    "image": {"feed": "shop-registry", "repository": "shop/web"},
                    "environment": {"items": [{"name": "VERSION", "value": RELEASE}]},
                }
            ],
        },
    }
    save(portal, step)
    ended = run(portal)
    assert ended["state"] == "succeeded", portal.log_text(ended["id"])
    outputs = ended["outputs"]["Update orders"]
    assert (outputs["TaskDefinitionFamily"], outputs["TaskDefinitionRevision"]) == ("orders", "2")
    content = ecs.describe_task_definition(taskDefinition="orders")["taskDefinition"]
    [container] = content["containerDefinitions"]
    assert container["image"] == "registry.example.com/shop/web:1.6.0"
    assert container["environment"] == [{"name": "VERSION", "value": ended["release"]["version"]}]
