"""What a deployment does with a stack in each state that CloudFormation has."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import botocore.session
import pytest

from ecsportal.aws.sessions import TargetClients
from ecsportal.cloudformation.states import STATES
from ecsportal.sandbox.cloudformation.forcing import force_status
from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import Asks, Cancelled, Failed, Progress, Succeeded
from tests.steps.driven_run import REGION, Driven, again, clients_of

STACK = "cf-ecs-demo-serviceweb-staging-untenanted"


@pytest.fixture
def clients(sandbox: RunningSandbox) -> TargetClients:
    return clients_of(sandbox)


@pytest.fixture
def deployed(sandbox: RunningSandbox, clients: TargetClients) -> Driven:
    """A first deployment that succeeded: the stack holds a service with a running task."""
    first = Driven(sandbox, clients)
    assert isinstance(first.go(), Succeeded), first.log.text
    return first


def put_into(run: Driven, status: str, reason: str = "") -> None:
    """The stack is in this state, whatever brought it there."""
    if status.startswith("DELETE_") and status != "DELETE_FAILED":
        run.clients.cloudformation.delete_stack(StackName=STACK)
        run.sandbox.advance(60 if status == "DELETE_COMPLETE" else 2)
        return
    world = run.sandbox.world
    with world.lock:
        region = world.stacks(REGION)
        force_status(region, region.stack(STACK), status, reason)


def status_of(run: Driven) -> str:
    found = run.clients.cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    return str(found[0]["StackStatus"])


@dataclass(frozen=True)
class Row:
    """What a deployment does first with a stack that still runs a service."""

    writes: tuple[str, ...]
    says: str
    asks: str = ""


UPDATES = Row(("update",), "exists ({status}), updating it")
WAITS = Row((), "is in {status}: an operation begun outside of the portal runs since 20")
ASKS_FIRST = Row(
    (), "", "is in {status} and has to be deleted and created anew, but its service still runs 1"
)
TABLE = {
    "CREATE_IN_PROGRESS": WAITS,
    "CREATE_FAILED": ASKS_FIRST,
    "CREATE_COMPLETE": UPDATES,
    "ROLLBACK_IN_PROGRESS": WAITS,
    "ROLLBACK_FAILED": ASKS_FIRST,
    "ROLLBACK_COMPLETE": ASKS_FIRST,
    "DELETE_IN_PROGRESS": WAITS,
    "DELETE_FAILED": ASKS_FIRST,
    "DELETE_COMPLETE": Row(("create",), "doesn't exist, creating it"),
    "UPDATE_IN_PROGRESS": WAITS,
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": WAITS,
    "UPDATE_COMPLETE": UPDATES,
    "UPDATE_FAILED": Row(
        ("rollback", "update"), "is in {status}: its last update failed with the rollback switched"
    ),
    "UPDATE_ROLLBACK_IN_PROGRESS": WAITS,
    "UPDATE_ROLLBACK_FAILED": Row(
        ("continue", "update"), "is in {status}, continuing its rollback first"
    ),
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": WAITS,
    "UPDATE_ROLLBACK_COMPLETE": UPDATES,
    "REVIEW_IN_PROGRESS": Row(
        ("discard", "create"), "holds only change sets that were never executed ({status})"
    ),
    "IMPORT_IN_PROGRESS": WAITS,
    "IMPORT_COMPLETE": UPDATES,
    "IMPORT_ROLLBACK_IN_PROGRESS": WAITS,
    "IMPORT_ROLLBACK_FAILED": ASKS_FIRST,
    "IMPORT_ROLLBACK_COMPLETE": UPDATES,
}


def test_the_table_has_every_state_that_aws_knows() -> None:
    shape = (
        botocore.session.get_session().get_service_model("cloudformation").shape_for("StackStatus")
    )
    assert set(TABLE) == set(STATES) == set(shape.metadata["enum"])


@pytest.mark.parametrize("status", TABLE)
def test_what_a_deployment_does_first(deployed: Driven, status: str) -> None:
    row = TABLE[status]
    put_into(deployed, status)
    run = again(deployed, tag="1.5.0")
    if row is WAITS:
        run.go(until=lambda now: len(now.log.of("info")) > 2)
        assert run.intents == []
        if status != "DELETE_IN_PROGRESS":
            put_into(run, "UPDATE_COMPLETE")
    progress = run.go()
    if row.asks:
        assert isinstance(progress, Asks), run.log.text
        assert progress.question.startswith("ECS-STACK-HOLDS-SERVICE: ")
        assert row.asks.format(status=status) in progress.question
        assert (run.intents, status_of(run)) == ([], status)
        return
    assert isinstance(progress, Succeeded), f"{progress}\n{run.log.text}"
    assert row.says.format(status=status) in run.log.text
    follows = "create" if status == "DELETE_IN_PROGRESS" else "update"
    assert tuple(run.intents) == (row.writes or (follows,))


# What is made of the answers, and of the step's inputs


MUST_BE_DELETED = [status for status, row in TABLE.items() if row is ASKS_FIRST]


@pytest.mark.parametrize("status", MUST_BE_DELETED)
def test_a_person_may_have_the_stack_replaced(deployed: Driven, status: str) -> None:
    put_into(deployed, status)
    run = again(deployed, tag="1.5.0")
    assert isinstance(run.go(), Asks)
    run.answer = "proceed"
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["delete", "create"]


@pytest.mark.parametrize("status", [*MUST_BE_DELETED, "UPDATE_ROLLBACK_FAILED"])
def test_the_step_may_allow_it_beforehand(deployed: Driven, status: str) -> None:
    put_into(deployed, status)
    run = again(
        deployed,
        tag="1.5.0",
        delete_stack_with_running_service=True,
        on_update_rollback_failed="delete",
    )
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["delete", "create"]


def real_rollback_complete(run: Driven) -> None:
    broken = {"service": "resource", "action": "AWS::ECS::TaskDefinition.create"}
    run.sandbox.faults.add(**broken, code="AccessDenied", message="No", times=1)


def real_create_failed(run: Driven) -> None:
    real_rollback_complete(run)
    broken = {"service": "resource", "action": "AWS::Logs::LogGroup.delete"}
    run.sandbox.faults.add(**broken, code="AccessDenied", message="No", times=1)


def test_a_protected_stack_is_not_replaced(deployed: Driven) -> None:
    region = deployed.sandbox.world.stacks(REGION)
    stack = region.find(STACK)
    assert stack is not None
    force_status(region, stack, "ROLLBACK_COMPLETE")
    stack.termination_protection = True
    run = again(deployed, delete_stack_with_running_service=True)
    progress = run.go()
    assert isinstance(progress, Failed), run.log.text
    assert progress.error.cause == "termination-protection"
    assert "Switch the protection off" in progress.error.advice
    assert run.intents == []


@pytest.mark.parametrize(
    ("breaks", "status"),
    [(real_rollback_complete, "ROLLBACK_COMPLETE"), (real_create_failed, "ROLLBACK_FAILED")],
)
def test_a_first_create_that_left_nothing_running_is_replaced_without_a_question(
    sandbox: RunningSandbox,
    clients: TargetClients,
    breaks: Callable[[Driven], None],
    status: str,
) -> None:
    first = Driven(sandbox, clients)
    breaks(first)
    assert isinstance(first.go(), Failed), first.log.text
    assert status_of(first) == status
    run = again(first)
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["delete", "create"]


@pytest.fixture
def stuck(deployed: Driven) -> Driven:
    """A deployment that has to replace the stack, of which the log group can't be deleted."""
    put_into(deployed, "ROLLBACK_FAILED")
    broken = {"service": "resource", "action": "AWS::Logs::LogGroup.delete"}
    deployed.sandbox.faults.add(**broken, code="AccessDenied", message="Not you", times=1)
    run = again(deployed, delete_stack_with_running_service=True)
    progress = run.go()
    assert isinstance(progress, Asks), f"{progress}\n{run.log.text}"
    assert progress.question.startswith(
        f"CFN-DELETE-FAILED: Stack {STACK} can't be deleted: AwsLogGroupweb (/ecs/web) stays."
    )
    assert 'stays. AWS says: "Not you".' in progress.question
    assert status_of(run) == "DELETE_FAILED"
    return run


