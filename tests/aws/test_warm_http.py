"""Calls over an open connection, against a server that answers byte by byte as told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ecsportal.aws.credentials import AwsCredentials, Limits
from ecsportal.aws.errors import AwsError, aws_errors
from ecsportal.aws.sessions import ClientCache, caller_identity

BODY = (
    b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>"
    b"<Arn>arn:aws:sts::123456789012:user/me</Arn></GetCallerIdentityResult>"
    b"</GetCallerIdentityResponse>"
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
PLAIN = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
REFUSED = (
    b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
)


class Server:
    """Answers the n-th request with the n-th script, and the last one again and again.

    A script is a list of pieces, sent one by one; None closes the connection, a number waits.
    """

    def __init__(self) -> None:
        self.scripts: list[list[bytes | float | None]] = [[PLAIN]]
        self.requests: list[list[bytes]] = []
        self.connections = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            while pieces := _request(connection):
                self.requests.append(pieces)
                script = self.scripts[min(len(self.requests), len(self.scripts)) - 1]
                for piece in script:
                    if piece is None:
                        return
                    if isinstance(piece, float):
                        threading.Event().wait(piece)
                    else:
                        connection.sendall(piece)


def _request(connection: socket.socket) -> list[bytes]:
    """The pieces that a whole request came in; none where the connection ended."""
    pieces: list[bytes] = []
    while True:
        piece = connection.recv(65_536)
        if not piece:
            return []
        pieces.append(piece)
        head, found, body = b"".join(pieces).partition(b"\r\n\r\n")
        length = int(_headers(head).get("content-length", "0"))
        if found and len(body) >= length:
            return pieces


def _headers(head: bytes) -> dict[str, str]:
    lines = head.decode().split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def sts(server: Server) -> Any:
    """A client with one open connection."""
    credentials = AwsCredentials(
        kind="access_key",
        access_key_id="AKIA1",
        secret_access_key="secret",
        endpoint_url=server.url,
        endpoint_allow=("127.0.0.1",),
    )
    limits = Limits(connect_seconds=2, read_seconds=0.3, attempts=1)
    sts = ClientCache().client("sts", credentials, "eu-west-1", limits=limits)
    assert caller_identity(sts).account_id == "123456789012"
    return sts


def test_a_call_on_an_open_connection_is_one_write(server: Server, sts: Any) -> None:
    assert caller_identity(sts).arn == "arn:aws:sts::123456789012:user/me"
    assert server.connections == 1
    first, second = (b"".join(pieces).split(b"\r\n\r\n") for pieces in server.requests)
    assert second[1] == first[1]
    assert sorted(_headers(second[0])) == sorted(_headers(first[0]))
    assert _headers(second[0])["host"] == _headers(first[0])["host"]
    assert "ecs-portal" in _headers(second[0])["user-agent"]
    assert len(server.requests[1]) == 1


@pytest.mark.parametrize(
    "pieces",
    [
        [PLAIN[:5], 0.02, PLAIN[5:60], 0.02, PLAIN[60:150], 0.02, PLAIN[150:]],
        [
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
            b"%x\r\n" % 40 + BODY[:40] + b"\r\n",
            b"%x\r\n" % len(BODY[40:]) + BODY[40:] + b"\r\n0\r\n\r\n",
        ],
        [b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN],
    ],
    ids=["in pieces", "in chunks", "after a preliminary one"],
)
def test_an_answer_is_read_however_it_comes(
    server: Server, sts: Any, pieces: list[bytes | float | None]
) -> None:
    server.scripts = [[PLAIN], pieces, [PLAIN]]
    for _ in range(2):
        assert caller_identity(sts).account_id == "123456789012"
    assert (server.connections, len(server.requests)) == (1, 3)


@pytest.mark.parametrize(
    "pieces",
    [
        [PLAIN.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"), None],
        [HEAD + b"\r\n" + BODY, None],
        [PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0"), None],
        [PLAIN + b"more than was announced"],
    ],
    ids=["it says so", "no length", "HTTP/1.0", "too much"],
)
def test_a_connection_that_cannot_go_on_is_not_used_again(
    server: Server, sts: Any, pieces: list[bytes | float | None]
) -> None:
    server.scripts = [[PLAIN], pieces, [PLAIN]]
    for _ in range(2):
        assert caller_identity(sts).account_id == "123456789012"
    assert server.connections == 2


def test_a_refusal_is_told_as_ever(server: Server, sts: Any) -> None:
    head = b"HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\n\r\n" % len(REFUSED)
    server.scripts = [[head + REFUSED]]
    with pytest.raises(AwsError) as caught:
        caller_identity(sts)
    assert caught.value.code == "AWS-PERMISSION"


@pytest.mark.parametrize(
    "pieces",
    [[None], [PLAIN[:40], None], [PLAIN[:-40], None], [2.0], [PLAIN[:-40], 2.0]],
    ids=["closed at once", "in its head", "in its content", "silence", "silence in its content"],
)
def test_an_answer_that_breaks_off_is_no_answer(
    server: Server, sts: Any, pieces: list[bytes | float | None]
) -> None:
    server.scripts = [[PLAIN], pieces, [PLAIN]]
    with pytest.raises(AwsError) as caught, aws_errors:
        caller_identity(sts)
    assert (caught.value.code, caught.value.transient) == ("AWS-UNREACHABLE", True)
    assert caller_identity(sts).account_id == "123456789012"
    assert server.connections == 2


def test_a_connection_that_was_closed_in_between_is_opened_anew(server: Server, sts: Any) -> None:
    server.scripts = [[PLAIN, None]]
    caller_identity(sts)
    threading.Event().wait(0.1)
    caller_identity(sts)
    assert server.connections == 2
