"""Live streams over real HTTP: who may open one, and that every line arrives once and in order."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.models import F
from django.test import Client
from django.utils import timezone
from psycopg.conninfo import make_conninfo
from pytest_django import Settings

from ecsportal.deployments import leases
from ecsportal.deployments.live import hub, stream, topic
from ecsportal.deployments.live.listening import server_parameters
from ecsportal.deployments.models import Deployment, Level, State, TargetRun
from ecsportal.deployments.tasklog import Line
from ecsportal.people.models import User
from tests import builders
from tests.deployments.conftest import Queue, run
from tests.deployments.live_server import Event, Reader, live_server
from tests.deployments.scripted_step import scripted

pytestmark = pytest.mark.django_db(transaction=True)


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def numbers(events: list[Event]) -> list[int]:
    """The numbers of the lines in these events, in order."""
    html = "".join(event.data for event in events if event.name == "lines")
    return [int(number) for number in re.findall(r'id="L(\d+)"', html)]


@pytest.fixture
def ended(queue: Queue) -> Deployment:
    return run(queue(scripted("First", "wait", "wait", "succeed")))


def test_a_signed_out_reader_gets_401(ended: Deployment) -> None:
    with live_server() as server:
        assert server.stream(f"/live/deployments/{ended.pk}").status == 401


def test_a_deployment_that_the_reader_may_not_see_is_404(ended: Deployment) -> None:
    stranger = builders.user_with_role("viewer", projects=[builders.project("Other")])
    with live_server() as server:
        reader = server.stream(f"/live/deployments/{ended.pk}", session_of(stranger))
        assert reader.status == 404


def test_a_deactivated_user_gets_401(ended: Deployment, deployer: User) -> None:
    session = session_of(deployer)
    User.objects.filter(pk=deployer.pk).update(is_active=False)
    with live_server() as server:
        assert server.stream(f"/live/deployments/{ended.pk}", session).status == 401


def test_a_strange_host_is_refused(ended: Deployment, deployer: User, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["portal.example.com"]
    with live_server() as server:
        reader = server.stream(f"/live/deployments/{ended.pk}", session_of(deployer))
        assert reader.status == 400


def test_an_ended_deployment_is_told_whole_and_the_stream_ends(
    ended: Deployment, deployer: User
) -> None:
    with live_server() as server:
        reader = server.stream(f"/live/deployments/{ended.pk}", session_of(deployer))
        events = reader.until("end")
    assert numbers(events) == list(range(1, ended.last_seq + 1))
    assert {event.name for event in events} == {"state", "lines", "end"}


def test_last_event_id_wins_over_the_address(ended: Deployment, deployer: User) -> None:
    with live_server() as server:
        reader = server.stream(
            f"/live/deployments/{ended.pk}?after=1", session_of(deployer), **{"Last-Event-ID": "3"}
        )
        events = reader.until("end")
    assert numbers(events) == list(range(4, ended.last_seq + 1))


def test_lines_written_while_the_stream_is_open_arrive_once_and_in_order(
    queue: Queue, deployer: User
) -> None:
    deployment = queue(scripted("First", *["wait"] * 8, "succeed"), scripted("Second", "succeed"))
    with live_server() as server:
        reader = server.stream(f"/live/deployments/{deployment.pk}", session_of(deployer))
        assert reader.next().name == "state"
        run(deployment)
        events = reader.until("end")
    assert numbers(events) == list(range(1, deployment.last_seq + 1))


def test_who_reads_more_slowly_than_is_written_gets_every_line_once_and_in_order(
    queue: Queue, deployer: User
) -> None:
    deployment = run(queue(scripted("First", "wait long")))
    Deployment.objects.filter(pk=deployment.pk).update(due_at=deployment.created_at)
    lease = leases.take(deployment.pk, "test")
    assert lease
    path = f"/live/deployments/{deployment.pk}?after={deployment.last_seq}"
    with live_server() as server:
        slow = server.stream(path, session_of(deployer))
        quick = server.stream(path, session_of(deployer))
        assert slow.next().name == quick.next().name == "state"
        for _ in range(60):  # twice what the sockets' buffers hold
            with lease.commit([Line(Level.INFO, "a" * 8000)] * 12):
                pass
            time.sleep(2 * hub.GATHER)
        written = list(range(deployment.last_seq + 1, deployment.last_seq + 721))
        assert read_up_to(quick, written[-1]) == read_up_to(slow, written[-1]) == written


def read_up_to(reader: Reader, last: int) -> list[int]:
    events: list[Event] = []
    while not events or f'id="L{last}"' not in events[-1].data:
        events.append(reader.next())
    return numbers(events)


def test_after_a_restart_the_stream_goes_on_where_it_broke(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "wait", "wait long")))
    session = session_of(deployer)
    path = f"/live/deployments/{deployment.pk}"
    with live_server() as server:
        first = server.stream(path, session).until("lines")
        port = server.port
    seen = numbers(first)
    Deployment.objects.filter(pk=deployment.pk).update(state=State.CANCELLING)
    deployment.steps.get().targets.update(due_at=deployment.created_at)
    Deployment.objects.filter(pk=deployment.pk).update(due_at=deployment.created_at)
    run(deployment)
    with live_server(port) as again:
        later = again.stream(f"{path}?after={seen[-1]}", session).until("end")
    assert seen + numbers(later) == list(range(1, deployment.last_seq + 1))


def test_one_user_may_not_open_any_number_of_streams(
    queue: Queue, deployer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecsportal.deployments.live.route.STREAMS_PER_USER", 2)
    deployment = run(queue(scripted("First", "wait long")))
    session = session_of(deployer)
    path = f"/live/deployments/{deployment.pk}"
    with live_server() as server:
        readers = [server.stream(path, session) for _ in range(3)]
        assert [reader.status for reader in readers] == [200, 200, 429]


def test_many_changes_are_few_states_and_the_last_one_is_told(queue: Queue, deployer: User) -> None:
    deployment = run(queue(scripted("First", "wait long")))
    Deployment.objects.filter(pk=deployment.pk).update(due_at=deployment.created_at)
    lease = leases.take(deployment.pk, "test")
    assert lease
    with live_server() as server:
        reader = server.stream(f"/live/deployments/{deployment.pk}?after=99", session_of(deployer))
        assert [reader.next().name, reader.next().name] == ["state", "state"]
        began = time.monotonic()
        for _ in range(30):
            with lease.commit():
                time.sleep(0.04)
        Deployment.objects.filter(pk=deployment.pk).update(
            state=State.FAILED, change_number=F("change_number") + 1
        )
        events = reader.until("end")
        seconds = time.monotonic() - began
    states = [event for event in events if event.name == "state"]
    assert 2 <= len(states) <= 2 + seconds / topic.STATE_EVERY
    assert "Failed" in states[-1].data


def test_who_comes_after_the_end_is_told_the_end_too(queue: Queue, deployer: User) -> None:
    deployment = queue(scripted("First", "succeed"))
    session = session_of(deployer)
    path = f"/live/deployments/{deployment.pk}"
    with live_server() as server:
        first = server.stream(path, session)
        run(deployment)
        first.until("end")
        assert numbers(server.stream(path, session).until("end"))


def test_a_silent_stream_comments(
    queue: Queue, deployer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "COMMENT_EVERY", 0.1)
    monkeypatch.setattr(hub, "SWEEP_EVERY", 0.1)
    deployment = run(queue(scripted("First", "wait long")))
    with live_server() as server:
        reader = server.stream(f"/live/deployments/{deployment.pk}", session_of(deployer))
        lines = lines_within(reader, seconds=5, until=2 * [b": still here\n"])
    assert lines.count(b": still here\n") == 2, lines


def lines_within(reader: Reader, *, seconds: float, until: list[bytes]) -> list[bytes]:
    """The lines that come in this time, or up to the last of those that are waited for."""
    assert reader.connection.sock is not None
    left, lines = list(until), []
    ends = time.monotonic() + seconds
    while left and (remaining := ends - time.monotonic()) > 0:
        reader.connection.sock.settimeout(remaining)
        try:
            line = reader.response.readline()
        except TimeoutError:
            break  # silence: what came until then is all
        lines.append(line)
        if line == left[0]:
            del left[0]
        elif not line:
            break
    return lines


def _is_deactivated(user: User, deployment: Deployment) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def _is_signed_out(user: User, deployment: Deployment) -> None:
    Session.objects.all().delete()


def _session_runs_out(user: User, deployment: Deployment) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))


def _ends_all_sessions(user: User, deployment: Deployment) -> None:
    User.objects.filter(pk=user.pk).update(session_number=F("session_number") + 1)


def _loses_the_role(user: User, deployment: Deployment) -> None:
    user.grants.all().delete()


def _is_limited_to_another_project(user: User, deployment: Deployment) -> None:
    grant = user.grants.get()
    grant.projects.add(builders.project("another"))
    user.grants.update(all_projects=False)


def _deployment_is_deleted(user: User, deployment: Deployment) -> None:
    deployment.delete()


@pytest.mark.parametrize(
    "loses",
    [
        _is_deactivated,
        _is_signed_out,
        _session_runs_out,
        _ends_all_sessions,
        _loses_the_role,
        _is_limited_to_another_project,
        _deployment_is_deleted,
    ],
)
def test_who_loses_the_right_to_look_is_told_no_more(
    queue: Queue,
    deployer: User,
    monkeypatch: pytest.MonkeyPatch,
    loses: Callable[[User, Deployment], None],
) -> None:
    monkeypatch.setattr(stream, "CHECK_EVERY", 0.2)
    monkeypatch.setattr(hub, "SWEEP_EVERY", 0.1)
    deployment = run(queue(scripted("First", "wait long")))
    with live_server() as server:
        reader = server.stream(f"/live/deployments/{deployment.pk}", session_of(deployer))
        assert reader.next().name == "state"
        time.sleep(0.5)  # it was checked and found unchanged
        loses(deployer, deployment)
        with pytest.raises(EOFError):
            reader.until("end")


def test_who_keeps_the_right_by_another_grant_is_told_on(
    queue: Queue, deployer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "CHECK_EVERY", 0.2)
    monkeypatch.setattr(hub, "SWEEP_EVERY", 0.1)
    deployment = queue(scripted("First", "wait long", "succeed"))
    with live_server() as server:
        reader = server.stream(f"/live/deployments/{deployment.pk}", session_of(deployer))
        assert reader.next().name == "state"
        grant = deployer.grants.get()
        grant.projects.add(deployment.project)
        deployer.grants.update(all_projects=False)
        time.sleep(0.6)
        run(deployment)
        assert reader.until("lines")


def test_the_dashboards_stream_names_the_cells_that_changed(queue: Queue, deployer: User) -> None:
    with live_server() as server:
        reader = server.stream("/live/dashboard", session_of(deployer))
        deployment = run(queue(scripted("First", "succeed")))
        wanted = f"cell-{deployment.project.slug}-staging"
        assert wanted in {event.name for event in reader.until(wanted)}


def test_the_dashboard_hears_of_an_outcome_that_becomes_known_long_after_the_end(
    queue: Queue, deployer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "CELLS_EVERY", 0.1)
    deployment = run(queue(scripted("First", "succeed")))
    an_hour_ago = timezone.now() - timedelta(hours=1)
    Deployment.objects.filter(pk=deployment.pk).update(finished_at=an_hour_ago)
    runs = TargetRun.objects.filter(step_run__deployment=deployment)
    runs.update(unverified=True, finished_at=an_hour_ago)
    wanted = f"cell-{deployment.project.slug}-staging"
    with live_server() as server:
        reader = server.stream("/live/dashboard", session_of(deployer))
        time.sleep(0.5)
        runs.update(unverified=False)
        assert wanted in {event.name for event in reader.until(wanted)}


def test_the_dashboards_stream_is_silent_about_other_projects(queue: Queue, deployer: User) -> None:
    mine = builders.project(steps=[scripted("First", "succeed")])
    viewer = builders.user_with_role("viewer", projects=[mine])
    with live_server() as server:
        reader = server.stream("/live/dashboard", session_of(viewer))
        run(queue(scripted("First", "succeed")))
        ours = run(queue(project=mine))
        events = reader.until(f"cell-{ours.project.slug}-staging")
    assert {event.name for event in events} == {
        "attention",
        f"cell-{ours.project.slug}-staging",
    }


def test_who_is_limited_to_fewer_projects_hears_of_the_others_no_more(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "CHECK_EVERY", 0.2)
    monkeypatch.setattr(hub, "SWEEP_EVERY", 0.1)
    monkeypatch.setattr(hub, "CELLS_EVERY", 0.1)
    mine, other = (builders.project(steps=[scripted("First", "succeed")]) for _ in range(2))
    viewer = builders.user_with_role("viewer", projects=[mine, other])
    with live_server() as server:
        reader = server.stream("/live/dashboard", session_of(viewer))
        theirs = run(queue(project=other))
        assert reader.until(f"cell-{theirs.project.slug}-staging")
        viewer.grants.get().projects.remove(other)
        time.sleep(0.8)  # it was checked, and the news of before are told
        run(queue(project=other))
        time.sleep(0.6)  # these news by themselves
        ours = run(queue(project=mine))
        events = reader.until(f"cell-{ours.project.slug}-staging")
    assert f"cell-{other.slug}-staging" not in {event.name for event in events}


def test_news_are_listened_for_where_and_how_the_database_is_reached() -> None:
    """Also with a certificate authority of one's own, as `verify-full` wants it."""
    chosen = {"sslmode": "verify-full", "sslrootcert": "/etc/ssl/company.pem"}
    made = DatabaseWrapper(
        {
            **connections["default"].settings_dict,
            "NAME": "portal",
            "USER": "ecsportal",
            "PASSWORD": "",
            "HOST": "db.example.com",
            "PORT": "5432",
            "OPTIONS": chosen,
        }
    )
    server = server_parameters(made.get_connection_params())
    assert make_conninfo(**server) == (
        "dbname=portal sslmode=verify-full sslrootcert=/etc/ssl/company.pem"
        " client_encoding=UTF8 user=ecsportal host=db.example.com port=5432"
    )
