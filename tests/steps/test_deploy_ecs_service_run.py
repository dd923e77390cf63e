"""Deploying the service: every way in and out, against the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.deployments.diagnosis import advice_steps
from ecsportal.steps.contract import Asks, Cancelled, Failed, Intends, Succeeded, Waiting
from tests.steps.driven_run import REGION, Driven, again, statuses

STACK = "cf-ecs-demo-serviceweb-staging-untenanted"


def stack_status(run: Driven) -> str:
    found = run.clients.cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    return str(found[0]["StackStatus"])


def service(run: Driven) -> dict[str, Any]:
    arns = run.clients.ecs.list_services(cluster="demo")["serviceArns"]
    found = run.clients.ecs.describe_services(cluster="demo", services=arns)["services"]
    return next(s for s in found if "Serviceweb" in s["serviceName"])


def failed(progress: object, run: Driven) -> Failed:
    assert isinstance(progress, Failed), f"{progress}\n{run.log.text}"
    return progress


# Success


def test_a_first_deployment_creates_the_stack_and_tells_its_outputs(first: Driven) -> None:
    progress = first.go()
    assert isinstance(progress, Succeeded), first.log.text
    live = service(first)
    assert first.intents == ["create"]
    assert not progress.warnings
    stack_id = progress.outputs.pop("AwsOutputs[StackId]")
    assert f":stack/{STACK}/" in stack_id
    arn = progress.outputs.pop("TaskDefinitionArn")
    assert arn == live["taskDefinition"]
    assert progress.outputs == {
        "ServiceName": "Serviceweb",
        "ServiceArn": live["serviceArn"],
        "PhysicalServiceName": live["serviceName"],
        "ClusterName": "demo",
        "CloudFormationStackName": STACK,
        "TaskDefinitionFamily": "web",
        "TaskDefinitionRevision": arn.rpartition(":")[2],
        "Region": REGION,
        "Image[web]": "registry.example/shop/web:1.4.0",
    }


def test_a_new_stacks_events_tell_what_the_service_has_to_run(first: Driven) -> None:
    assert isinstance(first.go(), Succeeded), first.log.text
    assert first.sandbox.count("cloudformation.ListStackResources") == 0
    rows = {row["logical_id"]: row["status"] for row in first.resources["stack"]["resources"]}
    listed = first.clients.cloudformation.list_stack_resources(StackName=STACK)
    assert rows == {
        row["LogicalResourceId"]: row["ResourceStatus"] for row in listed["StackResourceSummaries"]
    }


def test_a_new_stack_whose_events_may_not_be_read_is_listed_instead(first: Driven) -> None:
    first.sandbox.faults.add(
        service="cloudformation", action="DescribeStackEvents", code="AccessDenied", status=403
    )
    progress = first.go()
    assert isinstance(progress, Succeeded), first.log.text
    assert progress.outputs["TaskDefinitionArn"] == service(first)["taskDefinition"]
    assert first.sandbox.count("cloudformation.ListStackResources") == 1


def test_the_log_tells_who_what_and_each_event_once(deployed: Driven) -> None:
    lines = deployed.log.of("info", "highlight")
    assert lines[0].startswith("Running as arn:aws:")
    assert lines[1] == "Image web: registry.example/shop/web:1.4.0"
    assert lines[2] == f"Stack {STACK} doesn't exist, creating it"
    told = [line for line in lines if line.startswith(("CREATE_", "UPDATE_"))]
    assert len(told) == len(set(told))
    assert any(line.startswith("CREATE_COMPLETE     TaskDefinitionweb  web:") for line in told)
    assert any("has started 1 task:" in line for line in lines)
    assert any(line.endswith("is running") for line in lines)
    assert lines[-1].startswith("web runs web:")


def test_events_are_hardly_read_while_nothing_but_the_service_is_busy(first: Driven) -> None:
    first = again(first, tag="1.4.2-slow")
    first.go(until=lambda run: any("Serviceweb" in line for line in run.log.of("info")))
    before = first.sandbox.count("cloudformation.DescribeStackEvents")
    looks = first.sandbox.count("cloudformation.DescribeStacks")
    assert isinstance(first.go(), Succeeded), first.log.text
    assert first.sandbox.count("cloudformation.DescribeStacks") - looks > 6
    assert first.sandbox.count("cloudformation.DescribeStackEvents") - before == 2
    told = [line for line in first.log.of("info") if line.startswith("CREATE_")]
    assert told[-2:] == ["CREATE_COMPLETE     Serviceweb", f"CREATE_COMPLETE     {STACK}"]


def test_a_second_release_updates_in_place(deployed: Driven) -> None:
    before = service(deployed)
    run = again(deployed, tag="1.5.0")
    progress = run.go()
    assert isinstance(progress, Succeeded), run.log.text
    after = service(run)
    assert run.intents == ["update"]
    assert after["serviceArn"] == before["serviceArn"]
    assert after["taskDefinition"] != before["taskDefinition"]
    assert progress.outputs["TaskDefinitionArn"] == after["taskDefinition"]
    assert f"Stack {STACK} exists (CREATE_COMPLETE), updating it" in run.log.of("highlight")


def test_nothing_of_an_earlier_deployment_is_told_again(deployed: Driven) -> None:
    run = again(deployed, tag="1.5.0")
    run.go()
    assert not [line for line in run.log.of() if line.startswith("CREATE_COMPLETE     Serviceweb")]
    assert sum("has started 1 task:" in line for line in run.log.of()) == 1


def test_the_same_release_again_changes_tags_only(deployed: Driven) -> None:
    before = service(deployed)
    run = again(deployed)
    progress = run.go()
    assert isinstance(progress, Succeeded), run.log.text
    after = service(run)
    assert after["taskDefinition"] == before["taskDefinition"]
    assert after["deployments"][0]["id"] == before["deployments"][0]["id"]
    assert any("Only tags change, nothing restarts" in line for line in run.log.of())
    assert stack_status(run) == "UPDATE_COMPLETE"


def test_an_update_that_changes_nothing_at_all_is_a_success(deployed: Driven) -> None:
    run = again(deployed, deployment="90")
    progress = run.go()
    assert isinstance(progress, Succeeded), run.log.text
    assert any("No updates are to be performed" in line for line in run.log.of())
    assert stack_status(run) == "CREATE_COMPLETE"


def test_another_count_alone_keeps_the_revision(deployed: Driven) -> None:
    before = service(deployed)
    run = again(deployed, desired_count=2)
    assert isinstance(run.go(), Succeeded), run.log.text
    after = service(run)
    assert (after["runningCount"], after["taskDefinition"]) == (2, before["taskDefinition"])


def test_without_waiting_the_step_ends_once_aws_has_accepted(first: Driven) -> None:
    run = again(first, wait={"type": "dont_wait"})
    progress = run.go()
    assert isinstance(progress, Succeeded), run.log.text
    assert stack_status(run) == "CREATE_IN_PROGRESS"
    assert any("accepted, not verified" in line for line in run.log.of("info"))
    assert run.resources["stack"]["note"] == "accepted, not verified"
    assert progress.outputs["CloudFormationStackName"] == STACK
    assert "AwsOutputs[StackId]" in progress.outputs


def test_without_waiting_the_page_tells_what_ran_when_aws_accepted(deployed: Driven) -> None:
    run = again(deployed, tag="1.5.0", previous="1.4.0", wait={"type": "dont_wait"})
    assert isinstance(run.go(), Succeeded), run.log.text
    [shown] = run.resources["services"]
    assert [each["version"] for each in shown["revisions"]] == ["1.4.0"]


def test_the_page_shows_stack_service_revisions_and_events(deployed: Driven) -> None:
    run = again(deployed, tag="1.5.0", previous="1.4.0")
    run.go(until=lambda run: len(run.resources["services"][0]["revisions"]) == 2
           if run.resources.get("services") else False)  # fmt: skip
    [shown] = run.resources["services"]
    assert (shown["name"], shown["cluster"]) == ("web", "demo")
    assert [r["version"] for r in shown["revisions"]] == ["1.5.0", "1.4.0"]
    assert shown["revisions"][1]["running"] == 1
    assert "console.aws.amazon.com/ecs" in shown["console_url"]
    run.go()
    stack = run.resources["stack"]
    assert (stack["name"], stack["status"]) in (
        (STACK, "UPDATE_COMPLETE"),
        (STACK, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
    )
    rows = {row["logical_id"]: row["status"] for row in stack["resources"]}
    assert rows["Serviceweb"] == "UPDATE_COMPLETE"
    texts = [event["text"] for event in run.resources["events"]]
    assert any("has started 1 task:" in text for text in texts)
    times = [event["at"] for event in run.resources["events"]]
    assert times == sorted(times, reverse=True)
    assert run.resources["read_at"]


# Failure


@pytest.mark.parametrize(
    ("tag", "cause", "words"),
    [
        ("1.4.1-missing", "image-not-found", "Image shop/web:1.4.1-missing doesn't exist"),
        ("1.4.2-crash", "crash", "Container web exits with code 1"),
        ("1.4.4-oom", "out-of-memory", "more than its 512 MiB"),
        ("1.4.5-unhealthy", "container-health", "Container web runs, but its health check fails"),
        ("1.4.6-denied", "secret-denied", "may not read the secret database"),
        ("1.4.7-arch", "architecture", "Image shop/web:1.4.7-arch is built for another CPU"),
    ],
)
def test_an_update_that_cannot_succeed_ends_early_and_goes_back(
    deployed: Driven, tag: str, cause: str, words: str
) -> None:
    before = service(deployed)
    run = again(deployed, tag=tag, previous="1.4.0")
    error = failed(run.go(), run).error
    assert (error.code, error.cause) == ("ECS-DEPLOY-FAILED", cause)
    assert words in error.message
    assert error.advice
    assert error.still_serving == "1.4.0 still serves web: 1 of 1 task running, not interrupted."
    assert any(piece.noun == "task" for piece in error.evidence)
    texts = [(piece.noun, piece.text) for piece in error.evidence]
    assert len(texts) == len(set(texts)), "equal reasons are told once"
    assert run.intents == ["update", "cancel"]
    assert stack_status(run) == "UPDATE_ROLLBACK_COMPLETE"
    assert service(run)["taskDefinition"] == before["taskDefinition"]
    assert run.resources["failed_tasks"]
    failures = {r["revision"]: r["failed"] for r in run.resources["services"][0]["revisions"]}
    assert failures["web:2"] > 0
    assert (run.now - run.context().started_at).total_seconds() < 300
    assert "CancelUpdateStack accepted" in run.log.of("info")
    assert "UPDATE_ROLLBACK_IN_PROGRESS" in statuses(run.log.of("info", "warning"))


def test_a_rollout_that_stands_still_ends_after_the_given_minutes(deployed: Driven) -> None:
    run = again(deployed, tag="1.4.3-stuck", no_progress_minutes=2)
    error = failed(run.go(), run).error
    assert error.cause == "no-progress"
    assert run.intents == ["update", "cancel"]
    waits = run.log.of("wait")
    assert any(line.startswith("Still UPDATE_IN_PROGRESS, 1 min ") for line in waits)


def test_while_a_rollout_stands_still_its_tasks_are_listed_now_and_then(deployed: Driven) -> None:
    run = again(deployed, tag="1.4.1-stuck", no_progress_minutes=10)
    run.go(until=lambda run: run.state.get("unmoved", 0) == 12)  # however long it is quiet already
    run.sandbox.world.calls.clear()
    run.go(until=lambda run: run.state.get("unmoved", 0) == 24)
    assert run.sandbox.count("ecs.DescribeServices") == 12
    assert run.sandbox.count("ecs.ListTasks") == 2
    assert run.sandbox.count("cloudformation.DescribeStackEvents") == 2


def test_crashes_are_counted_up_to_the_limit(deployed: Driven) -> None:
    run = again(deployed, tag="1.4.2-crash", fail_after_stopped_tasks=2)
    failed(run.go(), run)
    stops = [line for line in run.log.of("warning") if "stopped: container web" in line]
    assert [line.rpartition("(")[2] for line in stops[:2]] == ["1 of 2)", "2 of 2)"]


def test_a_first_create_that_fails_is_left_to_cloudformation(first: Driven) -> None:
    run = again(first, tag="1.4.1-missing")
    error = failed(run.go(), run).error
    assert error.cause == "image-not-found"
    assert error.still_serving == "Nothing serves web yet."
    assert run.intents == ["create"]
    assert stack_status(run) == "CREATE_IN_PROGRESS"


def test_what_serves_stays_unsaid_where_nobody_may_look(first: Driven) -> None:
    run = again(first, tag="1.4.1-missing", wait={"type": "with_timeout", "timeout_minutes": 5})
    fault(run, service="ecs", action="DescribeServices", code="AccessDeniedException", status=400)
    error = failed(run.go(), run).error
    assert (error.code, error.still_serving) == ("ECS-TIMEOUT", "")


def test_a_first_create_that_stands_still_says_what_goes_on_and_what_a_retry_does(
    first: Driven,
) -> None:
    run = again(first, tag="1.4.3-stuck", no_progress_minutes=5)
    error = failed(run.go(), run).error
    assert error.cause == "no-progress"
    assert stack_status(run) == "CREATE_IN_PROGRESS"
    still, *others = advice_steps(error.advice)
    assert still.startswith(f"Stack {STACK} is still being created by CloudFormation, until that")
    assert "Retry waits for that end (and asks after 30 min whether to delete the stack)" in still
    assert others[0].startswith("Look at the tasks that are pending")
    retry = again(first, deployment="92")
    retry.go(until=lambda run: bool(run.log.of("wait")))
    assert retry.intents == []
    assert "Still CREATE_IN_PROGRESS" in retry.log.of("wait")[0]


def test_a_first_create_whose_tasks_fail_says_that_a_retry_replaces_it(first: Driven) -> None:
    run = again(first, tag="1.4.2-crash")
    error = failed(run.go(), run).error
    assert "Retry deletes it, as long as none of its tasks runs, and creates it anew." in (
        error.advice
    )
    retry = again(first, deployment="92")
    assert isinstance(retry.go(), Succeeded), retry.log.text
    assert retry.intents == ["delete", "create"]


def test_the_next_deployment_replaces_a_first_create_that_failed(first: Driven) -> None:
    again(first, tag="1.4.1-missing").go()
    run = again(first, deployment="92", tag="1.4.0")
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["delete", "create"]


def test_without_cancel_on_failure_the_update_is_left_running(deployed: Driven) -> None:
    run = again(deployed, tag="1.4.1-missing", cancel_on_failure=False)
    failed(run.go(), run)
    assert run.intents == ["update"]
    assert stack_status(run) == "UPDATE_IN_PROGRESS"


def test_a_resource_that_cannot_be_made_names_the_first_failed_event(first: Driven) -> None:
    first.clients.logs.create_log_group(logGroupName="/ecs/web")
    progress = first.go()
    error = failed(progress, first).error
    assert error.cause == "already-exists"
    assert "AwsLogGroupweb" in error.message
    assert any("CREATE_FAILED AwsLogGroupweb" in line for line in error.details)


def test_a_reason_that_nobody_knows_is_told_so_with_awss_own_words(first: Driven) -> None:
    fault(first, service="resource", action="AWS::ECS::Service.create", status=400, times=1,
          code="GeneralServiceException", message="It is out of phase (Service: Ecs; Code: 418)",
          )  # fmt: skip
    error = failed(first.go(), first).error
    assert error.cause == "unknown"
    assert error.message == (
        "Serviceweb can't be made, for a reason that we don't know yet."
        ' AWS says: "It is out of phase"'
    )
    [said] = [each.line for each in error.evidence if "out of phase" in each.line]
    assert "(Service: Ecs; Code: 418)" in said
    assert "HandlerErrorCode" in said


def test_the_circuit_breakers_rollback_is_no_success(deployed: Driven) -> None:
    run = again(
        deployed,
        tag="1.4.2-crash",
        fail_after_stopped_tasks=99,
        no_progress_minutes=600,
        beyond={"circuit_breaker": {"enabled": True, "rollback": True, "threshold": None}},
    )
    error = failed(run.go(), run).error
    assert error.code == "ECS-DEPLOY-FAILED"
    assert error.cause in ("crash", "circuit-breaker")


def test_another_revision_that_runs_is_no_success_even_when_the_stack_is_complete(
    deployed: Driven,
) -> None:
    ecs, live = deployed.clients.ecs, service(deployed)
    described = ecs.describe_task_definition(taskDefinition=live["taskDefinition"])
    definition = described["taskDefinition"]
    keys = ("family", "containerDefinitions", "cpu", "memory", "networkMode", "executionRoleArn",
            "requiresCompatibilities")  # fmt: skip
    other = ecs.register_task_definition(**{key: definition[key] for key in keys})
    ecs.update_service(
        cluster="demo",
        service=live["serviceArn"],
        taskDefinition=other["taskDefinition"]["taskDefinitionArn"],
    )
    deployed.sandbox.advance(60)
    run = again(deployed, deployment="90")
    error = failed(run.go(), run).error
    assert (error.code, error.cause) == ("ECS-DEPLOY-FAILED", "rolled-back")
    assert "web runs web:2, not web:1" in error.message


def test_a_rollback_that_breaks_off_says_what_happens_next(deployed: Driven) -> None:
    fault(deployed, service="resource", action="AWS::ECS::Service.rollback",
          code="AccessDenied", message="invalid security token", status=400, times=1)  # fmt: skip
    run = again(deployed, tag="1.4.1-missing")
    error = failed(run.go(), run).error
    assert error.cause == "image-not-found"
    assert stack_status(run) == "UPDATE_ROLLBACK_FAILED"
    assert any("The rollback broke off" in line for line in run.log.of("warning"))
    assert any("invalid security token" in line for line in error.details)


def test_the_time_given_ends_the_step_and_goes_back(deployed: Driven) -> None:
    run = again(
        deployed,
        tag="1.4.3-stuck",
        no_progress_minutes=600,
        wait={"type": "with_timeout", "timeout_minutes": 3},
    )
    error = failed(run.go(), run).error
    assert (error.code, error.cause) == ("ECS-TIMEOUT", "timeout")
    assert error.message.startswith("The step used up its 3 min on ")
    assert "waiting for its stack, last seen in UPDATE_IN_PROGRESS, with" in error.message
    assert any("still PENDING" in line for line in error.details)
    assert run.intents == ["update", "cancel"]
    assert stack_status(run) == "UPDATE_ROLLBACK_COMPLETE"


def test_evidence_is_of_this_deployment_only(deployed: Driven) -> None:
    again(deployed, tag="1.4.2-crash").go()
    run = again(deployed, deployment="92", tag="1.4.1-missing")
    error = failed(run.go(), run).error
    assert error.cause == "image-not-found"
    assert not any("1.4.2-crash" in line or "exit code 1" in line for line in error.details)


def test_inputs_that_break_a_rule_are_all_listed_before_aws_is_asked(first: Driven) -> None:
    run = again(first, cpu="257", subnet_ids=[])
    error = failed(run.go(), run).error
    assert error.code == "ECS-VALIDATION"
    assert "ECS Deploy Validation Error" in error.message
    assert len(error.details) >= 2
    assert run.log.said == []


SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"


@pytest.mark.parametrize(
    ("role", "level", "note"),
    [
        ("", "warning", "containers[0].environment: The role that the stack makes may not read"),
        ("arn:aws:iam::123456789012:role/ecs", "verbose", "task_execution_role_arn: Automatic"),
    ],
)
def test_the_log_says_what_the_execution_role_may_lack(
    first: Driven, role: str, level: str, note: str
) -> None:
    variable = {"name": "DB", "value": SECRET, "type": "secret"}
    web = first.defaults["containers"][0] | {"environment": [variable]}
    run = again(first, containers=[web], task_execution_role_arn=role)
    run.call("start")
    assert [told for told, text in run.log.said if text.startswith(note)] == [level]


# States of a stack that is found


def fault(run: Driven, **more: Any) -> None:
    run.sandbox.faults.add(**more)


def test_a_stack_in_rollback_complete_is_deleted_and_created_anew(first: Driven) -> None:
    first.clients.logs.create_log_group(logGroupName="/ecs/web")
    first.go()
    assert stack_status(first) == "ROLLBACK_COMPLETE"
    first.clients.logs.delete_log_group(logGroupName="/ecs/web")
    run = again(first)
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["delete", "create"]
    assert stack_status(run) == "CREATE_COMPLETE"


def test_a_stack_in_progress_is_waited_for_first(deployed: Driven) -> None:
    other = again(deployed, deployment="95", tag="1.5.0", wait={"type": "dont_wait"})
    assert isinstance(other.go(), Succeeded)
    run = again(deployed, deployment="96", tag="1.6.0")
    assert isinstance(run.go(), Succeeded), run.log.text
    assert "an operation begun outside of the portal runs since" in run.log.text
    assert run.intents == ["update"]


def test_a_change_set_never_executed_is_deleted_first(first: Driven) -> None:
    first.clients.cloudformation.create_change_set(
        StackName=STACK,
        ChangeSetName="preview",
        ChangeSetType="CREATE",
        TemplateBody='{"Resources": {"G": {"Type": "AWS::Logs::LogGroup"}}}',
    )
    first.sandbox.advance(10)
    assert stack_status(first) == "REVIEW_IN_PROGRESS"
    assert isinstance(first.go(), Succeeded), first.log.text
    assert first.intents == ["discard", "create"]
    assert any("Deleted 1 change set: preview" in line for line in first.log.of("info"))


# Crashes and doubts


@pytest.mark.parametrize("called", [True, False])
def test_a_worker_that_dies_between_intent_and_outcome_starts_nothing_twice(
    first: Driven, called: bool
) -> None:
    first.go(until=lambda run: bool(run.intents))
    if called:  # the call went out, but its outcome was never stored
        state = dict(first.state)
        first.call("poll")
        first.state = state
        first.sandbox.advance(1)
    first.crashed()
    assert isinstance(first.go(), Succeeded), first.log.text
    calls = first.sandbox.calls()["cloudformation.CreateStack"]
    assert calls["count"] == 1
    assert any("sent before" in line for line in first.log.of("verbose")) is called


def test_an_update_sent_before_a_crash_is_found_by_its_token(deployed: Driven) -> None:
    run = again(deployed, tag="1.5.0")
    run.go(until=lambda run: run.intents == ["update"])
    state = dict(run.state)
    run.call("poll")
    run.state = state
    run.sandbox.advance(1)
    run.crashed()
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.sandbox.calls()["cloudformation.UpdateStack"]["count"] == 1


@pytest.mark.parametrize("lost", range(1, 8))
def test_a_worker_killed_at_any_turn_loses_nothing(deployed: Driven, lost: int) -> None:
    run = again(deployed, tag="1.5.0")
    run.lose_turn(lost)
    assert isinstance(run.go(), Succeeded), run.log.text
    update = run.sandbox.calls()["cloudformation.UpdateStack"]
    assert (update["count"], update["started"]) == (1, 1)
    assert service(run)["taskDefinition"].endswith(":2")
    assert len(str(run.state)) < 10_000


# Trouble with AWS


def test_throttling_is_a_longer_wait_and_a_verbose_line(first: Driven) -> None:
    fault(first, service="cloudformation", action="Describe*", code="Throttling",
          message="Rate exceeded", status=400, times=4)  # fmt: skip
    assert isinstance(first.go(), Succeeded), first.log.text
    assert any("fewer calls" in line for line in first.log.of("verbose"))
    assert not [line for line in first.log.of("warning", "error") if "Rate exceeded" in line]


def test_a_throttled_write_is_made_once_in_the_end(deployed: Driven) -> None:
    run = again(deployed, tag="1.5.0")
    fault(run, service="cloudformation", action="UpdateStack", code="Throttling",
          message="Rate exceeded", status=400, times=2)  # fmt: skip
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.sandbox.calls()["cloudformation.UpdateStack"]["started"] == 1


@pytest.mark.parametrize(
    ("code", "status", "ours"),
    [
        ("AccessDenied", 403, "AWS-PERMISSION"),
        ("InvalidClientTokenId", 403, "AWS-CREDENTIALS"),
    ],
)
def test_refusals_that_waiting_cannot_mend_end_the_step(
    first: Driven, code: str, status: int, ours: str
) -> None:
    fault(first, service="cloudformation", action="CreateStack", code=code,
          message="not you", status=status, times=9)  # fmt: skip
    error = failed(first.go(), first).error
    assert error.code == ours
    assert "not you" in " ".join((error.message, *error.details))


def test_expired_credentials_are_renewed_once(first: Driven) -> None:
    fault(first, service="cloudformation", action="DescribeStacks", code="ExpiredToken",
          message="The security token included in the request is expired", status=403,
          times=1)  # fmt: skip
    assert isinstance(first.go(), Succeeded), first.log.text
    assert any("Taking fresh credentials" in line for line in first.log.of("verbose"))


def test_credentials_that_stay_expired_end_the_step(first: Driven) -> None:
    fault(first, service="cloudformation", action="*", code="ExpiredToken",
          message="expired", status=403, times=99)  # fmt: skip
    assert failed(first.go(), first).error.code == "AWS-CREDENTIALS"


def test_without_the_cluster_no_stack_is_made_and_none_is_said_to_be_deleted(
    first: Driven,
) -> None:
    first.clients.ecs.delete_cluster(cluster="demo")
    error = failed(first.go(), first).error
    assert error.cause == "cluster-not-found"
    assert error.still_serving == "Nothing serves web there: it has neither cluster nor stack."
    assert first.resources["stack"]["status"] == ""
    assert first.intents == []


def test_a_cluster_that_was_just_seen_is_not_looked_at_again(first: Driven) -> None:
    first.call("start")
    other = again(first, task_name="api")
    other.call("start")
    assert first.sandbox.count("ecs.DescribeClusters") == 1
    first.sandbox.advance(31)
    again(first, task_name="cron").call("start")
    assert first.sandbox.count("ecs.DescribeClusters") == 2


def test_a_cluster_deleted_after_it_was_seen_is_told_by_the_stacks_events(first: Driven) -> None:
    first.call("start")
    first.clients.ecs.delete_cluster(cluster="demo")
    other = again(first, task_name="api")
    error = failed(other.go(), other).error
    assert other.intents == ["create"]
    assert error.cause == "cluster-not-found"
    assert error.message == "There is no cluster demo in eu-west-1."


def test_without_permission_to_look_at_ecs_the_stack_is_followed_with_a_warning(
    first: Driven,
) -> None:
    fault(first, service="ecs", action="Describe*", code="AccessDeniedException",
          message="no ecs:DescribeServices", status=400, times=999)  # fmt: skip
    progress = first.go()
    assert isinstance(progress, Succeeded), first.log.text
    assert progress.warnings
    said = [line for line in first.log.of("warning") if "no ecs:DescribeServices" in line]
    assert len(said) == 3
    assert "Assuming that the cluster demo exists." in said[0]
    assert "assuming" in said[-1]


# Cancel


def test_a_cancel_before_anything_was_written_changes_nothing(first: Driven) -> None:
    fault(first, service="cloudformation", action="DescribeStacks", code="Throttling",
          message="Rate exceeded", status=400, times=2)  # fmt: skip
    assert isinstance(first.go(until=lambda run: True), Waiting)
    assert first.call("cancel") == Cancelled("Nothing was changed.")


def test_a_cancelled_update_goes_back_to_the_end(deployed: Driven) -> None:
    before = service(deployed)
    run = again(deployed, tag="1.5.0")
    run.go(until=lambda run: run.state.get("service_busy") is True)
    assert isinstance(run.call("cancel"), Intends)
    progress = run.go()
    assert isinstance(progress, Cancelled), run.log.text
    assert run.intents == ["update", "cancel"]
    assert stack_status(run) == "UPDATE_ROLLBACK_COMPLETE"
    assert "UPDATE_ROLLBACK_COMPLETE" in progress.note
    [shown] = run.resources["services"]
    assert [r["pending"] for r in shown["revisions"]] == [0]
    assert "UPDATE_ROLLBACK_COMPLETE, web:1 runs" in run.log.text
    assert service(run)["taskDefinition"] == before["taskDefinition"]


def test_a_cancelled_first_create_is_deleted(first: Driven) -> None:
    first.go(until=lambda run: run.state.get("service_busy") is True)
    first.call("cancel")
    progress = first.go()
    assert isinstance(progress, Cancelled), first.log.text
    assert first.intents == ["create", "undo"]
    assert first.clients.cloudformation.describe_stacks()["Stacks"] == []
    assert first.resources["stack"]["status"] == "DELETE_COMPLETE"
    [shown] = first.resources["services"]
    [revision] = shown["revisions"]
    assert shown["gone"]
    assert (revision["desired"], revision["running"], revision["pending"]) == (0, 0, 0)


def test_a_first_create_that_was_rolled_back_leaves_no_tasks_on_the_page(first: Driven) -> None:
    run = again(
        first,
        tag="1.4.2-crash",
        fail_after_stopped_tasks=99,
        no_progress_minutes=600,
        beyond={"circuit_breaker": {"enabled": True, "rollback": True, "threshold": None}},
    )
    failed(run.go(), run)
    assert run.resources["stack"]["status"] == "ROLLBACK_COMPLETE"
    [shown] = run.resources["services"]
    assert shown["gone"]
    assert [(r["desired"], r["running"], r["pending"]) for r in shown["revisions"]] == [(0, 0, 0)]


def test_a_cancel_right_after_an_intent_looks_before_it_believes(first: Driven) -> None:
    first.go(until=lambda run: run.intents == ["create"])
    first.crashed()
    assert isinstance(first.call("cancel"), Waiting)  # a call that was made may not show yet
    assert first.go() == Cancelled("Nothing was changed.")
    assert first.sandbox.count("cloudformation.CreateStack") == 0


# Stacks that only a person, or the step's inputs, may replace


def broken_rollback(deployed: Driven) -> None:
    """Bring the stack into UPDATE_ROLLBACK_FAILED while its service goes on."""
    other = again(deployed, deployment="97", tag="1.4.3-stuck", wait={"type": "dont_wait"})
    other.go()
    other.sandbox.advance(10)
    other.clients.cloudformation.cancel_update_stack(StackName=STACK)
    fault(other, service="resource", action="AWS::ECS::Service.*", code="AccessDenied",
          message="invalid security token", status=400, times=1)  # fmt: skip
    other.sandbox.advance(60)
    assert stack_status(other) == "UPDATE_ROLLBACK_FAILED"


def test_a_broken_rollback_is_continued_then_updated(deployed: Driven) -> None:
    broken_rollback(deployed)
    run = again(deployed, deployment="98", tag="1.5.0")
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["continue", "update"]


@pytest.mark.parametrize(("answer", "kind"), [("retry", Succeeded), ("abort", Failed)])
def test_a_person_may_look_again_or_stop(deployed: Driven, answer: str, kind: type) -> None:
    broken_rollback(deployed)
    before = service(deployed)
    run = again(deployed, deployment="98", on_update_rollback_failed="delete")
    asked = run.go()
    assert isinstance(asked, Asks), run.log.text
    assert "still runs 1 task" in asked.question
    if answer == "retry":
        run.clients.cloudformation.continue_update_rollback(StackName=STACK)
    run.answer = answer
    progress = run.go()
    assert isinstance(progress, kind), run.log.text
    if isinstance(progress, Failed):
        assert progress.error.code == "ECS-STACK-HOLDS-SERVICE"
        assert run.intents == []
        assert service(run)["serviceArn"] == before["serviceArn"]


def test_deletion_chosen_in_the_step_asks_nobody(deployed: Driven) -> None:
    broken_rollback(deployed)
    run = again(
        deployed,
        deployment="98",
        on_update_rollback_failed="delete",
        delete_stack_with_running_service=True,
    )
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["delete", "create"]


def test_a_cancel_while_a_person_is_asked_changes_nothing(deployed: Driven) -> None:
    broken_rollback(deployed)
    run = again(deployed, deployment="98", on_update_rollback_failed="delete")
    assert isinstance(run.go(), Asks)
    assert run.call("cancel") == Cancelled("Nothing was changed.")


# Bounds


def test_after_throttling_the_looks_stay_rarer_for_a_while(first: Driven) -> None:
    fault(first, service="cloudformation", action="DescribeStackEvents", code="Throttling",
          message="Rate exceeded", status=400, times=6)  # fmt: skip
    first.go(until=lambda run: run.state.get("trouble", 0) == 3)
    assert first.state["pace"] > 2
    assert isinstance(first.go(), Succeeded), first.log.text
    assert first.state["pace"] < 4


def test_the_page_tells_when_the_step_would_end_by_itself(deployed: Driven) -> None:
    run = again(deployed, tag="1.4.2-crash", wait={"type": "with_timeout", "timeout_minutes": 30})
    failed(run.go(), run)
    limits = run.resources["limits"]
    assert limits["fail_after_stopped_tasks"] == 3
    assert limits["failed_tasks"] >= 3  # one more may fail while CloudFormation goes back
    assert limits["deadline"] > run.context().started_at.isoformat()


def test_the_last_words_of_a_crashed_container_are_in_the_message(deployed: Driven) -> None:
    run = again(deployed, tag="1.4.2-crash")
    error = failed(run.go(), run).error
    assert "DATABASE_URL is not set" in error.message
    assert any("DATABASE_URL" in line for line in run.resources["failed_tasks"][0]["log"])


def test_silence_of_aws_ends_the_step_after_half_an_hour(first: Driven) -> None:
    fault(first, service="sts", action="*", code="ServiceUnavailable", message="down",
          status=503, times=9999)  # fmt: skip
    error = failed(first.go(), first).error
    assert error.code == "AWS-UNREACHABLE"
    assert "30 min" in error.message
