"""The web server's application: live streams, and the pages in bounded thread pools.

Django's own ASGI handler gives each request a thread and a database connection, so pages run
through the WSGI handler in a few threads, streams run in front of Django, and whatever asks AWS or
a registry while a page waits runs in a second pool: a feed that never answers holds no page.
"""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecsportal.settings")

from a2wsgi import WSGIMiddleware  # noqa: E402
from django.conf import settings  # noqa: E402

from ecsportal.startup import require_keys  # noqa: E402
from ecsportal.wsgi import application as pages  # noqa: E402

require_keys()

from ecsportal.deployments.live.download import deployment_of, send_log  # noqa: E402
from ecsportal.deployments.live.route import LiveRoute  # noqa: E402 -- needs the app registry

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

PAGE_THREADS = 3
"""More threads make pages slower: they are bound by the CPU."""
REMOTE_THREADS = 16
LARGEST_BODY = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 64 * 1024
_REMOTE = re.compile(
    r"/remote/.*"
    r"|/projects/[^/]+/releases/new/"
    r"|/api/v1/accounts/[^/]+/test"
    r"|/api/v1/targets/[^/]+/check"
    r"|/api/v1/feeds/[^/]+/(test|tags|repositories)"
    r"|/api/v1/projects/[^/]+/releases(/proposal)?"
    r"|/api/v1/projects/[^/]+/(pick-lists/[^/]+|process/import-(octopus|service))"
)
"""Paths that may ask AWS or a registry: all of `/remote/`, and the posts and calls that do."""


class Application:
    """Routes a request to streams, pages or the pool for remote calls; reads its body first."""

    def __init__(self) -> None:
        self.live = LiveRoute()
        # Any: a2wsgi types the protocols more narrowly than Django and uvicorn do.
        wsgi: Any = pages
        self.pages: Any = WSGIMiddleware(wsgi, workers=PAGE_THREADS)
        self.remote: Any = WSGIMiddleware(wsgi, workers=REMOTE_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] != "http":
            return
        elif scope["path"].startswith("/live/"):
            await self.live(scope, receive, send)
        elif scope["path"] == "/healthz" and scope["method"] in ("GET", "HEAD"):
            await _say_up(send)
        else:
            log = deployment_of(scope)
            if log is not None and await send_log(self.live.hub, scope, send, log):
                return
            body = await _body(receive)
            if body is None:
                await _refuse_body(send)
                return
            pool = self.remote if is_remote(scope["method"], scope["path"]) else self.pages
            await pool(scope, _replay(body, receive), send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.live.hub.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def is_remote(method: str, path: str) -> bool:
    """True for requests that may wait for AWS or a registry."""
    if not _REMOTE.fullmatch(path):
        return False
    asks_on_read = (
        path.startswith("/remote/")
        or path.endswith(("/tags", "/repositories", "/proposal"))
        or "/pick-lists/" in path
    )
    return asks_on_read or method == "POST"


async def _body(receive: Receive) -> bytes | None:
    """The whole body, read before a thread is taken; None where it is too large."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > LARGEST_BODY:
            return None
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replayed() -> dict[str, Any]:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


async def _say_up(send: Send) -> None:
    """Answered here: load balancers ask by address, which isn't among ALLOWED_HOSTS."""
    headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok\n"})


async def _refuse_body(send: Send) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": 413,
            "headers": [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")],
        }
    )
    text = f"The request is larger than {LARGEST_BODY // 1024} KB."
    await send({"type": "http.response.body", "body": text.encode()})


application = Application()
