"""Addresses that people enter, held against the address guard while they are being saved.

The guard itself acts when the portal connects. Saying it here already, for what needs no name
server, saves a failed test.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings

from ecsportal.aws.address_guard import AddressGuard, AddressRefusedError
from ecsportal.infrastructure.rules import literal_address
from ecsportal.problems import FieldError


def refused_address(field: str, url: str) -> list[FieldError]:
    """Why this address is never connected to; empty for names, which only the guard resolves."""
    address = literal_address(url)
    if address is None:
        return []
    guard = AddressGuard(settings.REMOTE_ALLOW, resolver=lambda _host, _port: [address])
    try:
        guard.addresses_for(urlsplit(url).hostname or "", 0)
    except AddressRefusedError as error:
        return [FieldError(field, str(error), "address")]
    return []
