"""The tick: who sends nudges, for what, and what pages say when no worker lives."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from amqp.exceptions import AccessRefused
from django.utils import timezone

from ecsportal.celery import app
from ecsportal.deployments import engine, leases, tick
from ecsportal.deployments.models import Deployment, State, TickLease, WorkerBeat
from ecsportal.deployments.services import queue_deployment
from ecsportal.deployments.tick import (
    FORGET_WORKERS_AFTER,
    LONGEST_NAP,
    SHORTEST_NAP,
    Nudging,
    Tick,
    beat,
    forget_worker,
    is_overdue,
)
from ecsportal.deployments.worker_status import worker_problem
from tests import builders
from tests.demo.running_demo import eventually
from tests.deployments import scripted_step

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the messages that were handed to the broker."""
    names: list[str] = []

    def note(name: str, **_: Any) -> None:
        names.append(name)

    monkeypatch.setattr(app, "send_task", note)
    return names


def due(*, ago: timedelta = SECOND, **fields: Any) -> Deployment:
    """A deployment that the engine has to look at, by SQLite's clock too: it knows milliseconds."""
    release = builders.release(builders.project())
    when = timezone.now() - ago
    return builders.deployment(
        release, builders.environment(), state=State.EXECUTING, due_at=when, **fields
    )


def nudge_due(name: str) -> float:
    """One look of a worker that has just begun."""
    return Nudging(name).nudge_due()


def test_a_due_deployment_is_nudged_once(sent: list[str]) -> None:
    due()
    nudging = Nudging("me")
    nudging.nudge_due()
    nudging.nudge_due()
    assert sent == ["deployments.work"]


def test_a_nudge_that_nobody_followed_is_sent_again(
    sent: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tick, "NUDGE_AGAIN_AFTER", 0.05)
    due()
    nudging = Nudging("me")
    nudging.nudge_due()
    time.sleep(0.06)
    nudging.nudge_due()
    assert len(sent) == 2


def test_a_turn_that_ended_due_again_is_nudged_anew(sent: list[str]) -> None:
    deployment = due()
    nudging = Nudging("me")
    nudging.nudge_due()
    lease = leases.take(deployment.pk, "a worker")
    assert lease is not None
    lease.close(due_at=timezone.now() - SECOND)
    nudging.nudge_due()
    assert len(sent) == 2


def test_the_one_that_takes_over_nudges_what_the_silent_one_did(sent: list[str]) -> None:
    due()
    nudge_due("first")
    TickLease.objects.update(until=timezone.now() - SECOND)
    nudge_due("second")
    assert len(sent) == 2


def test_what_a_living_worker_advances_is_left_alone(sent: list[str]) -> None:
    due(lease_until=timezone.now() + timedelta(seconds=5))
    nudge_due("me")
    assert sent == []


def test_a_deployment_whose_worker_died_is_nudged_once_its_lease_ran_out(sent: list[str]) -> None:
    due(lease_until=timezone.now() - SECOND, lease_owner="dead")
    nudge_due("me")
    assert sent == ["deployments.work"]


def test_what_has_ended_is_never_nudged(sent: list[str]) -> None:
    release = builders.release(builders.project())
    builders.deployment(release, builders.environment())
    assert nudge_due("me") == LONGEST_NAP
    assert sent == []


def test_many_due_deployments_get_as_many_nudges_as_turns_run_side_by_side(
    sent: list[str], settings: Any
) -> None:
    settings.WORKER_CONCURRENCY = 2
    for _ in range(5):
        due()
    nudge_due("me")
    assert len(sent) == 2


def test_threads_that_are_at_work_need_no_nudge(sent: list[str], settings: Any) -> None:
    settings.WORKER_CONCURRENCY = 3
    for _ in range(5):
        due()
    with engine.waiting_list.at_work(), engine.waiting_list.at_work():
        nudge_due("me")
    assert len(sent) == 1


def test_another_worker_hears_of_it_while_this_one_is_busy(sent: list[str], settings: Any) -> None:
    settings.WORKER_CONCURRENCY = 1
    due()
    with engine.waiting_list.at_work():
        nudge_due("me")
    assert len(sent) == 1


def test_it_wakes_when_the_next_deployment_is_due(sent: list[str]) -> None:
    due(ago=timedelta(seconds=-0.4))
    assert SHORTEST_NAP <= nudge_due("me") <= 0.4
    assert sent == []


def test_it_never_naps_longer_than_a_second(sent: list[str]) -> None:
    due(ago=timedelta(hours=-1))
    assert nudge_due("me") == LONGEST_NAP


def test_only_one_worker_sends_nudges(sent: list[str]) -> None:
    nudge_due("first")
    due()
    assert nudge_due("second") == LONGEST_NAP
    assert sent == []
    assert TickLease.objects.get().owner == "first"


def test_a_silent_holder_is_replaced(sent: list[str]) -> None:
    nudge_due("first")
    TickLease.objects.update(until=timezone.now() - SECOND)
    due()
    nudge_due("second")
    assert sent == ["deployments.work"]
    assert TickLease.objects.get().owner == "second"


