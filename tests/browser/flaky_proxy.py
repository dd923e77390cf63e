"""A proxy before the portal that can be made to misbehave as real ones do."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

Mood = Literal["through", "502", "dead", "buffering"]
_BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
PIECE = 65536


class FlakyProxy:
    """Forwards bytes to the portal; `mood` says how it treats new connections."""

    def __init__(self, upstream_port: int) -> None:
        self._upstream = ("127.0.0.1", upstream_port)
        self._mood: Mood = "through"
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.streams: list[str] = []
        """The request line of every stream that was asked for."""
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Where a browser finds the portal behind it."""
        return f"http://127.0.0.1:{self.port}/"

    def be(self, mood: Mood) -> None:
        """Cut every connection and treat the next ones so."""
        self._mood = mood
        for connection in list(self._open):
            _cut(connection)

    def close(self) -> None:
        """Stop listening and cut what is open."""
        self._listener.close()
        self.be("dead")

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._open.add(client)
        try:
            if self._mood == "dead":
                return
            head = _until_blank_line(client)
            first = head.split(b"\r\n", 1)[0].decode("latin-1")
            is_stream = "/live/" in first
            if is_stream:
                self.streams.append(first)
            if self._mood == "502":
                client.sendall(_BAD_GATEWAY)
            elif self._mood == "buffering" and is_stream:
                while client.recv(PIECE):
                    pass
            else:
                self._forward(client, head)
        except OSError:
            pass
        finally:
            self._open.discard(client)
            _cut(client)

    def _forward(self, client: socket.socket, head: bytes) -> None:
        # One request a connection: so every request meets the proxy's mood.
        head = head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1).replace(
            b"\r\nConnection: keep-alive\r\n", b"\r\n"
        )
        with socket.create_connection(self._upstream) as upstream:
            self._open.add(upstream)
            upstream.sendall(head)
            back = threading.Thread(target=_copy, args=(client, upstream), daemon=True)
            back.start()
            _copy(upstream, client)
            self._open.discard(upstream)


@contextmanager
def flaky_proxy(upstream_port: int) -> Iterator[FlakyProxy]:
    """A proxy until the block ends."""
    proxy = FlakyProxy(upstream_port)
    try:
        yield proxy
    finally:
        proxy.close()


def _until_blank_line(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(PIECE)
        if not piece:
            raise ConnectionAbortedError
        head += piece
    return head


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(PIECE):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
