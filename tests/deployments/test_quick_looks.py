"""The usual turn: how little it asks the database, and what it leaves to the full turn."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ecsportal.aws.errors import AwsError, aws_errors
from ecsportal.aws.sessions import TargetClients, forget_paces
from ecsportal.deployments import engine, services
from ecsportal.deployments.models import Deployment, State, TargetRun
from ecsportal.infrastructure.accounts import aws_credentials
from ecsportal.infrastructure.models import AwsAccount, DeploymentTarget, Environment
from ecsportal.people.models import User
from ecsportal.sandbox.server import RunningSandbox
from tests import builders
from tests.demo.running_demo import eventually
from tests.deployments.conftest import Queue, run
from tests.deployments.scripted_step import CALLS, HELD, scripted

MOST_QUERIES = 22
"""Of a look that writes a line; begin and commit count."""


def make_due() -> None:
    """As if the time that everything waits for had come."""
    past = timezone.now() - timedelta(seconds=1)
    TargetRun.objects.exclude(due_at=None).update(due_at=past)
    Deployment.objects.exclude(due_at=None).update(due_at=past)


def queries_of_a_look() -> int:
    make_due()
    with CaptureQueriesContext(
        connection,
    ) as captured:
        engine.advance_due()
    return len(captured)


def test_a_look_asks_the_database_little_whatever_the_process(queue: Queue) -> None:
    first = scripted("First", *["wait long"] * 4)
    run(queue(first, *[scripted(f"Step {n}", "succeed") for n in range(20)]))

    assert queries_of_a_look() <= MOST_QUERIES
    assert [method for method, _, _ in CALLS] == ["start", "poll"]


def test_a_look_writes_its_lines_and_sets_the_next(queue: Queue) -> None:
    deployment = run(queue(scripted("First", "wait long", "wait long")))
    lines = deployment.last_seq

    queries_of_a_look()

    deployment.refresh_from_db()
    assert deployment.last_seq == lines + 1
    assert deployment.lines.get(seq=lines + 1).text == "move 1: wait long"
    assert deployment.due_at is not None
    assert deployment.due_at > timezone.now() + timedelta(minutes=50)
    assert deployment.lease_until is None


def test_what_ends_a_run_is_left_to_the_full_turn(queue: Queue) -> None:
    deployment = run(queue(scripted("First", "wait long", "succeed"), scripted("Then", "succeed")))

    queries_of_a_look()

    deployment.refresh_from_db()
    assert deployment.state == State.SUCCEEDED


def test_an_intent_is_followed_by_its_call_in_the_same_turn(queue: Queue) -> None:
    run(queue(scripted("First", "wait long", "intend", "wait long")))

    queries_of_a_look()

    assert CALLS[-1] == ("poll", "shop-staging", ("wait long", True, None))


def test_a_cancel_is_carried_out_at_once(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "wait long", "wait long")))
    services.cancel_deployment(deployment, by=deployer)

    run(deployment)

    assert deployment.state == State.CANCELLED


def test_a_worker_that_prepared_nothing_looks_all_the_same(queue: Queue) -> None:
    deployment = run(queue(scripted("First", "wait long", "wait long")))
    # Another worker has nothing in its memory; here the account's new keys do the same.
    for account in AwsAccount.objects.all():
        AwsAccount.objects.filter(pk=account.pk).update(revision=account.revision + 1)

    queries_of_a_look()

    deployment.refresh_from_db()
    assert deployment.state == State.EXECUTING
    assert CALLS[-1][0] == "poll"


def test_a_target_that_is_deleted_meanwhile_ends_the_run(queue: Queue) -> None:
    deployment = run(queue(scripted("First", "wait long", "wait long")))
    TargetRun.objects.update(target=None)

    queries_of_a_look()

    deployment.refresh_from_db()
    assert deployment.state == State.FAILED
    assert deployment.error is not None
    assert deployment.error["code"] == "TARGET-DELETED"


@pytest.fixture
def together(staging: Environment, queue: Queue) -> list[Deployment]:
    """Three deployments of three projects that wait, and are due at the same time."""
    steps = [scripted("First", "wait long", *["hang, wait long"] * 4)]
    found = [run(queue(project=builders.project(name, steps=steps))) for name in "abc"]
    make_due()
    CALLS.clear()
    HELD.set()
    return found


def states(deployments: list[Deployment]) -> list[tuple[str, int, bool]]:
    """State, newest line, and whether the next look is set and the lease let go."""
    rows = [Deployment.objects.get(pk=each.pk) for each in deployments]
    soon = timezone.now() + timedelta(minutes=1)
    return [
        (row.state, row.last_seq, bool(row.due_at and row.due_at > soon and not row.lease_until))
        for row in rows
    ]


def test_those_that_are_due_together_are_looked_at_in_as_many_queries_as_one(
    together: list[Deployment],
) -> None:
    before = [last for _, last, _ in states(together)]
    queries = queries_of_a_look()
    assert queries <= MOST_QUERIES
    assert states(together) == [("executing", last + 1, True) for last in before]
    assert len(CALLS) == 3


def while_they_look(act: Callable[[], object]) -> None:
    """Do something between the calls to AWS and what is stored of them."""
    HELD.clear()
    worker = threading.Thread(target=_advance)
    worker.start()
    eventually(lambda: len(CALLS) >= 3, within=10)
    try:
        act()
    finally:
        HELD.set()
        worker.join(20)


def _advance() -> None:
    try:
        engine.advance_due()
    finally:
        connection.close()


def test_one_that_somebody_else_has_taken_leaves_the_others_their_look(
    together: list[Deployment],
) -> None:
    before = [last for _, last, _ in states(together)]
    lost = Deployment.objects.filter(pk=together[1].pk)
    while_they_look(lambda: lost.update(lease_number=F("lease_number") + 1))
    after = states(together)
    assert after[::2] == [("executing", last + 1, True) for last in before[::2]]
    assert after[1] == ("executing", before[1], False)


def test_a_message_that_comes_during_a_look_keeps_it_due(
    together: list[Deployment], deployer: User
) -> None:
    while_they_look(lambda: services.cancel_deployment(together[0], by=deployer))
    engine.advance_due()
    assert [state for state, _, _ in states(together)] == ["cancelled", "executing", "executing"]


def test_one_whose_turn_breaks_leaves_the_others_their_look(together: list[Deployment]) -> None:
    TargetRun.objects.filter(step_run__deployment=together[0]).update(resources=[1])
    for _ in range(2):
        engine.advance_due()
    assert [state for state, _, done in states(together)[1:] if done] == ["executing"] * 2


@pytest.fixture
def in_sandbox(staging: Environment, sandbox: RunningSandbox) -> RunningSandbox:
    """The account is one of the simulated AWS."""
    AwsAccount.objects.update(endpoint_url=sandbox.url)
    return sandbox


@pytest.fixture
def throttled(in_sandbox: RunningSandbox, together: list[Deployment]) -> Iterator[list[Deployment]]:
    """Three deployments that are due where AWS has just asked for fewer calls."""
    target = DeploymentTarget.objects.select_related("account").get()
    in_sandbox.faults.add(service="ecs", code="Throttling", message="Rate exceeded")
    with pytest.raises(AwsError), aws_errors:
        TargetClients(aws_credentials(target.account), target.region).ecs.list_clusters()
    in_sandbox.faults.clear()
    yield together
    forget_paces()


def test_where_aws_wants_fewer_calls_looks_stand_in_line_and_none_is_lost(
    throttled: list[Deployment],
) -> None:
    before = [last for _, last, _ in states(throttled)]
    engine.advance_due()
    assert len(CALLS) == 1
    after = states(throttled)
    assert sorted(last - was for (_, last, _), was in zip(after, before, strict=True)) == [0, 0, 1]
    soon = timezone.now() + timedelta(seconds=10)
    held = Deployment.objects.filter(due_at__lte=soon, lease_until=None)
    assert held.count() == 2

    def all_had_their_look() -> bool:
        engine.advance_due()
        return all(done for _, _, done in states(throttled))

    eventually(all_had_their_look, within=20)
    assert [last for _, last, _ in states(throttled)] == [last + 1 for last in before]
