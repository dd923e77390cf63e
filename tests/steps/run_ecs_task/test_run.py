"""Running tasks to their end, against the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.ecs.definitions import describe_definition, register_definition
from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import Cancelled, Failed, Intends, Progress, Succeeded
from tests.steps.driven_run import Driven, clients_of
from tests.steps.run_ecs_task.driven_task import ROLE, DrivenTask, registered, web_step


def task(sandbox: RunningSandbox, **inputs: Any) -> DrivenTask:
    return DrivenTask(sandbox, clients_of(sandbox), **inputs)


def of_web(sandbox: RunningSandbox, **step: Any) -> DrivenTask:
    """A run of Deploy web's task, in its network."""
    run = task(sandbox, task_definition="", subnet_ids=[], step="deploy-web")
    run.other_steps = {"deploy-web": web_step(**step)}
    return run


def succeeded(run: DrivenTask) -> Succeeded:
    end = run.go()
    assert isinstance(end, Succeeded), f"{end}\n{run.log.text}"
    return end


def failed(run: DrivenTask, progress: Progress | None = None) -> Failed:
    end = progress or run.go()
    assert isinstance(end, Failed), f"{end}\n{run.log.text}"
    return end


# Success


def test_a_task_that_ends_well_ends_the_step_with_its_outputs(sandbox: RunningSandbox) -> None:
    definition = registered(sandbox, "1.4.0")
    run = task(sandbox, command_list=["rake", "db:migrate --all"])
    outputs = succeeded(run).outputs
    [started] = run.started
    assert outputs == {
        "TaskArn": started["taskArn"],
        "TaskArns": started["taskArn"],
        "ExitCode": "0",
        "TaskDefinitionArn": definition.arn,
        "TaskDefinitionFamily": "migrate",
        "TaskDefinitionRevision": "1",
        "ClusterName": "demo",
        "Region": "eu-west-1",
    }
    assert run.intents == ["run"]


