"""The web server process: uvicorn with the portal's ASGI application."""

from __future__ import annotations

import socket

import uvicorn

from ecsportal.asgi import application


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
        log_level="warning",
        access_log=False,
        server_header=False,
        # Addresses are taken from X-Forwarded-For by the portal itself, by TRUSTED_PROXIES.
        proxy_headers=False,
        timeout_graceful_shutdown=3,
    )
    Server(config).run()
