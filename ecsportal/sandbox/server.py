"""Serves the sandbox over HTTP/1.1, one thread per connection."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

import boto3

from ecsportal.sandbox.app import SandboxApplication, make_app
from ecsportal.sandbox.calls import CallCount
from ecsportal.sandbox.clock import Mode
from ecsportal.sandbox.faults import Faults


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], application: SandboxApplication) -> None:
        super().__init__(address, _Handler)
        self.application = application

    def server_bind(self) -> None:
        """Bind without HTTPServer's reverse look-up of the host's name, which may hang."""
        super(ThreadingHTTPServer, self).server_bind()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about clients that hang up; the rest goes to stderr as usual."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 300
    wbufsize = -1
    server: _Server

    def _serve(self) -> None:
        body = self._body()
        status_line: list[str] = []
        headers: list[tuple[str, str]] = []

        def start_response(status: str, given: list[tuple[str, str]]) -> None:
            status_line.append(status)
            headers.extend(given)

        parts = self.server.application(self._environ(body), start_response)
        code, _, phrase = status_line[0].partition(" ")
        self.send_response_only(int(code), phrase)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"".join(parts))
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = _serve

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "iso-8859-1"),
            "RAW_URI": self.path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": self.server.server_name,
            "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            key = f"HTTP_{name.upper().replace('-', '_')}"
            if key not in {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"}:
                environ[key] = f"{environ[key]},{value}" if key in environ else value
        return environ

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
        """Write no access log: a poll every few seconds would drown all else."""


def make_server(host: str, port: int, application: SandboxApplication) -> ThreadingHTTPServer:
    """A server that is bound but doesn't serve yet; port 0 takes a free one."""
    return _Server((host, port), application)


class RunningSandbox:
    """A sandbox served by a thread of this process, and its controls."""

    def __init__(self, application: SandboxApplication, url: str) -> None:
        self._application = application
        self.world = application.world
        self.url = url
        self._clients: dict[tuple[str, str], Any] = {}

    @property
    def faults(self) -> Faults:
        """Errors and delays to come: `sandbox.faults.add(service="ecs", code="...")`."""
        return self.world.faults

    def advance(self, seconds: float) -> None:
        """Move the clock and run all that falls due."""
        with self.world.lock:
            self.world.clock.advance(seconds)

    def set_clock(self, mode: Mode, speed: float = 1.0) -> None:
        """Switch the clock: "real", "fast" or "manual"."""
        with self.world.lock:
            self.world.clock.set_mode(mode, speed)

    def scenario(self, image: str, scenario: str | None) -> None:
        """Let images like this glob play a scenario; None takes the rule away."""
        with self.world.lock:
            self.world.scenarios.set(image, scenario)

    def registry(self, **settings: Any) -> None:
        """Change the Docker registry: auth, username, password, repositories, move."""
        with self.world.lock:
            self.world.registry.configure(settings)

    def calls(self) -> dict[str, CallCount]:
        """Counts by `service.Operation` since the last reset."""
        return self.world.calls.counts()

    def count(self, name: str) -> int:
        """How often `service.Operation` was called."""
        entry = self.world.calls.counts().get(name)
        return entry["count"] if entry else 0

    def reset(self) -> None:
        """Back to the seed."""
        with self.world.lock:
            self.world.reset()

    def client(self, service: str, region: str = "eu-west-1") -> Any:
        """A boto3 client of this sandbox; made once, since making one takes 0.1 s."""
        if (service, region) not in self._clients:
            self._clients[service, region] = boto3.client(
                service,  # type: ignore[call-overload]
                region_name=region,
                endpoint_url=self.url,
                aws_access_key_id="AKIASANDBOX000000000",
                aws_secret_access_key="sandbox",  # noqa: S106 -- any secret will do
            )
        return self._clients[service, region]


@contextmanager
def running_sandbox(
    *, clock: Mode = "manual", port: int = 0, validate_answers: bool = True
) -> Iterator[RunningSandbox]:
    """A sandbox on a free port of loopback, gone at the end of the block."""
    application = make_app(clock=clock, validate_answers=validate_answers)
    server = make_server("127.0.0.1", port, application)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield RunningSandbox(application, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
