"""The web server process: uvicorn with the portal's ASGI application."""

from __future__ import annotations

import gc
import resource
import socket

import uvicorn

from ecsportal.asgi import application
from ecsportal.deployments.live.protocol import Protocol

DESCRIPTORS = 65_536


class Server(uvicorn.Server):
    """Closes the live streams first: an open stream would keep the server from ending."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await application.live.hub.close()
        await super().shutdown(sockets=sockets)


def serve(host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; requests under way get three seconds."""
    config = uvicorn.Config(
        application,
        host=host,
        port=port,
        http=Protocol,
        log_level="warning",
        access_log=False,
        server_header=False,
        # Addresses are taken from X-Forwarded-For by the portal itself, by TRUSTED_PROXIES.
        proxy_headers=False,
        timeout_graceful_shutdown=3,
    )
    _allow_many_connections()
    _spare_the_collector()
    Server(config).run()


def _allow_many_connections() -> None:
    """Each open page holds one; the usual soft limit of 1,024 descriptors is for other programs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _spare_the_collector() -> None:
    """Look for garbage more seldom, and not among what stays: with a thousand open streams each
    full search would hold up all of them for a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
