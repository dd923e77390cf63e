"""What stays known of a failed rollout once AWS has forgotten it; what is left behind."""

from __future__ import annotations

from typing import Any

from ecsportal.sandbox.seed import target_group_arn
from ecsportal.steps.contract import Failed, Succeeded
from tests.steps.driven_run import REGION, Driven, again

GROUP = target_group_arn(REGION)
BALANCED: dict[str, Any] = {
    "load_balancers": [{"container": "web", "port": 80, "target_group_arn": GROUP}]
}


def failed(run: Driven) -> Failed:
    progress = run.go()
    assert isinstance(progress, Failed), run.log.text
    return progress


def test_an_answer_that_the_load_balancer_refuses_is_named_with_its_code(deployed: Driven) -> None:
    run = again(deployed, tag="1.4.5-unhealthy", **BALANCED)
    error = failed(run).error
    assert error.cause == "load-balancer-answer"
    assert error.message == "Container web runs, but its health check answers 503."
    assert any(
        "Health checks failed with these codes: [503]" in line for line in run.log.of("warning")
    )


def test_the_health_of_targets_is_kept(deployed: Driven) -> None:
    run = again(deployed, tag="1.5.0", **BALANCED)
    assert isinstance(run.go(), Succeeded), run.log.text
    group = run.resources["target_groups"][GROUP]
    assert group["name"] == GROUP.split("/")[1]
    assert "healthy" in [target["state"] for target in group["targets"]]
    assert any("1 of 1 target healthy" in line for line in run.log.of("info"))


def test_without_permission_the_targets_stay_unknown_and_nothing_else_changes(
    deployed: Driven,
) -> None:
    deployed.sandbox.faults.add(
        service="elasticloadbalancing", action="DescribeTargetHealth",
        code="AccessDenied", message="not authorized", status=403, times=99,
    )  # fmt: skip
    run = again(deployed, tag="1.5.0", **BALANCED)
    assert isinstance(run.go(), Succeeded), run.log.text
    assert len([line for line in run.log.of("verbose") if "targets can't be shown" in line]) == 1
    assert "target_groups" not in run.resources


def test_a_rollout_that_stands_still_names_the_tasks_that_it_waited_for(deployed: Driven) -> None:
    run = again(deployed, tag="1.4.3-stuck", no_progress_minutes=2)
    error = failed(run).error
    [waiting] = run.resources["waiting_tasks"]
    assert waiting["revision"] == "web:2"
    assert f"Task {waiting['task']} (web:2): still {waiting['status']}" in error.details
    assert waiting["status"] in ("PROVISIONING", "PENDING", "ACTIVATING")


def test_the_stacks_events_are_kept_newest_first(deployed: Driven) -> None:
    run = again(deployed, tag="1.4.1-missing")
    failed(run)
    kept = run.resources["stack_events"]
    assert kept[0]["status"] == "UPDATE_ROLLBACK_COMPLETE"
    assert kept[-1]["status"] == "UPDATE_IN_PROGRESS"
    assert all(event["at"] for event in kept)


def test_a_crashed_container_leaves_its_last_lines_and_links_to_the_rest(deployed: Driven) -> None:
    run = again(deployed, tag="1.4.2-crash")
    failed(run)
    task = run.resources["failed_tasks"][0]
    assert 0 < len(task["log"]) <= 50
    stream = f"ecs$252Fweb$252F{task['arn'].rpartition('/')[2]}"
    assert task["log_url"].endswith(f"log-group/$252Fecs$252Fweb/log-events/{stream}")
    assert task["console_url"].startswith("https://eu-west-1.console.aws.amazon.com/ecs/v2/")
    service = run.resources["services"][0]
    assert [group["name"] for group in service["log_groups"]] == ["/ecs/web"]


def test_of_very_many_crashes_the_container_s_words_are_still_kept(deployed: Driven) -> None:
    run = again(
        deployed, tag="1.4.2-crash", desired_count=8, fail_after_stopped_tasks=40,
        no_progress_minutes=600,
    )  # fmt: skip
    error = failed(run).error
    assert "FATAL: required environment variable DATABASE_URL is not set" in error.message
    rows = run.resources["failed_tasks"]
    assert sum(1 + row.get("earlier", 0) for row in rows) >= 40
    assert 2 <= len([row for row in rows if row["log"]]) <= 4


def test_default_tags_are_on_stack_service_and_task_definition(deployed: Driven) -> None:
    clients = deployed.clients
    stack = clients.cloudformation.describe_stacks(
        StackName="cf-ecs-demo-serviceweb-staging-untenanted"
    )["Stacks"][0]
    expected = {tag["Key"]: tag["Value"] for tag in stack["Tags"]}
    assert expected["Octopus.Project.Id"] == "web-shop"
    assert expected["Octopus.Environment.Id"] == "staging"
    assert expected["Octopus.Step.Id"] == "deploy-web"
    arn = clients.ecs.list_services(cluster="demo")["serviceArns"]
    arn = next(each for each in arn if "Serviceweb" in each)
    service = clients.ecs.describe_services(cluster="demo", services=[arn], include=["TAGS"])
    found = service["services"][0]
    definition = clients.ecs.describe_task_definition(
        taskDefinition=found["taskDefinition"], include=["TAGS"]
    )
    for tags in (found["tags"], definition["tags"]):
        read = {tag["key"]: tag["value"] for tag in tags}
        assert {key: read.get(key) for key in expected} == expected
