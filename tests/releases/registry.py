"""A small Docker registry over HTTP, for tests: it counts what it is asked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import urlsplit


@dataclass
class Registry:
    """`tags` by repository; `digests` where they differ from the one made of the tag's name."""

    url: str = ""
    tags: dict[str, list[str]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    status: int = 200
    """What every request is answered with, unless it is 200."""
    silent: Event = field(default_factory=Event)
    """While set, nothing is answered until the registry closes."""
    asked: list[str] = field(default_factory=list)
    closing: Event = field(default_factory=Event)

    def digest(self, repository: str, tag: str) -> str:
        """The digest of a tag."""
        name = f"{repository}:{tag}"
        return self.digests.get(name) or f"sha256:{hashlib.sha256(name.encode()).hexdigest()}"


@contextmanager
def running_registry(**tags: list[str]) -> Iterator[Registry]:
    """A registry with these repositories, until the block ends."""
    registry = Registry(tags=dict(tags))
    server = _Server(registry)
    registry.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        registry.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, registry: Registry) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.registry = registry


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:  # noqa: N802 -- http.server's name
        path = urlsplit(self.path).path
        self.server.registry.asked.append(f"GET {path}")
        if self._refuses():
            return
        repository = path.removeprefix("/v2/").removesuffix("/tags/list")
        if repository not in self.server.registry.tags:
            self._answer(404, {"errors": [{"code": "NAME_UNKNOWN"}]})
            return
        self._answer(200, {"name": repository, "tags": self.server.registry.tags[repository]})

    def do_HEAD(self) -> None:  # noqa: N802 -- as above
        path = urlsplit(self.path).path
        self.server.registry.asked.append(f"HEAD {path}")
        if self._refuses():
            return
        repository, _, tag = path.removeprefix("/v2/").rpartition("/manifests/")
        if tag not in self.server.registry.tags.get(repository, []):
            self._answer(404, None)
            return
        self.send_response(200)
        self.send_header("Docker-Content-Digest", self.server.registry.digest(repository, tag))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _refuses(self) -> bool:
        if self.server.registry.silent.is_set():
            self.server.registry.closing.wait(20)
            return True
        if self.server.registry.status != 200:
            self._answer(self.server.registry.status, {"errors": [{"code": "REFUSED"}]})
            return True
        return False

    def _answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode() if body is not None else b""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Nothing: the test's output is the test's."""
