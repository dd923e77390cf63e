"""One look at all services of a cluster that somebody follows."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ecsportal.aws.shared_look import SharedLooks
from ecsportal.ecs.rollouts import Service, describe_service, describe_services

_looks: SharedLooks[Service] = SharedLooks()
forget_looks = _looks.forget


def followed_service(
    ecs: Any, cluster: str, service: str, *, place: Hashable, now: datetime
) -> Service | None:
    """The service by name or ARN, at most a second old; like `describe_service` otherwise."""
    seen = service_among_others(ecs, cluster, service, place=place, now=now)
    return seen or describe_service(ecs, cluster, service)


def service_among_others(
    ecs: Any, cluster: str, service: str, *, place: Hashable, now: datetime
) -> Service | None:
    """The service as a look at all that are followed in its cluster shows it, at most a second old.

    None where so few are followed that each is looked at by itself, or where the look lacks it.
    """

    def followed(names: Sequence[str]) -> Mapping[str, Service]:
        found = describe_services(ecs, cluster, names)
        return {key: each for each in found for key in (each.arn, each.name)}

    return _looks.of((place, cluster)).at(service, followed, now=now)


def stop_following(cluster: str, service: str, *, place: Hashable) -> None:
    """Leave the service out of the next looks: its deployment has ended."""
    _looks.of((place, cluster)).leave(service)
