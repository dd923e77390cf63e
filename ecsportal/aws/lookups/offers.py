"""What a look-up answers, and reading pages without end in sight only so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecsportal.aws.errors import aws_errors

MOST = 1000
"""Items read of one kind; an account with more gets the first ones offered."""

Clients = Callable[[str], Any]
"""boto3 clients by service name."""


@dataclass(frozen=True)
class Offer:
    """One thing that a field may name: `value` goes into the field, the rest tells it apart."""

    value: str
    name: str = ""
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lookup:
    """One kind of thing: its noun, what to type instead, and whose permissions it needs.

    `prefix` is the service as IAM actions name it. `read` takes clients and what the list lies
    within (an access point's file system), empty for all.
    """

    noun: str
    typed: str
    prefix: str
    read: Callable[[Clients, str], list[Offer]]


def paged(client: Any, operation: str, key: str, **arguments: Any) -> Iterator[Any]:
    """The items under `key` of all pages, at most MOST."""
    seen = 0
    with aws_errors:
        for page in client.get_paginator(operation).paginate(**arguments):
            for item in page.get(key, ()):
                if seen == MOST:
                    return
                seen += 1
                yield item


def name_tag(tags: Sequence[Mapping[str, str]] | None) -> str:
    """The value of the tag Name, as consoles show it."""
    return next((tag.get("Value", "") for tag in tags or () if tag.get("Key") == "Name"), "")


def by_name(offers: Sequence[Offer]) -> list[Offer]:
    """Named ones first, by name; the others by value."""
    return sorted(offers, key=lambda offer: (not offer.name, offer.name.lower(), offer.value))
