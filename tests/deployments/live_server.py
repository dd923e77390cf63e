"""The portal's real ASGI application on a free port, in a thread; and a reader of its streams."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from ecsportal.asgi import Application
from ecsportal.deployments.live.protocol import Protocol


@dataclass
class Event:
    """One server-sent event."""

    name: str = ""
    data: str = ""
    id: str = ""


@dataclass
class Reader:
    """An open stream: `next()` gives the next event, skipping comments."""

    response: http.client.HTTPResponse
    connection: http.client.HTTPConnection
    status: int
    _lines: list[str] = field(default_factory=list)

    def next(self) -> Event:
        """The next event; raises EOFError at the stream's end, TimeoutError when it is silent."""
        event = Event()
        while line := self.response.readline():
            text = line.decode().rstrip("\n")
            if not text and event.name:
                return event
            key, _, value = text.partition(": ")
            if key == "event":
                event.name = value
            elif key == "id":
                event.id = value
            elif key == "data" or text == "data: ":
                event.data += value + "\n"
        raise EOFError

    def until(self, name: str) -> list[Event]:
        """All events up to the first of this name, that one included."""
        events = [self.next()]
        while events[-1].name != name:
            events.append(self.next())
        return events

    def close(self) -> None:
        self.response.close()
        self.connection.close()


class LiveServer:
    """Where the server listens."""

    def __init__(self, port: int) -> None:
        self.port = port

    def stream(self, path: str, session: str = "", **headers: str) -> Reader:
        """Open a stream with a session cookie."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        sent = {"Accept": "text/event-stream", **headers}
        if session:
            sent["Cookie"] = f"sessionid={session}"
        connection.request("GET", path, headers=sent)
        response = connection.getresponse()
        return Reader(response, connection, response.status)


class _Server(uvicorn.Server):
    """Ends its streams first, as the portal's own server does."""

    def __init__(self, application: Application) -> None:
        super().__init__(
            uvicorn.Config(
                application,  # type: ignore[arg-type]
                http=Protocol,
                log_level="error",
                timeout_graceful_shutdown=1,
            )
        )
        self.application = application

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self.application.live.hub.close()
        await super().shutdown(sockets=sockets)

    def install_signal_handlers(self) -> None:
        """None: the test process keeps its own."""


@contextmanager
def live_server(port: int = 0) -> Iterator[LiveServer]:
    """Serve until the block ends."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    server = _Server(Application())
    options: dict[str, Any] = {"sockets": [listener]}
    thread = threading.Thread(target=server.run, kwargs=options, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield LiveServer(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
