"""Clusters: what a deployment target points to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from ecsportal.aws.errors import AwsError, aws_errors

_USABLE_FOR = timedelta(seconds=30)
_usable: WeakKeyDictionary[Any, dict[str, datetime]] = WeakKeyDictionary()
"""When a cluster was last seen as usable, by client and by its name or ARN."""
forget_clusters = _usable.clear


@dataclass(frozen=True)
class Cluster:
    """A cluster as DescribeClusters shows it; `tags` is empty unless they were asked for."""

    arn: str
    name: str
    status: str
    services: int = 0
    running_tasks: int = 0
    pending_tasks: int = 0
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        return self.status == "ACTIVE"


def describe_cluster(ecs: Any, name: str) -> Cluster | None:
    """The cluster by name or ARN, or None where there is none (a deleted one shows INACTIVE)."""
    try:
        with aws_errors:
            answer = ecs.describe_clusters(clusters=[name], include=["TAGS"])
    except AwsError as error:
        if error.aws_code == "ClusterNotFoundException":
            return None
        raise
    found = answer.get("clusters") or []
    return _cluster(found[0]) if found else None


def is_usable(ecs: Any, name: str, *, now: datetime) -> bool:
    """True where the cluster is there and takes services, as seen half a minute ago at most.

    A fleet's deployments to one cluster ask for the same. That it is *not* there is never kept.
    """
    seen = _usable.setdefault(ecs, {})
    at = seen.get(name)
    if at is not None and abs(now - at) < _USABLE_FOR:
        return True
    cluster = describe_cluster(ecs, name)
    if cluster is None or not cluster.usable:
        return False
    seen[name] = now
    return True


def list_clusters(ecs: Any) -> list[Cluster]:
    """All clusters of the account and region with their tags, by name."""
    arns: list[str] = []
    clusters: list[Cluster] = []
    with aws_errors:
        for page in ecs.get_paginator("list_clusters").paginate():
            arns.extend(page["clusterArns"])
        for start in range(0, len(arns), 100):  # DescribeClusters takes 100
            answer = ecs.describe_clusters(clusters=arns[start : start + 100], include=["TAGS"])
            clusters.extend(map(_cluster, answer["clusters"]))
    return sorted(clusters, key=lambda cluster: cluster.name)


def _cluster(raw: Mapping[str, Any]) -> Cluster:
    return Cluster(
        arn=raw["clusterArn"],
        name=raw["clusterName"],
        status=raw.get("status", ""),
        services=raw.get("activeServicesCount", 0),
        running_tasks=raw.get("runningTasksCount", 0),
        pending_tasks=raw.get("pendingTasksCount", 0),
        tags={tag["key"]: tag.get("value", "") for tag in raw.get("tags", [])},
    )
