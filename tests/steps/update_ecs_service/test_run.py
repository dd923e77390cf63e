"""Updating another team's service, against the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import Cancelled, Failed, Intends, Succeeded
from tests.steps.driven_run import clients_of
from tests.steps.run_ecs_task.driven_task import registered
from tests.steps.update_ecs_service.driven_update import CHANGE, DrivenUpdate, others_service

ROLLS_BACK = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


@pytest.fixture
def shop(sandbox: RunningSandbox) -> RunningSandbox:
    """The simulated AWS with the service in it."""
    others_service(sandbox)
    return sandbox


def update(sandbox: RunningSandbox, **inputs: Any) -> DrivenUpdate:
    return DrivenUpdate(sandbox, clients_of(sandbox), **inputs)


def succeeded(run: DrivenUpdate) -> Succeeded:
    end = run.go()
    assert isinstance(end, Succeeded), f"{end}\n{run.log.text}"
    return end


def failed(run: DrivenUpdate) -> Failed:
    end = run.go()
    assert isinstance(end, Failed), f"{end}\n{run.log.text}"
    return end


# Success


def test_a_new_revision_runs_and_its_outputs_are_told(shop: RunningSandbox) -> None:
    run = update(shop)
    end = succeeded(run)
    assert end.outputs == {
        "TaskDefinitionRevision": "2",
        "TaskDefinitionFamily": "shop",
        "ClusterName": "demo",
        "ServiceName": "shop",
        "Region": "eu-west-1",
        "ServiceArn": run.service["serviceArn"],
        "TaskDefinitionArn": run.service["taskDefinition"],
        "Image[web]": "registry.example/shop/web:1.4.0",
    }
    assert not end.warnings
    assert run.intents == ["register", "update"]
    assert run.log.of("highlight")[0].startswith("shop runs shop:2: 2 of 2 tasks, after ")


def test_only_what_was_said_is_changed(shop: RunningSandbox) -> None:
    before = update(shop).definition()
    run = update(shop)
    succeeded(run)
    after = run.definition()
    [was], [now] = before.pop("containerDefinitions"), after.pop("containerDefinitions")
    assert now == was | {"image": "registry.example/shop/web:1.4.0"}
    for changed in ("taskDefinitionArn", "revision", "registeredAt", "tags"):
        before.pop(changed), after.pop(changed)
    assert after == before


def test_tags_are_merged_on_revision_and_service(shop: RunningSandbox) -> None:
    run = update(shop, tags=[{"key": "owner", "value": "shop"}, {"key": "tier", "value": "web"}])
    succeeded(run)
    for tagged in (run.service["tags"], run.definition()["tags"]):
        tags = {tag["key"]: tag["value"] for tag in tagged}
        assert (tags["owner"], tags["tier"]) == ("shop", "web")
        assert tags["Octopus.Deployment.Id"] == "90"


def test_the_content_may_come_from_another_family(shop: RunningSandbox) -> None:
    registered(shop, "1.0.0", "golden", cpu="512", memory="1024")
    change = CHANGE | {"name": "golden"}
    run = update(shop, template_task_definition="golden:1", containers=[change])
    assert succeeded(run).outputs["TaskDefinitionFamily"] == "shop"
    assert run.definition()["cpu"] == "512"


def test_the_same_release_again_replaces_the_tasks(shop: RunningSandbox) -> None:
    succeeded(update(shop))
    again = update(shop, deployment="91")
    succeeded(again)
    assert again.runs == "shop:3"


def test_without_waiting_acceptance_is_the_end(shop: RunningSandbox) -> None:
    run = update(shop, wait={"type": "dont_wait"})
    succeeded(run)
    assert "AWS has accepted the update: accepted, not verified" in run.log.of("info")
    assert len(run.service["deployments"]) == 2


def test_who_may_not_look_updates_all_the_same(shop: RunningSandbox) -> None:
    shop.faults.add(
        service="ecs", action="DescribeServices", code="AccessDeniedException", message="no"
    )
    run = update(shop)
    assert succeeded(run).warnings
    assert "The rollout can't be followed." in run.log.of("warning")[0]


def test_a_service_that_may_not_be_tagged_runs_all_the_same(shop: RunningSandbox) -> None:
    shop.faults.add(service="ecs", action="TagResource", code="AccessDeniedException", message="no")
    run = update(shop)
    succeeded(run)
    assert run.log.of("warning")[0].startswith("The service can't be tagged:")


# Refusals


@pytest.mark.parametrize(
    ("inputs", "cause", "words"),
    [
        ({"service_name": "nothing"}, "service-not-found", "There is no service nothing in"),
        ({"target_task_definition": "nothing"}, "definition-not-found", "definition nothing in"),
        ({"template_task_definition": "shop:9"}, "definition-not-found", "definition shop:9 in"),
    ],
)
def test_what_is_missing_is_told_before_anything_is_changed(
    shop: RunningSandbox, inputs: dict[str, str], cause: str, words: str
) -> None:
    run = update(shop, **inputs)
    error = failed(run).error
    assert (error.code, error.cause) == ("ECS-DEPLOY-FAILED", cause)
    assert words in error.message
    assert (run.revisions, run.runs) == (1, "shop:1")


def test_a_service_that_is_being_deleted_is_told_before_anything_is_changed(
    shop: RunningSandbox,
) -> None:
    ecs = clients_of(shop).client("ecs")
    ecs.delete_service(cluster="demo", service="shop", force=True)
    run = update(shop)
    error = failed(run).error
    assert (error.code, error.cause) == ("ECS-DEPLOY-FAILED", "service-draining")
    assert error.message == (
        "Service shop in cluster demo, eu-west-1, is being deleted (DRAINING) and can't be updated."
    )
    assert run.revisions == 1


def test_a_container_that_the_definition_lacks_is_told(shop: RunningSandbox) -> None:
    error = failed(update(shop, containers=[CHANGE | {"name": "api"}])).error
    assert error.details == ("containers[0].name: shop:1: There is no container api, only shop.",)


# Failure


def test_an_image_that_is_missing_ends_it_at_once_and_the_service_goes_back(
    shop: RunningSandbox,
) -> None:
    run = update(shop, tag="1.5.0-missing", previous="1.3.0")
    error = failed(run).error
    assert (error.code, error.cause) == ("ECS-DEPLOY-FAILED", "image-not-found")
    assert error.still_serving == "1.3.0 still serves shop: 2 of 2 tasks running, not interrupted."
    assert run.intents == ["register", "update", "back"]
    assert run.runs == "shop:1"


def test_crashing_tasks_end_it_after_some_with_their_last_lines(shop: RunningSandbox) -> None:
    run = update(shop, tag="1.5.0-crash", fail_after_stopped_tasks=2)
    assert failed(run).error.cause == "crash"
    assert 'is not set". The step gives up this rollout.' in run.log.text
    kept = run.resources["failed_tasks"]
    assert len(kept) >= 2
    assert "FATAL: required environment variable DATABASE_URL is not set" in kept[0]["log"]


def test_without_going_back_the_new_revision_stays(shop: RunningSandbox) -> None:
    run = update(shop, tag="1.5.0-missing", cancel_on_failure=False)
    failed(run)
    assert run.runs == "shop:2"


def test_a_rollback_by_the_circuit_breaker_is_a_failure(sandbox: RunningSandbox) -> None:
    others_service(sandbox, deploymentConfiguration=ROLLS_BACK)
    run = update(sandbox, tag="1.5.0-crash", fail_after_stopped_tasks=50, no_progress_minutes=60)
    error = failed(run).error
    assert (error.code, error.cause) == ("ECS-DEPLOY-FAILED", "crash")
    assert "back" not in run.intents
    assert run.runs == "shop:1"


def test_time_that_is_used_up_ends_it(shop: RunningSandbox) -> None:
    run = update(shop, tag="1.5.0-stuck", wait={"type": "with_timeout", "timeout_minutes": 2})
    error = failed(run).error
    assert (error.code, error.cause) == ("ECS-TIMEOUT", "timeout")
    assert "waiting for service shop, last seen with 0 of " in error.message
    assert error.message.endswith(" of shop:2 running.")
    assert any("still PENDING" in line for line in error.details)
    assert run.runs == "shop:1"


def test_a_rollout_that_stands_still_ends(shop: RunningSandbox) -> None:
    run = update(shop, tag="1.5.0-stuck", no_progress_minutes=5)
    assert failed(run).error.cause == "no-progress"


def test_a_service_that_somebody_deletes_is_told(shop: RunningSandbox) -> None:
    run = update(shop)
    run.go(until=lambda run: run.state.get("operation") == "update" and "seen" in run.state)
    run.clients.ecs.delete_service(cluster="demo", service="shop", force=True)
    assert failed(run).error.cause == "service-gone"


# Crashes and cancels


@pytest.mark.parametrize("lost", [2, 3, 4])
def test_a_worker_that_dies_registers_and_updates_once(shop: RunningSandbox, lost: int) -> None:
    run = update(shop)
    run.lose_turn(lost)
    succeeded(run)
    assert (run.revisions, run.runs) == (2, "shop:2")
    assert shop.count("ecs.UpdateService") == 1


def test_a_cancel_lets_the_service_go_back(shop: RunningSandbox) -> None:
    run = update(shop)
    run.go(until=lambda run: run.state.get("phase") == "follow")
    assert isinstance(run.call("cancel"), Intends)
    end = run.go()
    assert end == Cancelled("shop: shop:1 runs 2 of 2 tasks.")
    assert run.runs == "shop:1"


def test_a_cancel_before_the_update_changes_nothing(shop: RunningSandbox) -> None:
    run = update(shop)
    run.go(until=lambda run: run.state.get("operation") == "update")
    assert run.call("cancel") == Cancelled("The service was not changed.")
    assert run.runs == "shop:1"
