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

    def followed(names: Sequence[str]) -> Mapping[str, Service]:
        found = describe_services(ecs, cluster, names)
        return {key: each for each in found for key in (each.arn, each.name)}

    look = _looks.of((place, cluster))
    return look.at(service, followed, now=now) or describe_service(ecs, cluster, service)
