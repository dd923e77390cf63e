"""What load balancers and monitoring ask."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from ecsportal.celery import app
from ecsportal.deployments.models import State, WorkerBeat
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker() -> WorkerBeat:
    now = timezone.now()
    return WorkerBeat.objects.create(name="a", started_at=now, seen_at=now)


@pytest.fixture
def broken_broker() -> Iterator[None]:
    """A broker where nobody listens."""
    names = ("broker_url", "broker_write_url")
    before = {name: app.conf[name] for name in names}
    app.conf.update(dict.fromkeys(names, "amqp://127.0.0.1:9//"))
    yield
    app.conf.update(before)


def test_a_process_that_is_up_says_so_to_everyone(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_ready_with_database_broker_and_worker(client: Client, worker: WorkerBeat) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "broker": "ok", "worker": "ok"}


def test_without_a_worker_it_is_ready_and_says_so(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["worker"] == "none has been seen yet"


def test_since_when_no_worker_was_seen_is_said(client: Client, worker: WorkerBeat) -> None:
    seen = timezone.now() - timedelta(minutes=5)
    WorkerBeat.objects.update(seen_at=seen)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["worker"] == f"none since {seen:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("page", ["/", "/tasks/", "/deployments/{}/"])
def test_pages_say_since_when_no_worker_runs(
    client_of_administrator: Client, worker: WorkerBeat, page: str
) -> None:
    deployment = builders.deployment(builders.release(builders.project()), builders.environment())
    path = page.format(deployment.pk)
    assert "No worker" not in client_of_administrator.get(path).content.decode()
    seen = timezone.now() - timedelta(minutes=5)
    WorkerBeat.objects.update(seen_at=seen)
    shown = client_of_administrator.get(path).content.decode()
    assert "No worker has been running since" in shown
    assert f"{timezone.localtime(seen):%H:%M}. Deployments wait" in shown


@pytest.mark.usefixtures("broken_broker")
def test_a_broker_that_does_not_answer_is_503(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "ok"
    assert answer.json()["broker"].startswith("doesn't answer: ")


def test_metrics_are_text_for_prometheus(client: Client, worker: WorkerBeat) -> None:
    release, environment = builders.release(builders.project()), builders.environment()
    builders.deployment(release, environment)
    builders.deployment(
        release,
        environment,
        state=State.QUEUED,
        due_at=timezone.now() - timedelta(seconds=90),
    )
    answer = client.get("/metrics")
    assert answer["Content-Type"].startswith("text/plain; version=")
    lines = answer.content.decode().splitlines()
    assert "# TYPE ecsportal_deployments gauge" in lines
    assert 'ecsportal_deployments{state="succeeded"} 1.0' in lines
    assert 'ecsportal_deployments{state="queued"} 1.0' in lines
    assert 'ecsportal_deployments{state="failed"} 0.0' in lines
    assert "ecsportal_workers 1.0" in lines
    (due,) = (line for line in lines if line.startswith("ecsportal_oldest_due_seconds "))
    assert 90 <= float(due.split()[1]) < 120


def test_metrics_name_nothing(client: Client) -> None:
    project = builders.project("Secret project")
    builders.deployment(builders.release(project), builders.environment("Hidden place"))
    text = client.get("/metrics").content.decode()
    assert "ecret" not in text
    assert "idden" not in text


def test_metrics_cost_the_same_however_much_there_is(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(4):
        builders.deployment(builders.release(builders.project()), builders.environment())
    with django_assert_num_queries(3):
        client.get("/metrics")
