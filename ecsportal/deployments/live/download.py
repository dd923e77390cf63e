"""The raw log, streamed beside the pages: however slow its reader is, it holds no page thread."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from ecsportal.deployments import raw_log
from ecsportal.deployments.live import admission
from ecsportal.deployments.live.hub import Hub
from ecsportal.web.middleware import TIME_ZONE_COOKIE, zone_named

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_PATH = re.compile(r"/deployments/(\d{1,18})/log\.txt")


def deployment_of(scope: Scope) -> int | None:
    """The deployment whose raw log is asked for; None for every other request."""
    found = _PATH.fullmatch(scope["path"])
    return int(found[1]) if found and scope["method"] == "GET" else None


async def send_log(hub: Hub, scope: Scope, send: Send, deployment_id: int) -> bool:
    """Stream it to who may have it; False where a page has to say what is in the way.

    A piece is read only once the one before it has been taken: a few thousand lines are held.
    """
    if not admission.host_is_allowed(scope):
        return False
    key = admission.session_key(scope)
    status, _ = await hub.read(admission.DeploymentWatch(key, deployment_id).check)
    if status != 200:
        return False
    head = await hub.read_for_download(raw_log.head_of, deployment_id)
    zone = zone_named(admission.cookie(scope, TIME_ZONE_COOKIE))
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-type", raw_log.CONTENT_TYPE.encode()),
                (b"content-disposition", raw_log.disposition(head).encode()),
                (b"cache-control", b"no-store"),
                (b"x-content-type-options", b"nosniff"),
            ],
        }
    )
    text, cursor = raw_log.opening(head, zone), raw_log.Cursor()
    while text:
        await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
        text, cursor = await hub.read_for_download(raw_log.piece, head, cursor, zone)
    await send({"type": "http.response.body", "body": b"", "more_body": False})
    return True