def test_a_deletion_that_failed_may_be_tried_again(stuck: Driven) -> None:
    stuck.answer = "retry"
    assert isinstance(stuck.go(), Succeeded), stuck.log.text
    assert stuck.intents == ["delete", "delete", "create"]


def test_what_cannot_be_deleted_may_be_left_behind(stuck: Driven) -> None:
    stuck.answer = "proceed"
    stuck.go(until=lambda now: now.intents[-1] == "create")
    groups = stuck.clients.logs.describe_log_groups(logGroupNamePrefix="/ecs/web")["logGroups"]
    assert [each["logGroupName"] for each in groups] == ["/ecs/web"]
    assert "Leaving behind AwsLogGroupweb, on a person's decision" in stuck.log.of("warning")


def test_a_person_may_give_a_stack_up_that_cannot_be_deleted(stuck: Driven) -> None:
    stuck.answer = "abort"
    progress = stuck.go()
    assert isinstance(progress, Failed)
    assert progress.error.code == "CFN-DELETE-FAILED"


# Somebody else's operation


def elses_update(run: Driven, token: str = "") -> None:
    """Another tool begins an update that doesn't end by itself."""
    stack = run.clients.cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
    template = run.clients.cloudformation.get_template(StackName=STACK)["TemplateBody"]
    container = template["Resources"]["TaskDefinitionweb"]["Properties"]["ContainerDefinitions"][0]
    container["Image"] = "shop/web:1.4.3-stuck"
    run.clients.cloudformation.update_stack(
        StackName=STACK,
        TemplateBody=json.dumps(template),
        Parameters=[
            {"ParameterKey": each["ParameterKey"], "UsePreviousValue": True}
            for each in stack["Parameters"]
        ],
        Capabilities=["CAPABILITY_NAMED_IAM"],
        **({"ClientRequestToken": token} if token else {}),
    )