def test_the_containers_lines_come_into_the_log_once_and_in_order(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0")
    run = task(sandbox, command_list=["rake", "db:migrate"])
    succeeded(run)
    lines = run.log.of("info")
    assert lines[-4:] == [
        "Configuration loaded from the environment",
        "Running: rake db:migrate",
        "Working",
        "Done",
    ]
    assert run.log.of("warning") == []


def test_the_page_shows_the_tasks_while_they_run_and_how_they_ended(
    sandbox: RunningSandbox,
) -> None:
    registered(sandbox, "1.4.0")
    run = task(sandbox)
    run.go(until=lambda run: bool(run.state.get("tasks")))
    [shown] = run.resources["tasks"]
    assert (shown["state"], shown["exit_code"]) == ("Provisioning", None)
    succeeded(run)
    [shown] = run.resources["tasks"]
    assert (shown["state"], shown["exit_code"]) == ("Stopped", 0)
    assert f"/tasks/{run.started[0]['taskArn'].rpartition('/')[2]}/" in shown["console_url"]


def test_lines_are_told_while_the_task_still_runs(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0-slow")
    run = task(sandbox)
    run.go(until=lambda run: "Working" in run.log.of("info"))
    assert [each["lastStatus"] for each in run.started] == ["RUNNING"]  # type: ignore[attr-defined]


def test_overrides_and_marks_reach_the_task(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0")
    environment = [{"name": "DEPTH", "value": "3"}]
    run = task(sandbox, command_list=["a b"], environment=environment)
    succeeded(run)
    [started] = run.started
    assert started["overrides"]["containerOverrides"] == [
        {"name": "migrate", "command": ["a b"], "environment": environment}
    ]
    assert (started["startedBy"], started["launchType"]) == ("run-90", "FARGATE")


def test_of_several_tasks_each_line_says_whose_it_is(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0")
    run = task(sandbox, count=2)
    outputs = succeeded(run).outputs
    ids = [arn.rpartition("/")[2][:8] for arn in outputs["TaskArns"].split(",")]
    assert [line for line in run.log.of("info") if line.endswith(": Done")] == [
        f"{id}: Done" for id in ids
    ]
    assert run.log.of("highlight")[0].startswith(
        "All 2 tasks: container migrate exited with code 0"
    )


# Which task definition


def test_a_named_definition_that_is_missing_is_told(sandbox: RunningSandbox) -> None:
    error = failed(task(sandbox, task_definition="nothing:3")).error
    assert (error.code, error.cause) == ("ECS-TASK-NOT-STARTED", "definition-not-found")
    assert error.message == "There is no task definition nothing:3 in eu-west-1."


def test_after_its_turn_a_steps_registered_definition_runs(sandbox: RunningSandbox) -> None:
    service = Driven(sandbox, clients_of(sandbox)).go()
    assert isinstance(service, Succeeded)
    run = of_web(sandbox, outputs=service.outputs)
    end = succeeded(run)
    assert end.outputs["TaskDefinitionArn"] == service.outputs["TaskDefinitionArn"]
    assert run.intents == ["run"]


def test_before_its_turn_the_releases_definition_is_registered(sandbox: RunningSandbox) -> None:
    assert isinstance(Driven(sandbox, clients_of(sandbox)).go(), Succeeded)
    run = of_web(sandbox, tag="1.5.0")
    end = succeeded(run)
    assert run.intents == ["register", "run"]
    assert end.outputs["TaskDefinitionRevision"] == "2"
    newest = describe_definition(run.clients.ecs, "web")
    assert newest is not None
    assert newest.containers[0]["image"] == "registry.example/shop/web:1.5.0"
    assert newest.tags["Octopus.Deployment.Id"] == "90"


def test_what_is_registered_already_is_not_registered_again(sandbox: RunningSandbox) -> None:
    assert isinstance(Driven(sandbox, clients_of(sandbox)).go(), Succeeded)
    run = of_web(sandbox)
    assert succeeded(run).outputs["TaskDefinitionRevision"] == "1"
    assert run.intents == ["run"]
    assert "web:1 is registered already and says the same" in run.log.of("info")


def test_a_worker_that_dies_while_registering_registers_once(sandbox: RunningSandbox) -> None:
    assert isinstance(Driven(sandbox, clients_of(sandbox)).go(), Succeeded)
    run = of_web(sandbox, tag="1.5.0")
    run.lose_turn(2)
    assert succeeded(run).outputs["TaskDefinitionRevision"] == "2"


def test_without_an_execution_role_the_first_deployment_says_what_to_do(
    sandbox: RunningSandbox,
) -> None:
    error = failed(of_web(sandbox)).error
    assert (error.code, error.cause) == ("ECS-TASK-NOT-STARTED", "no-execution-role")
    assert "Put this step after Deploy web for the first deployment" in error.advice


def test_a_step_that_deploys_no_service_is_told(sandbox: RunningSandbox) -> None:
    run = task(sandbox, task_definition="", step="approve")
    assert failed(run).error.details == ('step: There is no step "approve" in this deployment.',)


def test_a_container_that_the_definition_lacks_is_told(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0")
    error = failed(task(sandbox, container="web")).error
    assert error.details == ("container: migrate:1 has no container web, only migrate.",)


def test_fargate_needs_a_subnet(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0")
    error = failed(task(sandbox, subnet_ids=[])).error
    assert error.code == "ECS-VALIDATION"
    assert error.details[0].startswith("subnet_ids: migrate:1 uses the network mode awsvpc")


def test_without_awsvpc_no_network_is_sent(sandbox: RunningSandbox) -> None:
    container = {"name": "migrate", "image": "registry.example/shop/web:1.4.0", "memory": 256}
    content = {"family": "migrate", "networkMode": "bridge", "containerDefinitions": [container]}
    run = task(sandbox, subnet_ids=[])
    register_definition(run.clients.ecs, content, {})
    succeeded(run)
    assert len(run.started) == 1


# Failure


def test_an_exit_code_fails_the_step_with_the_containers_last_lines(
    sandbox: RunningSandbox,
) -> None:
    registered(sandbox, "1.4.0-crash")
    run = task(sandbox)
    error = failed(run).error
    assert (error.code, error.cause) == ("ECS-TASK-FAILED", "crash")
    assert "FATAL: required environment variable DATABASE_URL is not set" in error.message
    [kept] = run.resources["failed_tasks"]
    assert (kept["container"], kept["exit_code"], kept["cause"]) == ("migrate", 1, "crash")
    assert kept["log"][-1] == "Exiting with code 1"


@pytest.mark.parametrize("code", [3, 137])
def test_every_other_code_fails_too(sandbox: RunningSandbox, code: int) -> None:
    registered(sandbox, f"1.4.0-exit{code}")
    assert f"exits with code {code}" in failed(task(sandbox)).error.message


def test_a_task_that_never_starts_tells_its_cause(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0-missing")
    error = failed(task(sandbox)).error
    assert (error.code, error.cause) == ("ECS-TASK-FAILED", "image-not-found")


def test_a_task_that_finds_no_place_was_not_started(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0-full")
    run = task(sandbox)
    error = failed(run).error
    assert (error.code, error.cause) == ("ECS-TASK-NOT-STARTED", "capacity")
    assert run.started == []


def test_one_of_several_that_fails_fails_the_step(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0-exit3")
    error = failed(task(sandbox, count=2)).error
    assert error.message.endswith(" 2 of 2 tasks failed.")
    [said] = error.evidence
    assert (said.count, said.noun, len(said.each)) == (2, "task", 2)
    assert error.details == (said.line,)
    assert said.line.startswith("2 tasks, the newest at 20")


def test_a_last_line_without_a_full_stop_does_not_run_into_the_count(
    sandbox: RunningSandbox,
) -> None:
    registered(sandbox, "1.4.0-crash")
    error = failed(task(sandbox, count=2)).error
    assert error.message.endswith('DATABASE_URL is not set". 2 of 2 tasks failed.')


def test_a_task_that_somebody_stops_is_told_so(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0-slow")
    run = task(sandbox)
    run.go(until=lambda run: bool(run.state.get("tasks")))
    run.clients.ecs.stop_task(cluster="demo", task=run.state["tasks"][0], reason="by hand")
    assert failed(run).error.cause == "task-stopped"


def test_another_container_that_ends_first_is_named(sandbox: RunningSandbox) -> None:
    containers = [{"name": name, "image": f"x/{name}:1"} for name in ("web", "migrate")]
    registered(sandbox, "1.4.0", containerDefinitions=containers)
    error = failed(task(sandbox, container="migrate")).error
    assert error.cause == "other-container-ended"
    assert error.message.startswith("Container web ended before migrate was done")


def test_a_task_that_ecs_does_not_show_yet_is_waited_for(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0")
    run = task(sandbox)
    run.go(until=lambda run: bool(run.state.get("tasks")))
    known = run.state["tasks"]
    run.state["tasks"] = [f"{known[0][:-1]}x"]
    run.call("poll")
    run.state["tasks"] = known
    succeeded(run)


def test_a_task_that_ecs_has_forgotten_fails_the_step(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0")
    run = task(sandbox)
    run.go(until=lambda run: bool(run.state.get("tasks")))
    sandbox.advance(2 * 3600)
    assert failed(run).error.cause == "task-forgotten"


def test_nothing_that_a_container_writes_is_kept_between_polls(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0-crash")
    run = task(sandbox)
    run.go(until=lambda run: any("FATAL" in line for line in run.log.of("info")))
    assert "FATAL" not in str(run.state)


def test_time_that_is_used_up_stops_the_task(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0-slow")
    run = task(sandbox, timeout_minutes=1)
    error = failed(run).error
    assert (error.code, error.cause) == ("ECS-TIMEOUT", "timeout")
    assert "waiting for task " in error.message
    assert error.message.endswith(", last seen in RUNNING, stopped now.")
    assert run.intents == ["run", "stop"]
    assert [each["lastStatus"] for each in run.started] == ["STOPPED"]
    assert "Working" in run.resources["failed_tasks"][0]["log"]


def test_a_log_that_may_not_be_read_changes_nothing(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0")
    sandbox.faults.add(
        service="logs", action="GetLogEvents", code="AccessDeniedException", message="no"
    )
    run = task(sandbox)
    succeeded(run)
    [warning] = run.log.of("warning")
    assert "its exit code decides" in warning


# Crashes and cancels


@pytest.mark.parametrize("lost", [2, 3])
def test_a_worker_that_dies_starts_nothing_twice(sandbox: RunningSandbox, lost: int) -> None:
    registered(sandbox, "1.4.0")
    run = task(sandbox)
    run.lose_turn(lost)
    succeeded(run)
    assert len(run.started) == 1


def test_a_cancel_stops_the_task(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0-slow")
    run = task(sandbox)
    run.go(until=lambda run: bool(run.state.get("tasks")))
    assert isinstance(run.call("cancel"), Intends)
    end = run.go()
    assert end == Cancelled("Stopped 1 task; what they had done by then stays.")
    assert [each["lastStatus"] for each in run.started] == ["STOPPED"]


def test_a_cancel_before_the_call_starts_nothing(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0")
    run = task(sandbox)
    assert isinstance(run.call("start"), Intends)
    assert run.call("cancel") == Cancelled("No task was started.")
    assert run.started == []


def test_a_cancel_after_a_call_that_was_lost_finds_the_task(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0-slow")
    run = task(sandbox)
    run.call("start")
    state = dict(run.state)
    run.call("poll")  # the call is made, its outcome is lost
    run.state = state
    run.crashed()
    assert isinstance(run.call("cancel"), Intends)
    assert isinstance(run.go(), Cancelled)
    assert [each["lastStatus"] for each in run.started] == ["STOPPED"]


def test_a_role_that_the_step_names_is_used_without_any_revision(sandbox: RunningSandbox) -> None:
    clients_of(sandbox).logs.create_log_group(logGroupName="/ecs/web")
    run = of_web(sandbox)
    other = run.other_steps["deploy-web"]
    other.inputs["task_execution_role_arn"] = ROLE
    try:
        assert succeeded(run).outputs["TaskDefinitionRevision"] == "1"
    finally:
        del other.inputs["task_execution_role_arn"]
