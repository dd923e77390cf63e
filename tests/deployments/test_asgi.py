"""The front of the web server: which pool a request goes to, and what it refuses to read."""

from __future__ import annotations

import http.client
from typing import Any

import pytest

from ecsportal.asgi import LARGEST_BODY, is_remote
from tests.deployments.live_server import live_server


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/remote/projects/web-shop/releases/new/image/"),
        ("GET", "/remote/anything"),
        ("POST", "/remote/projects/web-shop/releases/new/"),
        ("POST", "/remote/targets/web/check/"),
        ("POST", "/api/v1/accounts/shop/test"),
        ("POST", "/api/v1/targets/web/check"),
        ("POST", "/api/v1/feeds/docker-hub/test"),
        ("GET", "/api/v1/feeds/docker-hub/tags"),
        ("GET", "/api/v1/feeds/docker-hub/repositories"),
        ("GET", "/api/v1/projects/web-shop/releases/proposal"),
        ("POST", "/api/v1/projects/web-shop/releases"),
    ],
)
def test_what_may_wait_for_aws_or_a_registry_has_its_own_pool(method: str, path: str) -> None:
    assert is_remote(method, path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/projects/"),
        ("GET", "/projects/web-shop/releases/new/"),
        ("GET", "/infrastructure/feeds/docker-hub/"),
        ("GET", "/api/v1/projects/web-shop/releases"),
        ("GET", "/api/v1/feeds"),
        ("POST", "/api/v1/feeds"),
        ("POST", "/projects/web-shop/releases/1.0.0/deploy/staging/"),
        ("GET", "/somewhere/remote/"),
    ],
)
def test_pages_never_stand_in_line_behind_them(method: str, path: str) -> None:
    assert not is_remote(method, path)


def send(port: int, body: bytes, path: str = "/healthz") -> tuple[int, str]:
    """The answer to a POST with this body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", path, body=body)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_a_body_that_is_too_large_is_refused_with_its_limit() -> None:
    with live_server() as server:
        status, text = send(server.port, b"x" * (LARGEST_BODY + 1))
    assert (status, text) == (413, f"The request is larger than {LARGEST_BODY // 1024} KB.")


def test_a_body_up_to_the_limit_reaches_its_page() -> None:
    with live_server() as server:
        status, _ = send(server.port, b"x" * LARGEST_BODY)
    assert status == 403  # the page has seen it: it misses the CSRF token


def test_pages_and_streams_answer_at_the_same_port() -> None:
    with live_server() as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b"ok\n"
        connection.close()
        assert server.stream("/live/nothing").status == 404


def test_a_load_balancer_may_ask_whether_the_process_is_up_by_its_address(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["portal.example.com"]
    with live_server() as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"ok\n")
        connection.request("HEAD", "/healthz")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
        connection.request("GET", "/readyz")
        assert connection.getresponse().status == 400
        connection.close()