def asked_about_others(run: Driven) -> Progress:
    progress = run.go()
    assert isinstance(progress, Asks), f"{progress}\n{run.log.text}"
    assert progress.question.startswith(
        f"CFN-STACK-BUSY: Stack {STACK} is still in UPDATE_IN_PROGRESS: an operation begun outside"
    )
    return progress


def test_an_update_that_goes_on_for_long_may_be_cancelled_by_a_person(deployed: Driven) -> None:
    elses_update(deployed)
    run = again(deployed, tag="1.5.0")
    asked_about_others(run)
    run.answer = "proceed"
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["interrupt", "update"]
    assert "Cancelling the update of stack" in run.log.text


def test_a_person_may_wait_on_or_give_up(deployed: Driven) -> None:
    elses_update(deployed)
    run = again(deployed, tag="1.5.0")
    asked_about_others(run)
    run.answer = "retry"
    run.go(until=lambda now: len(now.log.of("wait")) > 12)
    assert run.intents == []
    run.clients.cloudformation.cancel_update_stack(StackName=STACK)
    assert isinstance(run.go(), Succeeded), run.log.text

    second = again(deployed, deployment="92", tag="1.4.0")
    elses_update(deployed)
    asked_about_others(second)
    second.answer = "abort"
    progress = second.go()
    assert isinstance(progress, Failed)
    assert progress.error.code == "CFN-STACK-BUSY"


OTHERS = [status for status, row in TABLE.items() if row is WAITS]
STOPPABLE = {
    "UPDATE_IN_PROGRESS": "cancels that update, so that the stack goes back to what it was",
    "CREATE_IN_PROGRESS": "deletes the stack with its service, and creates it anew",
}