def test_a_broker_that_is_away_costs_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr(app, "send_task", away)
    due()
    assert nudge_due("me") <= LONGEST_NAP


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_refuses_the_sign_in_ends_no_worker_and_breaks_no_click(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """RabbitMQ's refusals, as after a change of its password, are no connection errors."""
    asked: list[str] = []

    def refuses(name: str, **_: Any) -> None:
        asked.append(name)
        raise AccessRefused("ACCESS_REFUSED - Login was refused")

    monkeypatch.setattr(app, "send_task", refuses)
    scripted_step.register()
    project = builders.project(steps=[scripted_step.untargeted("First", "succeed")])
    queue_deployment(builders.release(project), environment=builders.environment(), by=None)
    assert asked == ["deployments.work"]
    tick = Tick()
    tick.start()
    eventually(lambda: len(asked) > 1, within=10)
    eventually(lambda: WorkerBeat.objects.filter(name=tick.owner).exists(), within=10)
    assert tick.is_alive()
    tick.stop()


def test_a_beat_keeps_since_when_the_worker_runs() -> None:
    beat("me")
    first = WorkerBeat.objects.get()
    beat("me")
    second = WorkerBeat.objects.get()
    assert second.started_at == first.started_at
    assert second.seen_at >= first.seen_at


def test_workers_that_have_long_been_silent_are_forgotten() -> None:
    long_ago = timezone.now() - FORGET_WORKERS_AFTER - SECOND
    WorkerBeat.objects.create(name="old", started_at=long_ago, seen_at=long_ago)
    beat("me")
    assert [worker.name for worker in WorkerBeat.objects.all()] == ["me"]


def test_a_worker_that_ends_in_order_is_missed_at_once_and_lets_the_tick_go(
    sent: list[str],
) -> None:
    beat("me")
    nudge_due("me")
    assert worker_problem() == ""
    forget_worker("me")
    assert "No worker has been running since" in worker_problem()
    assert not TickLease.objects.exists()


def test_without_any_worker_ever_the_banner_says_how_to_start_one() -> None:
    assert worker_problem() == (
        "No worker has run yet. Deployments wait until one starts (manage.py worker)."
    )


def test_the_banner_says_since_when_no_worker_runs() -> None:
    seen = timezone.now() - timedelta(seconds=30)
    WorkerBeat.objects.create(name="me", started_at=seen, seen_at=seen)
    local = timezone.localtime(seen)
    day = "" if local.date() == timezone.localdate() else f"{local:%d %b}, "
    assert worker_problem() == (
        f"No worker has been running since {day}{local:%H:%M}. "
        "Deployments wait until one starts; nothing is lost."
    )


def test_the_banner_names_the_day_where_it_was_not_today() -> None:
    seen = datetime(2026, 3, 4, 17, 5, tzinfo=UTC)
    WorkerBeat.objects.create(name="me", started_at=seen, seen_at=seen)
    assert "since 04 Mar, 17:05." in worker_problem()


def test_one_living_worker_is_enough() -> None:
    old = timezone.now() - timedelta(minutes=5)
    WorkerBeat.objects.create(name="old", started_at=old, seen_at=old)
    beat("me")
    assert worker_problem() == ""


@pytest.mark.django_db(transaction=True)
def test_the_thread_beats_and_nudges_until_it_is_stopped(sent: list[str]) -> None:
    due()
    tick = Tick()
    tick.start()
    eventually(lambda: sent and WorkerBeat.objects.filter(name=tick.owner).exists(), within=10)
    tick.stop()
    assert not tick.is_alive()
    assert "No worker has been running since" in worker_problem()


@pytest.mark.django_db(transaction=True)
def test_what_no_message_brings_to_a_worker_is_advanced_all_the_same(
    sent: list[str], settings: Any
) -> None:
    settings.OVERDUE_SECONDS = 0.0
    scripted_step.register()
    project = builders.project(steps=[scripted_step.untargeted("First", "succeed")])
    deployment = queue_deployment(
        builders.release(project), environment=builders.environment(), by=None
    )
    tick = Tick()
    tick.start()
    eventually(lambda: Deployment.objects.get(pk=deployment.pk).is_final, within=20)
    tick.stop()
    assert Deployment.objects.get(pk=deployment.pk).state == State.SUCCEEDED


def test_only_what_waits_for_long_is_overdue(settings: Any) -> None:
    due(ago=timedelta(seconds=5))
    due(ago=timedelta(seconds=60), lease_until=timezone.now() + timedelta(seconds=5))
    assert not is_overdue()
    due(ago=timedelta(seconds=15))
    assert is_overdue()


def test_nothing_is_overdue_while_all_threads_are_at_work(settings: Any) -> None:
    settings.WORKER_CONCURRENCY = 1
    due(ago=timedelta(seconds=15))
    with engine.waiting_list.at_work():
        assert not is_overdue()
    assert is_overdue()
