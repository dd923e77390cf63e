"""The main job by HTTP with an API key, as CONTRACTS.md has it, and AWS read back with boto3."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ecsportal.sandbox.server import RunningSandbox
from tests.in_process_portal import STACK, Portal, in_process_portal, refusal

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Portal:
    return in_process_portal(sandbox)


@pytest.fixture
def deployed(portal: Portal) -> dict[str, Any]:
    """The newest images, deployed to development."""
    deployment = portal.finish(portal.deploy(portal.release()["id"])["id"])
    assert deployment["state"] == "succeeded", portal.log_text(deployment["id"])
    return deployment


def stack_of(portal: Portal, name: str = STACK, region: str = "eu-west-1") -> dict[str, Any]:
    stacks = portal.sandbox.client("cloudformation", region).describe_stacks(StackName=name)
    return dict(stacks["Stacks"][0])


def service_of(portal: Portal, region: str = "eu-west-1") -> dict[str, Any]:
    ecs = portal.sandbox.client("ecs", region)
    arns = ecs.list_services(cluster="demo")["serviceArns"]
    found = ecs.describe_services(cluster="demo", services=arns, include=["TAGS"])
    return dict(found["services"][0])


# ---- release ----


def test_the_proposal_names_version_and_newest_tags(portal: Portal) -> None:
    proposal = portal.api("GET", "/projects/web-shop/releases/proposal").body
    assert (proposal["version"], proposal["channel"]) == ("0.0.1", "default")
    tags = {name: image["tag"] for name, image in proposal["images"].items()}
    assert tags == {"deploy-web/web": "1.6.0", "deploy-web/api": "1.6.0"}
    for image in proposal["images"].values():
        assert image["digest"].startswith("sha256:")


def test_a_release_takes_what_the_proposal_names(portal: Portal) -> None:
    proposal = portal.api("GET", "/projects/web-shop/releases/proposal").body
    answer = portal.api("POST", "/projects/web-shop/releases", {})
    assert answer.status == 201
    assert answer.headers["Location"] == f"/api/v1/releases/{answer.body['id']}"
    assert answer.body == portal.api("GET", f"/releases/{answer.body['id']}").body
    assert answer.body["version"] == proposal["version"]
    assert {n: i["digest"] for n, i in answer.body["images"].items()} == {
        n: i["digest"] for n, i in proposal["images"].items()
    }


def test_a_release_has_the_shape_of_the_contract(portal: Portal) -> None:
    images = {"deploy-web/web": "1.5.0"}
    release = portal.release(version="1.4.2", images=images, notes="Why.", channel="default")
    assert MOMENT.fullmatch(release.pop("created_at"))
    digest = release["images"]["deploy-web/web"].pop("digest")
    assert re.fullmatch("sha256:[0-9a-f]{64}", digest)
    release["images"]["deploy-web/web"].pop("pushed_at")
    assert release["images"].pop("deploy-web/api")["tag"] == "1.6.0"
    assert release == {
        "id": release["id"],
        "project": "web-shop",
        "version": "1.4.2",
        "channel": "default",
        "notes": "Why.",
        "created_by": "admin",
        "images": {
            "deploy-web/web": {
                "feed": "shop-registry",
                "repository": "shop/web",
                "tag": "1.5.0",
                "image": "registry.example.com/shop/web:1.5.0",
            }
        },
        "process_revision": 1,
        "variables_revision": 0,
        "deployable_to": [
            {"environment": name, "allowed": True, "reason": ""}
            for name in ("development", "staging", "production")
        ],
        "url": "/projects/web-shop/releases/1.4.2/",
    }


def test_releases_are_listed_newest_first_by_pages(portal: Portal) -> None:
    made = [portal.release()["version"] for _ in range(3)]
    first = portal.api("GET", "/projects/web-shop/releases?limit=2").body
    rest = portal.api("GET", first["next"].removeprefix("/api/v1")).body
    assert [each["version"] for each in first["items"] + rest["items"]] == made[::-1]
    assert rest["next"] is None


# ---- deployment ----


def test_a_deployment_begins_queued_and_says_where_it_is(portal: Portal) -> None:
    release = portal.release()
    answer = portal.api(
        "POST",
        f"/releases/{release['id']}/deployments",
        {"environment": "development", "comment": "First."},
    )
    number = answer.body["id"]
    assert (answer.status, answer.headers["Location"]) == (201, f"/api/v1/deployments/{number}")
    assert MOMENT.fullmatch(answer.body.pop("created_at"))
    assert answer.body == {
        "id": number,
        "project": "web-shop",
        "release": {"id": release["id"], "version": "0.0.1"},
        "environment": "development",
        "state": "queued",
        "warnings": False,
        "started_at": None,
        "finished_at": None,
        "created_by": "admin",
        "superseded_by": None,
        "error": None,
        "late_error": None,
        "late_verdict": None,
        "outcome_open": False,
        "url": f"/deployments/{number}/",
        "comment": "First.",
        "guided_failure": False,
        "not_before": None,
        "expires_at": None,
        "retry_of": None,
        "waiting_for": None,
        "steps": [
            {
                "slug": "deploy-web",
                "name": "Deploy web",
                "state": "pending",
                "reason": "",
                "warnings": False,
                "started_at": None,
                "finished_at": None,
                "targets": [
                    {
                        "target": "shop-development",
                        "state": "pending",
                        "warnings": False,
                        "attempt": 1,
                        "stack_name": "",
                        "stack_id": "",
                        "outputs": {},
                        "error": None,
                        "reason": "",
                        "set_aside": "",
                    }
                ],
            }
        ],
        "outputs": {},
    }


def test_a_deployment_that_succeeded_tells_its_outputs(
    portal: Portal, deployed: dict[str, Any]
) -> None:
    service, stack = service_of(portal), stack_of(portal)
    expected = {
        "ServiceName": "ServicewebShop",
        "ServiceArn": service["serviceArn"],
        "PhysicalServiceName": service["serviceName"],
        "ClusterName": "demo",
        "CloudFormationStackName": STACK,
        "TaskDefinitionFamily": "web-shop",
        "TaskDefinitionRevision": "1",
        "TaskDefinitionArn": service["taskDefinition"],
        "Region": "eu-west-1",
        "Image[web]": "registry.example.com/shop/web:1.6.0",
        "Image[api]": "registry.example.com/shop/api:1.6.0",
        "AwsOutputs[StackId]": stack["StackId"],
    }
    step, target = deployed["steps"][0], deployed["steps"][0]["targets"][0]
    assert deployed["outputs"] == {"Deploy web": expected}
    assert (step["state"], target["state"], target["outputs"]) == (
        "succeeded",
        "succeeded",
        expected,
    )
    assert (target["stack_name"], target["stack_id"]) == (STACK, stack["StackId"])
    for moment in (deployed["started_at"], deployed["finished_at"], step["finished_at"]):
        assert MOMENT.fullmatch(moment)


def test_the_log_is_read_in_pieces_until_nothing_can_follow(portal: Portal) -> None:
    deployment = portal.deploy(portal.release()["id"])["id"]
    path = f"/deployments/{deployment}/log"
    assert portal.api("GET", path).body == {"lines": [], "finished": False}
    portal.turn()
    running = portal.api("GET", f"{path}?level=verbose").body
    assert (running["lines"] != [], running["finished"]) == (True, False)
    portal.finish(deployment)
    lines: list[dict[str, Any]] = []
    finished = False
    while not finished:
        after = lines[-1]["seq"] if lines else 0
        page = portal.api("GET", f"{path}?after={after}&limit=7&level=verbose").body
        assert 1 <= len(page["lines"]) <= 7
        lines += page["lines"]
        finished = page["finished"]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert {frozenset(line) for line in lines} == {
        frozenset({"seq", "at", "level", "step", "target", "part", "text"})
    }
    assert lines[-1]["text"].startswith("Deployed 0.0.1 to Development")
    of_target = [line for line in lines if line["target"]]
    assert {(line["step"], line["target"]) for line in of_target} == {
        ("deploy-web", "shop-development")
    }
    images = [line["text"] for line in lines if "/shop/web:" in line["text"]]
    assert [re.sub("[0-9a-f]{12,}", lambda hex: str(len(hex[0])), text) for text in images] == [
        "Image web: registry.example.com/shop/web:1.6.0@sha256:12…",
        "With its whole digest: registry.example.com/shop/web:1.6.0@sha256:64",
    ]
    louder = portal.api("GET", f"{path}?level=highlight").body["lines"]
    assert {line["level"] for line in louder} == {"highlight"}
    assert portal.api("GET", f"{path}?after={len(lines)}").body == {"lines": [], "finished": True}


def test_aws_holds_one_tagged_stack_with_a_service_that_runs(
    portal: Portal, deployed: dict[str, Any]
) -> None:
    stack, service = stack_of(portal), service_of(portal)
    tags = {tag["Key"]: tag["Value"] for tag in stack["Tags"]}
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert tags == {
        "Octopus.Project.Id": "web-shop",
        "Octopus.Action.Id": "deploy-web",
        "Octopus.Deployment.Id": str(deployed["id"]),
        "Octopus.Step.Id": "deploy-web",
        "Octopus.Environment.Id": "development",
        "Octopus.Deployment.Tenant.Id": "untenanted",
        "Octopus.Deployment.Name": "Deploy to Development",
        "Octopus.Environment.Name": "Development",
        "Octopus.Project.Name": "Web shop",
        "Octopus.Release.Channel.Name": "Default",
        "Octopus.Action.Name": "Deploy web",
        "Octopus.Step.Name": "Deploy web",
        "Octopus.Machine.Name": "shop-development",
    }
    of_service = {tag["key"]: tag["value"] for tag in service["tags"]}
    assert tags.items() <= of_service.items()
    assert (service["status"], service["runningCount"], service["desiredCount"]) == ("ACTIVE", 2, 2)
    ecs = portal.sandbox.client("ecs")
    tasks = ecs.list_tasks(cluster="demo", serviceName=service["serviceName"])["taskArns"]
    states = [t["lastStatus"] for t in ecs.describe_tasks(cluster="demo", tasks=tasks)["tasks"]]
    assert states == ["RUNNING", "RUNNING"]
    definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])
    assert [c["image"] for c in definition["taskDefinition"]["containerDefinitions"]] == [
        "registry.example.com/shop/web:1.6.0",
        "registry.example.com/shop/api:1.6.0",
    ]
    calls = portal.sandbox.calls()["cloudformation.CreateStack"]
    assert (calls["count"], calls["started"]) == (1, 1)


def test_the_same_release_again_changes_tags_only(portal: Portal, deployed: dict[str, Any]) -> None:
    before = service_of(portal)
    again = portal.finish(portal.deploy(deployed["release"]["id"])["id"])
    after = service_of(portal)
    assert again["state"] == "succeeded"
    assert "Only tags change, nothing restarts" in portal.log_text(again["id"])
    stack = stack_of(portal)
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert {"Key": "Octopus.Deployment.Id", "Value": str(again["id"])} in stack["Tags"]
    assert after["taskDefinition"] == before["taskDefinition"]
    assert [each["id"] for each in after["deployments"]] == [
        each["id"] for each in before["deployments"]
    ]
    calls = portal.sandbox.calls()
    assert calls["cloudformation.CreateStack"]["started"] == 1
    assert calls["cloudformation.UpdateStack"]["started"] == 1


def test_another_release_moves_the_service_to_a_new_revision(
    portal: Portal, deployed: dict[str, Any]
) -> None:
    release = portal.release(images={"deploy-web/web": "1.5.0"})
    ended = portal.finish(portal.deploy(release["id"])["id"])
    assert ended["outputs"]["Deploy web"]["TaskDefinitionRevision"] == "2"
    service = service_of(portal)
    assert service["taskDefinition"].endswith("/web-shop:2")
    assert [each["status"] for each in service["deployments"]] == ["PRIMARY"]


def test_staging_follows_development_in_its_own_region(
    portal: Portal, deployed: dict[str, Any]
) -> None:
    ended = portal.finish(portal.deploy(deployed["release"]["id"], "staging")["id"])
    assert (ended["state"], ended["environment"]) == ("succeeded", "staging")
    name = STACK.replace("development", "staging")
    assert stack_of(portal, name, "eu-central-1")["StackStatus"] == "CREATE_COMPLETE"
    assert portal.sandbox.calls()["cloudformation.CreateStack"]["started"] == 2


def test_a_failure_tells_cause_advice_and_what_still_serves(
    portal: Portal, deployed: dict[str, Any]
) -> None:
    release = portal.release(images={"deploy-web/web": "1.4.2-crash"})
    ended = portal.finish(portal.deploy(release["id"])["id"])
    error = ended["error"]
    assert ended["state"] == "failed"
    assert {"code", "message", "advice", "cause", "step", "target", "still_serving"} <= set(error)
    assert (error["code"], error["step"], error["target"]) == (
        "ECS-DEPLOY-FAILED",
        "deploy-web",
        "shop-development",
    )
    assert "exits with code 1" in error["message"]
    assert error["still_serving"].startswith("0.0.1 still serves")
    assert service_of(portal)["runningCount"] == 2
    log = portal.api("GET", f"/deployments/{ended['id']}/log").body
    assert log["finished"]
    texts = [line["text"] for line in log["lines"]]
    # What the lines before have told is not told once more beside the error.
    assert [text for text in texts if text.startswith("  ")] == []
    assert any("stopped: container web exited with code 1" in text for text in texts)
    assert error["details"][0] in portal.log_text(ended["id"])
    assert any('is not set". ' in text for text in texts)


def test_a_missing_image_is_told_with_its_feeds_name(portal: Portal) -> None:
    release = portal.release(images={"deploy-web/web": "1.4.1-missing"})
    ended = portal.finish(portal.deploy(release["id"])["id"])
    assert ended["error"]["message"] == (
        "Image shop/web:1.4.1-missing doesn't exist in the feed Shop registry."
    )


def test_deployments_are_listed_newest_first_and_filtered(
    portal: Portal, deployed: dict[str, Any]
) -> None:
    queued = portal.deploy(deployed["release"]["id"], "staging")["id"]

    def listed(query: str) -> list[int]:
        return [each["id"] for each in portal.api("GET", f"/deployments?{query}").body["items"]]

    assert listed("") == [queued, deployed["id"]]
    assert listed("environment=staging") == [queued]
    assert listed("state=succeeded&project=web-shop") == [deployed["id"]]
    assert listed("project=another") == []
    assert refusal(portal.api("GET", "/deployments?state=done")) == (422, "VALIDATION")
