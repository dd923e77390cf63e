""" "Update ECS service" that doesn't wait: how its rollout ended is looked up and told."""

from __future__ import annotations

import html
from typing import Any

import pytest

from ecsportal.deployments.late_outcomes import look_up_late_outcomes
from ecsportal.deployments.models import Deployment, TargetRun
from ecsportal.deployments.queries import last_success_before
from ecsportal.infrastructure.models import DeploymentTarget
from ecsportal.sandbox.server import RunningSandbox
from tests import builders
from tests.in_process_portal import Portal, in_process_portal
from tests.steps.run_ecs_task.driven_task import registered
from tests.steps.update_ecs_service.driven_update import others_service

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
NO_ROLLBACK = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Portal:
    """The sample, whose only step updates a service of somebody else and doesn't wait."""
    portal = in_process_portal(sandbox)
    step = {
        "name": "Update shop",
        "type": "update-ecs-service",
        "target_tags": ["web"],
        "inputs": {
            "service_name": "shop",
            "target_task_definition": "shop",
            "wait": {"type": "dont_wait"},
            "containers": [
                {"name": "shop", "image": {"feed": "shop-registry", "repository": "shop/web"}}
            ],
        },
    }
    answer = portal.api("PUT", "/projects/web-shop/process", {"steps": [step]})
    assert answer.status == 200, answer.body
    return portal


def accepted(portal: Portal, tag: str = "1.6.0") -> dict[str, Any]:
    """A deployment that ECS has accepted, looked at once."""
    release = portal.release(images={"update-shop/web": tag})
    deployment = portal.finish(portal.deploy(release["id"])["id"])
    assert deployment["state"] == "succeeded", portal.log_text(deployment["id"])
    assert TargetRun.objects.latest("pk").unverified
    look_up_late_outcomes()
    assert TargetRun.objects.latest("pk").unverified
    return deployment


def late(portal: Portal, deployment: dict[str, Any]) -> Any:
    return portal.api("GET", f"/deployments/{deployment['id']}").body["late_error"]


def text(portal: Portal, path: str) -> str:
    return html.unescape(portal.browser.get(path).content.decode())


def test_a_revision_that_comes_up_is_no_longer_looked_for(portal: Portal) -> None:
    others_service(portal.sandbox)
    deployment = accepted(portal)
    assert "nobody waits for its end" in text(portal, f"/deployments/{deployment['id']}/")
    portal.sandbox.advance(300)
    assert look_up_late_outcomes() == 1
    assert look_up_late_outcomes() == 0
    assert late(portal, deployment) is None


def test_a_circuit_breaker_that_went_back_is_a_failure(portal: Portal) -> None:
    others_service(portal.sandbox, deploymentConfiguration=BREAKER)
    deployment = accepted(portal, "1.4.2-crash")
    portal.sandbox.advance(900)
    assert look_up_late_outcomes() == 1
    told = late(portal, deployment)
    assert told["code"] == "ECS-DEPLOY-FAILED"
    assert told["cause"] == "crash"
    assert "Container shop exits with code 1" in told["message"]
    assert told["where"].startswith("Update shop on ")
    assert told["where"].endswith("didn't wait, and its service failed later.")
    assert "serves shop: 2 of 2 tasks running" in told["still_serving"]
    tasks = [piece for piece in told["evidence"] if piece["noun"] == "task"]
    assert len(tasks) == 1
    assert tasks[0]["count"] >= 3
    page = text(portal, f"/deployments/{deployment['id']}/")
    assert "Failed later: Deploy Web shop" in page
    assert told["message"] in page
    for where in ("/", "/projects/web-shop/", "/tasks/"):
        assert "Failed later" in text(portal, where)


def test_an_image_that_is_not_there_fails_without_a_circuit_breaker_too(portal: Portal) -> None:
    others_service(portal.sandbox)
    deployment = accepted(portal, "1.4.1-missing")
    portal.sandbox.advance(60)
    assert look_up_late_outcomes() == 0  # a circuit breaker could still go back
    run = TargetRun.objects.latest("pk")
    run.runner_state["operation_at"] = "2026-01-01T00:00:00+00:00"
    run.save()
    assert look_up_late_outcomes() == 1
    told = late(portal, deployment)
    assert told["cause"] == "image-not-found"
    assert "serves shop: 2 of 2 tasks running" in told["still_serving"]


