"""urllib3 connections that go only where an `AddressGuard` lets them.

`requests` (registries) and botocore (accounts with an endpoint of their own) both connect through
urllib3, so one mixin serves both: it resolves the host, checks what came out, and connects to
exactly those addresses.
"""

from __future__ import annotations

import socket
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from ecsportal.aws.address_guard import AddressGuard


class _Guarded:
    """Mixed in before a urllib3 connection class; `guard` is set on the class made for it."""

    guard: AddressGuard

    def _new_conn(self) -> socket.socket:
        connection: Any = self
        if connection.proxy is not None:
            # The operator's proxy resolves and decides; its own address is not user input.
            direct: socket.socket = super()._new_conn()  # type: ignore[misc]
            return direct
        host = connection.host
        try:
            addresses = self.guard.addresses_for(host, connection.port)
        except socket.gaierror as error:
            raise NameResolutionError(host, connection, error) from error
        return self._connect(connection, addresses)

    def _connect(self, connection: Any, addresses: list[str]) -> socket.socket:
        failure: OSError = OSError("no address")
        for address in addresses:
            try:
                return create_connection(
                    (address, connection.port),
                    connection.timeout,
                    source_address=connection.source_address,
                    socket_options=connection.socket_options,
                )
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(connection, f"{connection.host} timed out") from failure
        raise NewConnectionError(connection, str(failure)) from failure


def guarded_pools(
    guard: AddressGuard,
    http: type[Any] = HTTPConnectionPool,
    https: type[Any] = HTTPSConnectionPool,
) -> dict[str, type[Any]]:
    """Connection pool classes by scheme, subclasses of the given ones, that obey the guard."""
    pools = {}
    for scheme, pool in (("http", http), ("https", https)):
        connection = type("GuardedConnection", (_Guarded, pool.ConnectionCls), {"guard": guard})
        pools[scheme] = type("GuardedPool", (pool,), {"ConnectionCls": connection})
    return pools


class GuardedAdapter(HTTPAdapter):
    """A `requests` adapter whose every connection, redirects included, obeys the guard."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = guarded_pools(self._guard)
