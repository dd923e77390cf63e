"""The usual turn: how little it asks the database, and what it leaves to the full turn."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ecsportal.deployments import engine, services
from ecsportal.deployments.models import Deployment, State, TargetRun
from ecsportal.infrastructure.models import AwsAccount
from ecsportal.people.models import User
from tests.deployments.conftest import Queue, run
from tests.deployments.scripted_step import CALLS, scripted

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