def test_a_rollout_that_failed_and_stays_is_a_failure(portal: Portal) -> None:
    others_service(portal.sandbox, deploymentConfiguration=NO_ROLLBACK)
    deployment = accepted(portal, "1.4.2-crash")
    portal.sandbox.advance(900)
    assert look_up_late_outcomes() == 1
    assert late(portal, deployment)["cause"] == "crash"


def test_one_that_another_rollout_replaced_is_told_as_that_and_not_as_failed(
    portal: Portal,
) -> None:
    others_service(portal.sandbox)
    first = accepted(portal)
    second = accepted(portal, "1.5.0")
    portal.sandbox.advance(300)
    assert look_up_late_outcomes() == 1  # the first one was replaced at once
    errors = Deployment.objects.filter(pk__in=[first["id"], second["id"]])
    assert list(errors.values_list("late_error", flat=True)) == [None, None]
    told = portal.api("GET", f"/deployments/{first['id']}").body["late_verdict"]
    assert told["verdict"] == "replaced"
    (place,) = told["places"]
    assert (place["step"], place["revision"], place["by"]) == ("update-shop", "shop:2", "shop:3")
    assert told["message"] == (
        f"Replaced by shop:3 before the rollout of shop:2 ({place['name']}) ended. "
        "Whether it would have come up isn't known."
    )
    page = text(portal, f"/deployments/{first['id']}/")
    assert "Replaced: Deploy Web shop" in page
    assert told["message"] in page
    assert told["message"] in text(portal, "/tasks/")
    assert portal.api("GET", f"/deployments/{second['id']}").body["late_verdict"] is None


def somebody_else_deploys(portal: Portal) -> str:
    """A further revision, made and rolled out without the portal."""
    ecs = portal.sandbox.client("ecs")
    definition = ecs.describe_task_definition(taskDefinition="shop:1")["taskDefinition"]
    made = ecs.register_task_definition(
        family="shop", containerDefinitions=definition["containerDefinitions"]
    )
    revision = f"shop:{made['taskDefinition']['revision']}"
    ecs.update_service(cluster="demo", service="shop", taskDefinition=revision)
    portal.sandbox.advance(300)
    return revision


def test_one_that_somebody_else_replaced_is_told_on_the_dashboard_too(portal: Portal) -> None:
    others_service(portal.sandbox)
    accepted(portal)
    assert somebody_else_deploys(portal) == "shop:3"
    assert look_up_late_outcomes() == 1
    assert "Replaced by shop:3 before the rollout of shop:2" in text(portal, "/")
    assert "Replaced" in text(portal, "/projects/web-shop/")


def test_one_that_was_replaced_is_nothing_to_go_back_to(portal: Portal) -> None:
    others_service(portal.sandbox)
    good = accepted(portal)
    portal.sandbox.advance(300)
    assert look_up_late_outcomes() == 1
    accepted(portal, "1.5.0")
    somebody_else_deploys(portal)
    assert look_up_late_outcomes() == 1
    version = good["release"]["version"]
    told = text(portal, "/projects/web-shop/")
    assert f'Last good <b class="p-strong">{version}</b>' in told
    assert "Runs here" not in told
    failed = portal.release(images={"update-shop/web": "1.4.2-crash"})
    shown = text(portal, f"/projects/web-shop/releases/{failed['version']}/deploy/development/")
    assert "What Development runs isn’t known, the last good one is" in shown
    assert f"against {version}, the last to succeed here" in shown
    failed = accepted(portal, "1.4.2-crash")
    run = TargetRun.objects.latest("pk")
    run.runner_state["operation_at"] = "2026-01-01T00:00:00+00:00"
    run.save()
    assert look_up_late_outcomes() == 1
    assert f"Roll back to {version}…" in text(portal, f"/deployments/{failed['id']}/")
    assert f'Runs <b class="p-strong">{version}</b>' in text(portal, "/projects/web-shop/")


