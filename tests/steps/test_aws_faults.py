"""What a deployment makes of AWS's own troubles: one row a fault, with the sentence it says.

The guide "Troubleshooting" has the same rows for the reader; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ecsportal.aws.credentials import AwsCredentials, Limits
from ecsportal.aws.sessions import TargetClients, forget, forget_identities, forget_paces
from ecsportal.sandbox.cloudformation.forcing import force_status
from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import Failed, Intends, Progress, Succeeded, Waiting
from tests.steps.driven_run import REGION, Driven, again

GUIDE = Path(__file__).parents[2] / "docs" / "troubleshooting.md"
QUICK = Limits(connect_seconds=1, read_seconds=0.4, attempts=1)


def credentials(sandbox: RunningSandbox, **more: Any) -> AwsCredentials:
    return AwsCredentials(
        kind="access_key",
        access_key_id="AKIASANDBOX000000000",
        secret_access_key="sandbox",
        endpoint_url=sandbox.url,
        endpoint_allow=("127.0.0.1",),
        **more,
    )


@pytest.fixture
def deployed(sandbox: RunningSandbox) -> Driven:
    """A first deployment that succeeded."""
    first = Driven(sandbox, TargetClients(credentials(sandbox), REGION, limits=QUICK))
    assert isinstance(first.go(), Succeeded), first.log.text
    return first


@dataclass(frozen=True)
class Row:
    """A fault that strikes an update once its stack is being changed, and what becomes of it.

    `says` is in the log at this `level`; with `ends` it is the message of the step's error, and
    `code` the error's code. `warns` marks a success "with warnings".
    """

    name: str
    fault: dict[str, Any]
    says: str
    level: str = "verbose"
    ends: bool = False
    code: str = ""
    warns: bool = False
    before: bool = False
    """It strikes from the start, not only after the update was accepted."""


def denied(action: str, service: str = "cloudformation", **more: Any) -> dict[str, Any]:
    code = "AccessDenied" if service in ("cloudformation", "sts") else "AccessDeniedException"
    return {
        "service": service,
        "action": action,
        "code": code,
        "message": f"User: arn:aws:iam::123456789012:user/portal is not authorized to perform: "
        f"{service}:{action}",
        "status": 403 if code == "AccessDenied" else 400,
        **more,
    }


def broken(code: str, status: int = 400, message: str = "", **more: Any) -> dict[str, Any]:
    return {
        "service": "cloudformation",
        "action": "DescribeStacks",
        "code": code,
        "message": message or code,
        "status": status,
        **more,
    }


SKEW = "Signature expired: 20261125T210000Z is now earlier than 20261125T224500Z"
TABLE = [
    # Waited out: nobody has to know
    Row(
        "throttling",
        broken("Throttling", message="Rate exceeded", times=3),
        'AWS asks for fewer calls (DescribeStacks). AWS says: "Rate exceeded"',
    ),
    Row(
        "a throttled write",
        {**broken("Throttling", message="Rate exceeded", times=2), "action": "UpdateStack"},
        'AWS asks for fewer calls (UpdateStack). AWS says: "Rate exceeded"',
        before=True,
    ),
    Row(
        "throttling of ECS",
        {
            **broken("ThrottlingException", message="Rate exceeded", times=2),
            "service": "ecs",
            "action": "Describe*",
        },
        "AWS asks for fewer calls (DescribeServices).",
    ),  # fmt: skip
    Row("an internal error", broken("InternalFailure", 500, times=2), "AWS has trouble answering"),
    Row("unavailable", broken("ServiceUnavailable", 503, times=2), "AWS has trouble answering"),
    Row("a bad gateway", broken("BadGateway", 502, times=1), "AWS has trouble answering"),
    Row(
        "a slow answer",
        {"service": "cloudformation", "action": "DescribeStacks", "delay": 0.1, "times": 2},
        "",
    ),
    Row(
        "a time-out",
        {"service": "cloudformation", "action": "DescribeStacks", "delay": 0.8, "times": 1},
        "AWS does not answer.",
    ),
    Row(
        "a reset connection",
        {"service": "cloudformation", "action": "DescribeStacks", "drop": "before", "times": 2},
        "AWS does not answer.",
    ),
    Row(
        "a write whose answer is lost",
        {"service": "cloudformation", "action": "UpdateStack", "drop": "after", "times": 1},
        "The update was sent before the worker changed; following it",
        before=True,
    ),
    Row(
        "a write that never arrives",
        {"service": "cloudformation", "action": "UpdateStack", "drop": "before", "times": 1},
        "AWS does not answer.",
        before=True,
    ),
    Row(
        "expired credentials",
        broken(
            "ExpiredToken", 403, "The security token included in the request is expired", times=1
        ),
        "The credentials in use have expired.",
    ),  # fmt: skip
    # Done without: a warning says what is assumed
    Row(
        "no permission to ask who we are",
        denied("GetCallerIdentity", "sts"),
        "Which identity runs here stays unknown.",
        "warning",
        before=True,
    ),
    Row(
        "no permission to look at stacks",
        denied("DescribeStacks"),
        "Following the stack by its events alone.",
        "warning",
    ),
    Row(
        "no permission to look at stacks, from the start",
        denied("DescribeStacks"),
        "exists and that nothing runs on it.",
        "warning",
        before=True,
    ),
    Row(
        "no permission to read events",
        denied("DescribeStackEvents"),
        "The stack's events can't be shown.",
        "warning",
        before=True,
    ),
    Row(
        "no permission to look at stacks or events",
        denied("DescribeStack[Es]*"),
        "ends well: accepted, not verified.",
        "warning",
        warns=True,
    ),
    Row(
        "no permission to list resources",
        denied("ListStackResources"),
        "assuming that the service runs as it says.",
        "warning",
        warns=True,
    ),
    Row(
        "no permission to read the template",
        denied("GetTemplate"),
        "What ran before the update stays unknown.",
        "warning",
        before=True,
    ),
    Row(
        "no permission to look at services",
        denied("DescribeServices", "ecs"),
        "Tasks and service events can't be shown; following the stack alone.",
        "warning",
        warns=True,
    ),
    Row(
        "no permission to list tasks",
        denied("ListTasks", "ecs"),
        "Tasks and service events can't be shown; following the stack alone.",
        "warning",
    ),
    # The end: only a person can mend it
    Row(
        "no permission to update",
        denied("UpdateStack"),
        "AWS refuses UpdateStack: the account's identity may not do that.",
        ends=True,
        code="AWS-PERMISSION",
        before=True,
    ),
    Row(
        "a revoked key",
        broken(
            "InvalidClientTokenId", 403, "The security token included in the request is invalid."
        ),
        "AWS doesn't accept the account's credentials.",
        ends=True,
        code="AWS-CREDENTIALS",
    ),
    Row(
        "credentials that stay expired",
        broken("ExpiredToken", 403, "The security token included in the request is expired"),
        "The credentials in use have expired.",
        ends=True,
        code="AWS-CREDENTIALS",
    ),
    Row(
        "a wrong clock",
        broken("SignatureDoesNotMatch", 403, SKEW),
        "AWS doesn't accept the time of the worker's clock.",
        ends=True,
        code="AWS-CREDENTIALS",
    ),
    Row(
        "a region that is switched off",
        broken("OptInRequired", 403, "You are not subscribed to this service"),
        "AWS doesn't accept the account's credentials.",
        ends=True,
        code="AWS-CREDENTIALS",
    ),
    Row(
        "a quota",
        {
            **broken("LimitExceededException", message="Limit for stacks reached"),
            "action": "UpdateStack",
        },
        "A quota of the AWS account is used up (UpdateStack).",
        ends=True,
        code="AWS-LIMIT",
        before=True,
    ),  # fmt: skip
    Row(
        "half an hour of silence",
        broken("ServiceUnavailable", 503),
        "AWS has not answered for 30 min.",
        ends=True,
        code="AWS-UNREACHABLE",
    ),
    Row(
        "an error that nobody knows",
        broken("NeverHeardOf"),
        "AWS refuses DescribeStacks.",
        ends=True,
        code="AWS-ERROR",
    ),
]


def begun(run: Driven) -> bool:
    """True once the update was accepted."""
    return run.state.get("phase") == "follow"


def struck(deployed: Driven, row: Row) -> tuple[Driven, Progress]:
    """An update that the fault strikes, at its end."""
    run = again(deployed, tag="1.5.0")
    if not row.before:
        run.go(until=begun)
    forget_identities()
    deployed.sandbox.faults.add(**row.fault)
    deployed.sandbox.world.calls.clear()
    return run, run.go()


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_what_becomes_of_a_deployment(deployed: Driven, row: Row) -> None:
    run, progress = struck(deployed, row)
    if row.ends:
        assert isinstance(progress, Failed), run.log.text
        assert progress.error.code == row.code
        assert row.says in progress.error.message
        assert progress.error.advice
        return
    assert isinstance(progress, Succeeded), f"{progress}\n{run.log.text}"
    assert progress.warnings is row.warns
    assert row.says in "\n".join(run.log.of(row.level))
    if row.level == "verbose":
        assert run.log.of("warning", "error") == []
    updates = deployed.sandbox.calls().get("cloudformation.UpdateStack")
    assert updates is None or updates["started"] == 1, "an update was started twice"


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_the_guide_has_the_row(row: Row) -> None:
    guide = " ".join(GUIDE.read_text().split())
    for part in row.says.split(" AWS says:")[:1]:
        assert part in guide


# Reads that lag behind


def test_a_new_stack_that_cannot_be_seen_yet_is_waited_for(sandbox: RunningSandbox) -> None:
    sandbox.world.set_lag(8)
    first = Driven(sandbox, TargetClients(credentials(sandbox), REGION))
    assert isinstance(first.go(), Succeeded), first.log.text
    assert "can't be seen yet, looking again" in "\n".join(first.log.of("verbose"))
    assert "DELETE_COMPLETE" not in first.log.text
    assert sandbox.calls()["cloudformation.CreateStack"]["started"] == 1


def test_the_state_before_an_update_is_not_taken_for_its_end(deployed: Driven) -> None:
    deployed.sandbox.world.set_lag(8)
    run = again(deployed, tag="1.5.0")
    progress = run.go()
    assert isinstance(progress, Succeeded), f"{progress}\n{run.log.text}"
    assert progress.outputs["TaskDefinitionRevision"] == "2"


@pytest.mark.parametrize(
    ("status", "writes"),
    [("UPDATE_ROLLBACK_FAILED", ["continue", "update"]), ("DELETE_FAILED", ["delete", "create"])],
)
def test_a_stack_is_mended_once_however_late_a_read_shows_it(
    deployed: Driven, status: str, writes: list[str]
) -> None:
    world = deployed.sandbox.world
    region = world.stacks(REGION)
    stack = next(iter(region.stacks))
    force_status(region, stack, status)
    deployed.sandbox.advance(60)
    world.set_lag(8)
    run = again(deployed, tag="1.5.0", delete_stack_with_running_service=True)
    assert isinstance(run.go(), Succeeded), run.log.text
    assert list(dict.fromkeys(run.intents)) == writes
    assert run.intents.count(writes[0]) == 1


# Credentials, and what is said how loudly


def test_an_assumed_role_is_assumed_anew_when_its_session_expires(
    sandbox: RunningSandbox,
) -> None:
    role = credentials(sandbox, role_arn="arn:aws:iam::123456789012:role/Deploy")
    forget(role)
    run = Driven(sandbox, TargetClients(role, REGION, session_name="portal-90"))
    run.go(until=begun)
    for _ in range(2):  # twice in one deployment, hours apart
        sandbox.faults.add(**broken("ExpiredToken", 403, "expired", times=1))
        run.go(until=lambda now: "Taking fresh credentials" in (now.log.of("verbose") or [""])[-1])
        run.go(until=lambda now: now.state.get("renewed") is None)
    assert isinstance(run.go(), Succeeded), run.log.text
    assert sandbox.count("sts.AssumeRole") >= 3
    assert run.log.of("warning", "error") == []


def test_a_role_that_may_not_be_assumed_ends_the_step(sandbox: RunningSandbox) -> None:
    role = credentials(sandbox, role_arn="arn:aws:iam::123456789012:role/Other")
    sandbox.faults.add(**denied("AssumeRole", "sts"))
    progress = Driven(sandbox, TargetClients(role, REGION)).go()
    assert isinstance(progress, Failed)
    assert progress.error.message.startswith("The account's role can't be assumed.")


def test_silence_is_said_aloud_after_two_minutes_and_once(deployed: Driven) -> None:
    run = again(deployed, tag="1.5.0")
    run.go(until=begun)
    fault = deployed.sandbox.faults.add(**broken("ServiceUnavailable", 503))
    run.go(until=lambda now: len(now.log.of("wait")) > 0)
    (said,) = run.log.of("wait")
    assert said.startswith("AWS has trouble answering DescribeStacks.")
    assert "Trying again for up to 30 min" in said
    deployed.sandbox.faults.remove(fault)
    assert isinstance(run.go(), Succeeded), run.log.text
    assert run.log.of("wait").count("AWS answers again") == 1


def test_what_was_begun_is_named_when_the_key_is_revoked(deployed: Driven) -> None:
    run = again(deployed, tag="1.5.0")
    run.go(until=begun)
    deployed.sandbox.faults.add(**broken("InvalidClientTokenId", 403))
    progress = run.go()
    assert isinstance(progress, Failed)
    assert "what CloudFormation has begun goes on." in progress.error.details[0]


@pytest.mark.parametrize("hidden", ["DescribeStacks", "DescribeStackEvents", "DescribeStack*"])
def test_a_write_that_nobody_may_look_for_is_sent_again_and_begins_once(
    deployed: Driven, hidden: str
) -> None:
    deployed.sandbox.faults.add(**denied(hidden))
    run = again(deployed, tag="1.5.0")
    run.go(until=lambda now: now.intents == ["update"])
    run._call_runner("poll", run.context())  # the call is made, and the worker dies
    run.crashed()
    assert isinstance(run.go(), Succeeded), run.log.text
    assert deployed.sandbox.calls()["cloudformation.UpdateStack"]["started"] == 1


def test_a_rollback_that_may_not_be_seen_is_no_success(deployed: Driven) -> None:
    run = again(deployed, tag="1.4.2-crash")
    run.go(until=lambda now: "cancel" in now.intents)
    deployed.sandbox.faults.add(**denied("DescribeStack[Es]*"))
    progress = run.go()
    assert isinstance(progress, Failed), run.log.text


def test_a_rollback_whose_events_may_not_be_seen_is_told_as_a_failure(deployed: Driven) -> None:
    deployed.sandbox.faults.add(**denied("DescribeStackEvents"))
    progress = again(deployed, tag="1.4.2-crash").go()
    assert isinstance(progress, Failed)
    assert " failed (UPDATE_ROLLBACK_IN_PROGRESS), for a reason" in progress.error.message


def test_an_update_that_may_not_be_cancelled_fails_with_its_own_cause(deployed: Driven) -> None:
    deployed.sandbox.faults.add(**denied("CancelUpdateStack"))
    run = again(deployed, tag="1.4.2-crash")
    progress = run.go()
    assert isinstance(progress, Failed)
    assert progress.error.code == "ECS-DEPLOY-FAILED"
    assert progress.error.message.startswith("Container web exits with code 1")
    (said,) = [text for text in run.log.of("warning") if "CancelUpdateStack" in text]
    assert said.endswith("until it gives up by itself.")


def test_a_cancel_that_aws_refuses_is_told_as_that(deployed: Driven) -> None:
    run = again(deployed, tag="1.5.0")
    run.go(until=begun)
    deployed.sandbox.faults.add(**denied("CancelUpdateStack"))
    assert isinstance(run.call("cancel"), Intends)
    progress = run.go()
    assert isinstance(progress, Failed)
    assert progress.error.code == "AWS-PERMISSION"
    assert "CancelUpdateStack" in progress.error.message
    assert "what CloudFormation has begun goes on." in progress.error.details[0]


def test_a_cluster_that_may_not_be_looked_at_is_assumed_to_exist(sandbox: RunningSandbox) -> None:
    sandbox.faults.add(**denied("DescribeClusters", "ecs"))
    first = Driven(sandbox, TargetClients(credentials(sandbox), REGION))
    assert isinstance(first.go(), Succeeded), first.log.text
    (said,) = [text for text in first.log.of("warning") if "DescribeClusters" in text]
    assert said.endswith("Assuming that the cluster demo exists.")


# One pace


def test_a_turn_of_many_calls_gets_through_where_only_few_are_taken_at_once(
    deployed: Driven,
) -> None:
    deployed.sandbox.set_clock("real")
    deployed.sandbox.faults.add(
        service="cloudformation", per_second=3, code="Throttling", message="Rate exceeded"
    )
    run = again(deployed, tag="1.5.0")
    progress = run.call("start")  # five calls of CloudFormation, where three are taken at once
    assert isinstance(progress, Intends), run.log.text


def test_a_storm_makes_every_deployment_there_look_more_seldom(deployed: Driven) -> None:
    forget_paces()
    quiet = again(deployed, deployment="92", tag="1.5.0")
    assert quiet.clients.slowness == 1.0
    deployed.sandbox.faults.add(**broken("Throttling", message="Rate exceeded", times=1))
    assert isinstance(quiet.call("start"), Intends)  # the call was made once more, and went through
    assert (
        quiet.clients.slowness
        == TargetClients(credentials(deployed.sandbox), REGION).slowness
        > 1.0
    )
    assert TargetClients(credentials(deployed.sandbox), "us-east-1").slowness == 1.0
    forget_paces()


def test_deployments_that_share_five_calls_a_second_all_end(sandbox: RunningSandbox) -> None:
    clients = TargetClients(credentials(sandbox), REGION, limits=QUICK)
    sandbox.faults.add(
        service="cloudformation", per_second=5, code="Throttling", message="Rate exceeded"
    )
    runs = [
        Driven(
            sandbox,
            clients,
            task_name=f"web{number}",
            deployment=str(number),
            started_at=sandbox.world.clock.now(),
        )
        for number in range(8)
    ]
    due = dict.fromkeys(range(8), sandbox.world.clock.now())
    ended: dict[int, Progress] = {}
    for _ in range(4000):
        if len(ended) == len(runs):
            break
        number = min(set(due) - set(ended), key=lambda each: due[each])
        wait = (due[number] - sandbox.world.clock.now()).total_seconds()
        sandbox.advance(max(0.0, wait))
        forget_paces()  # real seconds, while the sandbox's are told by hand
        run = runs[number]
        progress = run.call("poll" if run.state else "start")
        if isinstance(progress, Waiting):
            due[number] = sandbox.world.clock.now() + timedelta(seconds=progress.after)
        elif not isinstance(progress, Intends):
            ended[number] = progress
    assert [type(ended[number]) for number in range(8)] == [Succeeded] * 8
    assert all(run.log.of("warning", "error") == [] for run in runs)
    assert sandbox.calls()["cloudformation.CreateStack"]["started"] == 8
