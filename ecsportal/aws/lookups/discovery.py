"""Cloud Map namespaces, as Service Connect uses them."""

from __future__ import annotations

from ecsportal.aws.lookups.offers import Clients, Offer, by_name, paged

_KINDS = {"HTTP": "HTTP", "DNS_PRIVATE": "private DNS", "DNS_PUBLIC": "public DNS"}


def namespaces(clients: Clients, within: str = "") -> list[Offer]:
    """Each by its name, with its kind."""
    return by_name(
        [
            Offer(
                space["Name"],
                facts=(_KINDS.get(space.get("Type", ""), space.get("Type", "")), space["Id"]),
            )
            for space in paged(clients("servicediscovery"), "list_namespaces", "Namespaces")
        ]
    )