def test_what_nobody_has_seen_end_is_nothing_to_go_back_to_yet(portal: Portal) -> None:
    others_service(portal.sandbox)
    first = accepted(portal)
    grid = text(portal, "/projects/web-shop/")
    assert "What runs isn’t known" in grid
    for path in ("/", "/tasks/"):
        assert "AWS has accepted it, its end isn’t seen yet" in text(portal, path)
    page = f"/deployments/{first['id']}/"
    release = f"/projects/web-shop/releases/{first['release']['version']}/"
    places = ("/", "/tasks/", "/projects/web-shop/", page, release)
    for path in places:
        assert "</svg>Outcome open</span>" in text(portal, path), path
    assert "<title>Outcome open: Deploy" in text(portal, page)
    assert accepted_of(text(portal, page)) == {"picture": 1, "tree": 2, "timeline": 1}
    raw = portal.browser.get(f"{page}log.txt").getvalue().decode()
    assert raw.splitlines()[0].endswith(": Outcome open")
    listed = portal.api("GET", "/deployments").body["items"][0]
    assert (listed["state"], listed["outcome_open"]) == ("succeeded", True)
    portal.sandbox.advance(300)
    assert look_up_late_outcomes() == 1
    for path in places:
        assert "Outcome open" not in text(portal, path), path
    assert portal.api("GET", page.rstrip("/")).body["outcome_open"] is False
    assert accepted_of(text(portal, page)) == {"picture": 0, "tree": 0, "timeline": 0}
    grid = text(portal, "/projects/web-shop/")
    assert f'Runs <b class="p-strong">{first["release"]["version"]}</b>' in grid
    second = accepted(portal, "1.5.0")
    queued = portal.deploy(second["release"]["id"])
    assert to_go_back_to(queued) == first["id"]
    portal.sandbox.advance(300)
    assert look_up_late_outcomes() == 1
    assert to_go_back_to(queued) == second["id"]


def accepted_of(page: str) -> dict[str, int]:
    """Where a step or target shows that AWS has accepted it, and no more than that."""
    return {
        "picture": page.count('<a class="p-stage p-is-pending"'),
        "tree": page[page.index('id="log"') :].count(">Accepted</span>"),
        "timeline": page.count('<li class="p-is-pending">'),
    }


def to_go_back_to(deployment: dict[str, Any]) -> int | None:
    found = last_success_before(Deployment.objects.get(pk=deployment["id"]))
    return found.pk if found else None


def test_on_several_targets_each_is_named(portal: Portal) -> None:
    others_service(portal.sandbox)
    first = DeploymentTarget.objects.get(environments__slug="development")
    builders.target(
        "Another", environments=list(first.environments.all()), region=first.region,
        cluster=first.cluster, account=first.account,
    )  # fmt: skip
    deployment = accepted(portal)
    assert somebody_else_deploys(portal) == "shop:4"
    # Both targets are one service here, so one of the rollouts was gone before it was ever seen.
    assert look_up_late_outcomes() == 1
    run = TargetRun.objects.get(unverified=True)
    run.runner_state["operation_at"] = "2026-01-01T00:00:00+00:00"
    run.save()
    assert look_up_late_outcomes() == 1
    told = portal.api("GET", f"/deployments/{deployment['id']}").body["late_verdict"]
    assert {(place["revision"], place["by"]) for place in told["places"]} == {
        ("shop:2", "shop:4"),
        ("shop:3", "shop:4"),
    }
    assert told["message"].startswith("Replaced before their rollouts ended: shop:")
    assert told["message"].count(" (Update shop on ") == 2


def test_what_ran_before_running_again_is_a_failure(portal: Portal) -> None:
    others_service(portal.sandbox)
    deployment = accepted(portal)
    portal.sandbox.client("ecs").update_service(
        cluster="demo", service="shop", taskDefinition="shop:1"
    )
    portal.sandbox.advance(300)
    assert look_up_late_outcomes() == 1
    told = late(portal, deployment)
    assert told["cause"] == "rolled-back"
    assert "shop runs shop:1, not shop:2" in told["message"]


def test_a_service_that_was_deleted_is_a_failure(portal: Portal) -> None:
    others_service(portal.sandbox)
    deployment = accepted(portal)
    portal.sandbox.client("ecs").delete_service(cluster="demo", service="shop", force=True)
    portal.sandbox.advance(300)
    assert look_up_late_outcomes() == 1
    assert late(portal, deployment)["cause"] == "service-gone"


def test_an_ecs_that_does_not_answer_is_asked_again(portal: Portal) -> None:
    others_service(portal.sandbox)
    deployment = accepted(portal)
    portal.sandbox.advance(300)
    fault = portal.sandbox.faults.add(
        service="ecs", action="DescribeServices", code="AccessDeniedException", message="no"
    )
    assert look_up_late_outcomes() == 0
    portal.sandbox.faults.remove(fault)
    assert look_up_late_outcomes() == 1
    assert late(portal, deployment) is None


def test_a_later_revision_of_the_family_is_not_taken_for_ours(portal: Portal) -> None:
    others_service(portal.sandbox)
    deployment = accepted(portal)
    registered(portal.sandbox, "9.9.9", "shop")
    portal.sandbox.advance(300)
    assert look_up_late_outcomes() == 1
    assert late(portal, deployment) is None
