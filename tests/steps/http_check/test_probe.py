"""One question: redirects, bounds, and addresses that nobody may ask."""

from __future__ import annotations

import pytest

from ecsportal.steps.http_check.probe import Answer, NoAnswerError, ask
from tests.steps.http_check.answers import Reply, served

LOOPBACK = ("127.0.0.1",)


def test_status_and_body_come_back() -> None:
    with served(lambda method, path: (502, {}, f"{method} {path}".encode())) as url:
        answer = ask("POST", f"{url}/healthz?deep=1", expected=200, allow=LOOPBACK)
    assert answer == Answer(502, "POST /healthz?deep=1")
    assert answer.words == "502 Bad Gateway"


def test_a_redirect_is_followed_unless_it_is_expected() -> None:
    def answer(method: str, path: str) -> Reply:
        if path == "/old":
            return 302, {"Location": "/new"}, b""
        return 200, {}, f"{method} {path}".encode()

    with served(answer) as url:
        assert ask("POST", f"{url}/old", expected=200, allow=LOOPBACK).body == "GET /new"
        assert ask("GET", f"{url}/old", expected=302, allow=LOOPBACK).status == 302


def test_a_circle_of_redirects_ends() -> None:
    with (
        served(lambda _method, _path: (307, {"Location": "/"}, b"")) as url,
        pytest.raises(NoAnswerError, match="again and again"),
    ):
        ask("GET", url, expected=200, allow=LOOPBACK)


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "gopher://127.0.0.1/", "http://user:secret@127.0.0.1/"]
)
def test_a_redirect_leads_to_plain_web_addresses_only(target: str) -> None:
    with (
        served(lambda _method, _path: (302, {"Location": target}, b"")) as url,
        pytest.raises(NoAnswerError, match="redirects to an address that is not asked"),
    ):
        ask("GET", url, expected=200, allow=LOOPBACK)


@pytest.mark.parametrize("host", ["169.254.169.254", "[::1]", "127.0.0.2"])
def test_a_redirect_to_the_machine_itself_is_refused(host: str) -> None:
    with (
        served(lambda _method, _path: (302, {"Location": f"http://{host}/latest/"}, b"")) as url,
        pytest.raises(NoAnswerError, match="REMOTE_ALLOW") as refused,
    ):
        ask("GET", url, expected=200, allow=LOOPBACK)
    assert refused.value.is_final


def test_loopback_is_refused_where_the_operator_did_not_allow_it() -> None:
    asked = []
    with (
        served(lambda _method, path: asked.append(path) or (200, {}, b"")) as url,
        pytest.raises(NoAnswerError, match="REMOTE_ALLOW"),
    ):
        ask("GET", url, expected=200, allow=())
    assert asked == []


def test_no_more_than_the_first_megabyte_is_read() -> None:
    with served(lambda _method, _path: (200, {}, b"x" * 3_000_000)) as url:
        assert len(ask("GET", url, expected=200, allow=LOOPBACK).body) == 1024 * 1024


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:1/", "connection refused"),
        ("http://no-such-host.invalid/", "its name can't be resolved"),
    ],
)
def test_why_nothing_came_back_is_told(url: str, words: str) -> None:
    with pytest.raises(NoAnswerError, match=words) as told:
        ask("GET", url, expected=200, allow=LOOPBACK)
    assert not told.value.is_final


def test_bytes_that_are_no_text_do_no_harm() -> None:
    with served(lambda _method, _path: (299, {}, b"\xff\xfe\x00ok")) as url:
        answer = ask("GET", url, expected=200, allow=LOOPBACK)
    assert "ok" in answer.body
    assert answer.words == "299"
