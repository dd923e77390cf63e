"""Every other AWS service: moto, in this process, loaded and filled on first use.

moto is imported only when a request needs it: with all its services loaded it costs more memory
than the rest of the sandbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from ecsportal.sandbox.ecs.state import LogSink
from ecsportal.sandbox.identifiers import ACCOUNT_ID
from ecsportal.sandbox.incoming import Answer, Environ, Incoming

_GLOBAL = frozenset({"iam", "sts", "s3"})
_BACKENDS = {"elasticloadbalancing": "elbv2", "elasticfilesystem": "efs"}


class MotoServices:
    """moto's backends and its WSGI dispatcher; `seed` fills a service's region before first use."""

    def __init__(self, seed: Callable[[MotoServices, str, str], None]) -> None:
        self._seed = seed
        self._seeded: set[tuple[str, str]] = set()
        self._application: Callable[..., Iterable[bytes]] | None = None

    def answer(self, environ: Environ, incoming: Incoming) -> Answer:
        """Let moto answer the request."""
        if incoming.service:
            name = _BACKENDS.get(incoming.service, incoming.service)
            self.prepare(name, incoming.region or "us-east-1")
        if self._application is None:
            from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 -- costs 20 MB
                DomainDispatcherApplication,
                create_backend_app,
            )

            self._application = DomainDispatcherApplication(create_backend_app)
        head: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            head[:] = [int(status.split()[0]), dict(headers)]

        parts = self._application(environ, start_response)
        body = b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()
        return head[0], head[1], body

    def backend(self, name: str, region: str) -> Any:
        """moto's own object behind a service in a region ("logs", "ecr", "ec2"...), filled."""
        self.prepare(name, region)
        return _load(name, region)

    def is_used(self, name: str, region: str) -> bool:
        """True if the service has been loaded there since the last reset."""
        return (name, _place(name, region)) in self._seeded

    def prepare(self, name: str, region: str) -> None:
        """Load and fill a service's region, once."""
        key = (name, _place(name, region))
        if key not in self._seeded:
            self._seeded.add(key)
            self._seed(self, name, region)

    def reset(self) -> None:
        """Empty what was loaded; it is filled again on the next use."""
        if self._seeded:
            from moto.backends import get_backend  # noqa: PLC0415 -- loaded already

            for name in {name for name, _ in self._seeded}:
                get_backend(name).reset()  # type: ignore[call-overload]
        self._seeded.clear()


def _place(name: str, region: str) -> str:
    return "aws" if name in _GLOBAL else region


def _load(name: str, region: str) -> Any:
    from moto.backends import get_backend  # noqa: PLC0415 -- costs 20 MB

    return get_backend(name)[ACCOUNT_ID][_place(name, region)]  # type: ignore[call-overload]


class MotoLogs(LogSink):
    """Containers' logs, kept in moto's CloudWatch Logs."""

    def __init__(self, moto: MotoServices) -> None:
        self._moto = moto

    def has_group(self, region: str, group: str) -> bool:
        """True if the log group exists."""
        return group in self._moto.backend("logs", region).groups

    def write(
        self, region: str, group: str, stream: str, lines: list[tuple[datetime, str]]
    ) -> None:
        """Append lines to a stream; a missing group swallows them."""
        backend = self._moto.backend("logs", region)
        if group not in backend.groups:
            return
        if stream not in backend.groups[group].streams:
            backend.create_log_stream(group, stream)
        # Not through put_log_events: it refuses times that differ too much from the wall clock.
        backend.groups[group].streams[stream].put_log_events(
            [{"timestamp": int(at.timestamp() * 1000), "message": text} for at, text in lines]
        )