@pytest.fixture
def without_end(deployed: Driven, request: pytest.FixtureRequest) -> Driven:
    """Another deployment, of a stack whose operation of somebody else never ends."""
    world = deployed.sandbox.world
    with world.lock:
        region = world.stacks(REGION)
        force_status(region, region.stack(STACK), request.param)
    return again(deployed, tag="1.5.0")


@pytest.mark.parametrize("without_end", OTHERS, indirect=True, ids=OTHERS)
def test_whatever_goes_on_for_long_a_person_may_wait_on_or_give_up(without_end: Driven) -> None:
    run, status = without_end, status_of(without_end)
    progress = run.go()
    assert isinstance(progress, Asks), f"{progress}\n{run.log.text}"
    stops = STOPPABLE.get(status)
    assert progress.question.startswith(
        f"CFN-STACK-BUSY: Stack {STACK} is still in {status}: an operation begun outside of the"
        " portal runs since 20"
    )
    assert progress.answers == (("proceed", "retry", "abort") if stops else ("retry", "abort"))
    assert (stops or "Retry waits on") in progress.question
    run.answer = "retry"
    run.go(until=lambda now: len(now.log.of("wait")) > 12)
    assert run.intents == []
    assert status_of(run) == status


@pytest.mark.parametrize("without_end", OTHERS, indirect=True, ids=OTHERS)
def test_giving_up_names_what_runs_there(without_end: Driven) -> None:
    run, status = without_end, status_of(without_end)
    assert isinstance(run.go(), Asks)
    run.answer = "abort"
    progress = run.go()
    assert isinstance(progress, Failed)
    assert (progress.error.code, progress.error.cause) == ("CFN-STACK-BUSY", "stack-busy")
    assert f"is in {status}: an operation begun outside" in progress.error.message
    assert (run.intents, status_of(run)) == ([], status)


@pytest.mark.parametrize("without_end", OTHERS, indirect=True, ids=OTHERS)
def test_the_steps_time_ends_the_wait_and_names_what_runs_there(without_end: Driven) -> None:
    status = status_of(without_end)
    run = again(without_end, wait={"type": "with_timeout", "timeout_minutes": 5})
    progress = run.go()
    assert isinstance(progress, Failed), run.log.text
    assert progress.error.cause == "timeout"
    said = f"last seen in {status} (an operation begun outside of the"
    assert said in progress.error.message
    assert (run.intents, status_of(run)) == ([], status)


@pytest.mark.parametrize("without_end", ["CREATE_IN_PROGRESS"], indirect=True)
def test_a_create_that_goes_on_for_long_may_be_replaced_by_a_person(without_end: Driven) -> None:
    run = without_end
    assert isinstance(run.go(), Asks)
    run.answer = "proceed"
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["delete", "create"]
    assert "which is still created, on a person's decision" in run.log.text


@pytest.mark.parametrize("without_end", ["CREATE_IN_PROGRESS"], indirect=True)
def test_a_create_that_ended_before_the_answer_is_not_deleted(without_end: Driven) -> None:
    run = without_end
    assert isinstance(run.go(), Asks)
    put_into(run, "CREATE_COMPLETE")
    run.answer = "proceed"
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.intents == ["update"]


@pytest.mark.parametrize("without_end", ["UPDATE_IN_PROGRESS"], indirect=True)
def test_what_follows_on_the_operation_waited_for_is_named_too(without_end: Driven) -> None:
    run = without_end
    run.go(until=lambda now: len(now.log.of("wait")) > 1)
    put_into(run, "UPDATE_ROLLBACK_IN_PROGRESS")
    run.go(until=lambda now: "UPDATE_ROLLBACK_IN_PROGRESS now" in now.log.text)
    put_into(run, "UPDATE_ROLLBACK_COMPLETE")
    elses_update(run)
    run.go(until=lambda now: now.log.text.count("Waiting for its end") == 2)
    run.clients.cloudformation.cancel_update_stack(StackName=STACK)
    assert isinstance(run.go(), Succeeded), run.log.text


