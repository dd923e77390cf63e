"""Which addresses the portal may connect to when a user names the host.

A feed's URL or an account's endpoint is user input: without a guard it would reach the machine's
own services and the cloud's metadata address. Private ranges stay allowed, registries live there.
The check is made on the resolved address that is then connected to, so neither a redirect nor a
name that resolves differently the second time gets around it.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

ANYTHING = "*"
"""The entry that allows every address: for endpoints that the operator chose."""

_METADATA = (
    ipaddress.ip_address("169.254.169.254"),  # AWS, Azure, Google, and most others
    ipaddress.ip_address("169.254.170.2"),  # credentials of ECS tasks
    ipaddress.ip_address("fd00:ec2::254"),  # AWS over IPv6
    ipaddress.ip_address("fd00:ec2::23"),  # credentials of EKS pods
    ipaddress.ip_address("100.100.100.200"),  # Alibaba Cloud
)

Resolver = Callable[[str, int], list[str]]


class AddressRefusedError(Exception):
    """The host leads to an address that only REMOTE_ALLOW could open."""

    def __init__(self, host: str, address: str) -> None:
        self.host = host
        self.address = address
        where = address if host == address else f"{host} ({address})"
        super().__init__(
            f"{where} is a loopback, link-local or metadata address, which the portal does not"
            " connect to unless REMOTE_ALLOW names the host or its network."
        )


def is_refused(address: IpAddress) -> bool:
    """True for addresses that belong to the machine or its link, not to a network of services."""
    plain: IpAddress = address
    if isinstance(address, ipaddress.IPv6Address):
        embedded = address.ipv4_mapped or address.sixtofour or _nat64(address)
        plain = embedded or address
    return (
        plain.is_loopback
        or plain.is_link_local
        or plain.is_unspecified
        or plain.is_multicast
        or plain in _METADATA
        or (plain.version == 4 and plain in ipaddress.ip_network("0.0.0.0/8"))
    )


def _nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address behind the well-known NAT64 prefix (RFC 6052)."""
    if address in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host in the system's order, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class AddressGuard:
    """Resolves a host for connecting, or refuses; `allow` has host names, addresses, networks."""

    def __init__(self, allow: Iterable[str] = (), *, resolver: Resolver = resolve) -> None:
        self._resolver = resolver
        self._anything = False
        self._hosts: set[str] = set()
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for entry in (text.strip().lower() for text in allow):
            if entry == ANYTHING:
                self._anything = True
                continue
            try:
                self._networks.append(ipaddress.ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                if entry:
                    self._hosts.add(entry.rstrip("."))

    def addresses_for(self, host: str, port: int) -> list[str]:
        """The addresses to try, in order; AddressRefusedError when the host leads elsewhere too.

        One refused address among several refuses the host: which one is used would be chance.
        """
        bare = host.strip("[]").rstrip(".").lower()
        addresses = self._resolver(bare, port)
        if not self._anything and bare not in self._hosts:
            for address in addresses:
                if not self.allows(address):
                    raise AddressRefusedError(bare, address)
        return addresses

    def allows(self, address: str) -> bool:
        """True when this address may be connected to."""
        parsed = ipaddress.ip_address(address.split("%")[0])
        if self._anything or not is_refused(parsed):
            return True
        return any(parsed.version == net.version and parsed in net for net in self._networks)
