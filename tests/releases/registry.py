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
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(registry))
    server.daemon_threads = True
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


def _handler(registry: Registry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 -- http.server's name
            path = urlsplit(self.path).path
            registry.asked.append(f"GET {path}")
            if self._refuses():
                return
            repository = path.removeprefix("/v2/").removesuffix("/tags/list")
            if repository not in registry.tags:
                self._answer(404, {"errors": [{"code": "NAME_UNKNOWN"}]})
                return
            self._answer(200, {"name": repository, "tags": registry.tags[repository]})

        def do_HEAD(self) -> None:  # noqa: N802 -- as above
            path = urlsplit(self.path).path
            registry.asked.append(f"HEAD {path}")
            if self._refuses():
                return
            repository, _, tag = path.removeprefix("/v2/").rpartition("/manifests/")
            if tag not in registry.tags.get(repository, []):
                self._answer(404, None)
                return
            self.send_response(200)
            self.send_header("Docker-Content-Digest", registry.digest(repository, tag))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _refuses(self) -> bool:
            if registry.silent.is_set():
                registry.closing.wait(20)
                return True
            if registry.status != 200:
                self._answer(registry.status, {"errors": [{"code": "REFUSED"}]})
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

    return Handler
