"""AWS's troubles at the worst instant: while a step that has failed or was cancelled is undone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ecsportal.aws.sessions import TargetClients, forget_identities
from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import Cancelled, Failed, Intends, Progress, Succeeded, Waiting
from tests.steps.driven_run import REGION, Driven, again
from tests.steps.run_ecs_task.driven_task import DrivenTask, registered
from tests.steps.test_aws_faults import QUICK, broken, credentials, denied
from tests.steps.update_ecs_service.driven_update import DrivenUpdate, others_service

TWO_MINUTES = {"type": "with_timeout", "timeout_minutes": 2}


def quick(sandbox: RunningSandbox) -> TargetClients:
    return TargetClients(credentials(sandbox), REGION, limits=QUICK)


@pytest.fixture
def deployed(sandbox: RunningSandbox) -> Driven:
    """A first deployment that succeeded."""
    first = Driven(sandbox, quick(sandbox))
    assert isinstance(first.go(), Succeeded), first.log.text
    return first


def throttled(run: Driven, service: str, action: str, method: str = "poll") -> Progress:
    """One turn of the run in which AWS refuses that call for now."""
    fault = run.sandbox.faults.add(
        service=service, action=action, code="Throttling", message="Rate exceeded"
    )
    progress = run.call(method)
    run.sandbox.faults.remove(fault)
    assert f"AWS asks for fewer calls ({action})" in "\n".join(run.log.of("verbose"))
    return progress


def announced(operation: str, run: Driven) -> Driven:
    """The run with this write announced and not made."""
    run.go(until=lambda now: now.state.get("operation") == operation)
    assert run.intents[-1] == operation
    return run


def end_of(run: Driven, progress: Progress) -> Progress:
    return run.go() if isinstance(progress, Waiting | Intends) else progress


# A step whose time is used up


def test_an_update_out_of_time_is_cancelled_however_often_aws_throttles_that(
    deployed: Driven,
) -> None:
    run = announced("cancel", again(deployed, tag="1.5.0-stuck", wait=TWO_MINUTES))
    end = end_of(run, throttled(run, "cloudformation", "CancelUpdateStack"))
    assert isinstance(end, Failed), run.log.text
    assert "waiting for its stack, last seen in UPDATE_IN_PROGRESS" in end.error.message
    assert run.resources["stack"]["status"] == "UPDATE_ROLLBACK_COMPLETE"


def test_a_task_out_of_time_is_stopped_however_often_aws_throttles_that(
    sandbox: RunningSandbox,
) -> None:
    registered(sandbox, "1.4.0-slow")
    run = announced("stop", DrivenTask(sandbox, quick(sandbox), timeout_minutes=1))
    end = end_of(run, throttled(run, "ecs", "StopTask"))
    assert isinstance(end, Failed), run.log.text
    assert end.error.message.endswith("last seen in RUNNING, stopped now.")
    assert isinstance(run, DrivenTask)
    assert [task["lastStatus"] for task in run.started] == ["STOPPED"]


def test_a_service_out_of_time_goes_back_however_often_aws_throttles_that(
    sandbox: RunningSandbox,
) -> None:
    others_service(sandbox)
    run = DrivenUpdate(sandbox, quick(sandbox), tag="1.5.0-stuck", wait=TWO_MINUTES)
    end = end_of(run, throttled(announced("back", run), "ecs", "UpdateService"))
    assert isinstance(end, Failed), run.log.text
    assert "waiting for service shop, last seen with 0 of 2 tasks" in end.error.message
    assert run.runs == "shop:1"


# A step that has failed already


def going_back(deployed: Driven, **inputs: object) -> Driven:
    """An update whose image isn't there, while its cancel is followed."""
    run = announced("cancel", again(deployed, tag="1.4.1-missing", **inputs))
    run.go(until=lambda now: now.state.get("phase") == "follow")
    return run


def test_why_it_failed_stays_its_cause_when_its_time_is_used_up_on_the_way_back(
    deployed: Driven,
) -> None:
    run = going_back(deployed, wait=TWO_MINUTES)
    run._started_at -= timedelta(minutes=2)
    end = end_of(run, throttled(run, "cloudformation", "DescribeStacks"))
    assert isinstance(end, Failed), run.log.text
    assert end.error.cause == "image-not-found"


def test_why_it_failed_stays_its_cause_when_the_key_is_revoked_on_the_way_back(
    deployed: Driven,
) -> None:
    run = going_back(deployed)
    deployed.sandbox.faults.add(**broken("InvalidClientTokenId", 403))
    end = run.go()
    assert isinstance(end, Failed), run.log.text
    assert (end.error.code, end.error.cause) == ("ECS-DEPLOY-FAILED", "image-not-found")
    assert "what CloudFormation has begun goes on." in "\n".join(end.error.details)
    (said,) = [text for text in run.log.of("warning") if "credentials" in text]
    assert said.startswith("AWS doesn't accept the account's credentials.")
    assert said.endswith("and test the account.")


# Who runs here


@pytest.mark.parametrize("kind", [DrivenTask, DrivenUpdate])
def test_whoever_may_not_ask_who_it_is_goes_on(sandbox: RunningSandbox, kind: type[Driven]) -> None:
    registered(sandbox, "1.4.0")
    others_service(sandbox)
    forget_identities()
    sandbox.faults.add(**denied("GetCallerIdentity", "sts"))
    run = kind(sandbox, quick(sandbox))
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.log.of("warning")[0].endswith("Which identity runs here stays unknown.")


# A cancel


def test_a_cancelled_service_update_is_not_made_after_all(sandbox: RunningSandbox) -> None:
    others_service(sandbox)
    run = DrivenUpdate(sandbox, quick(sandbox))
    throttled(announced("update", run), "ecs", "UpdateService")
    end = end_of(run, throttled(run, "ecs", "DescribeServices", method="cancel"))
    assert end == Cancelled("The service was not changed."), run.log.text
    assert run.runs == "shop:1"


def test_a_cancelled_service_update_that_may_not_go_back_is_told_as_that(
    sandbox: RunningSandbox,
) -> None:
    others_service(sandbox)
    run = DrivenUpdate(sandbox, quick(sandbox), tag="1.5.0-stuck")
    run.go(until=lambda now: now.state.get("phase") == "follow")
    sandbox.faults.add(**denied("UpdateService", "ecs"))
    end = end_of(run, run.call("cancel"))
    assert isinstance(end, Failed), end
    assert (end.error.code, "UpdateService" in end.error.message) == ("AWS-PERMISSION", True)
    assert end.error.details[0] == "ECS goes on replacing the tasks of shop by shop:2."


def test_a_cancelled_update_of_a_service_that_is_gone_is_cancelled(
    sandbox: RunningSandbox,
) -> None:
    others_service(sandbox)
    run = DrivenUpdate(sandbox, quick(sandbox))
    run.go(until=lambda now: now.state.get("phase") == "follow")
    run.clients.ecs.delete_service(cluster="demo", service="shop", force=True)
    assert isinstance(end_of(run, run.call("cancel")), Cancelled)


def test_a_task_that_may_not_be_stopped_is_not_said_to_be(sandbox: RunningSandbox) -> None:
    registered(sandbox, "1.4.0-slow")
    sandbox.faults.add(**denied("StopTask", "ecs"))
    run = DrivenTask(sandbox, quick(sandbox), timeout_minutes=1)
    end = run.go()
    assert isinstance(end, Failed), run.log.text
    assert end.error.message.endswith("last seen in RUNNING, which could not be stopped.")
    assert end.error.details[0].startswith("Its task may still run in cluster demo")
