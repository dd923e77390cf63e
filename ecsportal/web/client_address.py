"""The address a request came from, as far as the proxies on the way are trusted."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from django.conf import settings


def client_address(meta: Mapping[str, Any]) -> str | None:
    """The nearest forwarded address that is no trusted proxy, else the peer's; None if odd."""
    hops = [
        hop.strip() for hop in str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",") if hop.strip()
    ]
    address = str(meta.get("REMOTE_ADDR", ""))
    while hops and _is_trusted(address):
        address = hops.pop()
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return None


def _is_trusted(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
        return any(
            ip in ipaddress.ip_network(net, strict=False) for net in settings.TRUSTED_PROXIES
        )
    except ValueError:
        return False