def test_cancelling_the_wait_leaves_the_others_operation_alone(deployed: Driven) -> None:
    elses_update(deployed, token="portal-7-7-1-update")
    run = again(deployed, tag="1.5.0")
    run.go(until=lambda now: "waiting for its end" in now.log.text.lower())
    assert "an operation of the portal runs since 20" in run.log.text
    assert isinstance(run.go("cancel"), Cancelled)
    assert status_of(run) == "UPDATE_IN_PROGRESS"


# Templates that are too long for a call


def many_variables(count: int) -> list[dict[str, object]]:
    container: dict[str, object] = {
        "name": "web",
        "image": {"reference": "web", "feed": "shop-ecr", "repository": "shop/web"},
        "ports": [{"port": 80}],
        "environment": [
            {"name": f"SETTING_{number}", "value": "x" * 400} for number in range(count)
        ],
    }
    return [container]


def test_a_long_template_goes_through_the_accounts_bucket(
    sandbox: RunningSandbox, clients: TargetClients
) -> None:
    first = Driven(
        sandbox, clients, template_bucket="web-shop-templates", containers=many_variables(150)
    )
    assert isinstance(first.go(), Succeeded), first.log.text
    s3 = clients.s3
    (stored,) = s3.list_objects_v2(Bucket="web-shop-templates")["Contents"]
    assert stored["Key"].startswith("ecs-portal/templates/")
    assert stored["Key"] in first.log.text
    head = s3.head_object(Bucket="web-shop-templates", Key=stored["Key"])
    assert head["ServerSideEncryption"] == "AES256"

    second = again(
        first,
        tag="1.5.0",
        template_bucket="web-shop-templates",
        containers=many_variables(150),
    )
    assert isinstance(second.go(), Succeeded), second.log.text
    assert len(s3.list_objects_v2(Bucket="web-shop-templates")["Contents"]) == 2


def test_without_a_bucket_the_error_names_the_setting(
    sandbox: RunningSandbox, clients: TargetClients
) -> None:
    run = Driven(sandbox, clients, containers=many_variables(150))
    progress = run.go()
    assert isinstance(progress, Failed)
    (said,) = progress.error.details
    assert "Set the template bucket of AWS account sandbox (Infrastructure, AWS accounts)" in said
    assert sandbox.count("cloudformation.CreateStack") == 0


def test_a_template_that_even_s3_cannot_carry_is_refused(
    sandbox: RunningSandbox, clients: TargetClients
) -> None:
    run = Driven(
        sandbox, clients, template_bucket="web-shop-templates", containers=many_variables(2300)
    )
    progress = run.go()
    assert isinstance(progress, Failed)
    assert "Divide it into nested stacks" in progress.error.details[0]


@pytest.mark.parametrize(
    ("bucket", "fault", "words"),
    [
        ("no-such-bucket", None, "PutObject asks for something that doesn't exist."),
        ("web-shop-templates", "AccessDenied", "AWS refuses PutObject"),
    ],
)
def test_a_bucket_that_cannot_be_used_is_named_by_aws(
    sandbox: RunningSandbox, clients: TargetClients, bucket: str, fault: str | None, words: str
) -> None:
    if fault:
        sandbox.faults.add(service="s3", action="PutObject", code=fault, status=403)
    run = Driven(sandbox, clients, template_bucket=bucket, containers=many_variables(150))
    progress = run.go()
    assert isinstance(progress, Failed)
    assert progress.error.message.startswith(
        f"The template bucket {bucket} of AWS account sandbox can't be used. {words}"
    )
    assert progress.error.advice.endswith("It is set in Infrastructure, AWS accounts.")
    assert sandbox.count("cloudformation.CreateStack") == 0
