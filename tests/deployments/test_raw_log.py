"""The raw log: text as a person would save it, streamed without holding up pages."""

from __future__ import annotations

import http.client
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from ecsportal.deployments.models import Deployment, Level, LogLine, State
from ecsportal.people.models import Role
from tests import builders
from tests.deployments.live_server import live_server


@pytest.fixture
def failed(transactional_db: None) -> Deployment:
    """A deployment that failed, with lines of each kind of node."""
    staging = builders.environment("Staging")
    target = builders.target("shop-staging", environments=[staging])
    release = builders.release(builders.project("Web shop"), "1.4.2")
    deployment = builders.deployment(release, staging, state=State.FAILED, targets=[target])
    builders.log_lines(deployment, "Deploying web-shop 1.4.2.")
    builders.many_lines(deployment, 1, step="deploy-web", target="shop-staging")
    builders.many_lines(deployment, 1, step="deploy-web", target="shop-staging", part="rollback")
    builders.log_lines(deployment, "It failed.", level=Level.FATAL)
    at = timezone.now().replace(hour=12, minute=0, second=7, microsecond=0)
    LogLine.objects.update(at=at)
    return deployment


def expected_lines() -> str:
    line = LogLine.objects.first()
    assert line is not None
    clock = f"{line.at.astimezone(ZoneInfo('Europe/Athens')):%H:%M:%S}"
    return (
        f"{clock}   Info     |   Deploying web-shop 1.4.2.\n"
        "| == Failed: Step 1: Deploy web on shop-staging ==\n"
        f"{clock}   Info     |   line 1\n"
        "| == Failed: Step 1: Deploy web on shop-staging, rollback ==\n"
        f"{clock}   Info     |   line 1\n"
        "| == Deployment ==\n"
        f"{clock}   Fatal    |   It failed.\n"
    )


def test_it_is_text_with_a_heading_for_each_node_in_the_readers_zone(failed: Deployment) -> None:
    client = builders.signed_in(builders.user_with_role())
    client.cookies["tz"] = "Europe/Athens"
    answer = client.get(f"/deployments/{failed.pk}/log.txt")
    name = f"web-shop-1.4.2-{failed.pk}.log"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    body = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    head, _, lines = body.partition("\n\n")
    assert head.startswith("Deploy Web shop 1.4.2 to Staging: Failed\nAsked for ")
    assert lines == expected_lines()


def ask(port: int, path: str, client: Client) -> http.client.HTTPResponse:
    """The answer of the real web server to this client's session."""
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers={"Cookie": cookies})
    return connection.getresponse()


def test_the_web_server_streams_the_same_text_beside_its_pages(failed: Deployment) -> None:
    builders.many_lines(failed, 5_000, step="deploy-web", target="shop-staging")
    client = builders.signed_in(builders.user_with_role())
    client.cookies["tz"] = "Europe/Athens"
    with live_server() as server:
        answer = ask(server.port, f"/deployments/{failed.pk}/log.txt", client)
        body = answer.read().decode()
    assert answer.status == 200
    assert "X-Request-ID" not in answer.headers  # no page's thread took part
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert body.partition("\n\n")[2].startswith(expected_lines())
    assert body.count("|   line ") == 5_002


def test_who_may_not_have_it_gets_the_pages_answer(failed: Deployment) -> None:
    outsider = builders.user_with_role(
        name="otto", role=Role.VIEWER, projects=[builders.project("Other")]
    )
    path = f"/deployments/{failed.pk}/log.txt"
    with live_server() as server:
        assert ask(server.port, path, builders.signed_in(outsider)).status == 404
        signed_out = ask(server.port, path, Client())
    assert signed_out.status == 302
    assert signed_out.headers["Location"].startswith("/accounts/login/")
