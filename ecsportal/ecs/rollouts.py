"""A service and its rollouts (ECS calls them deployments), and whether one has settled.

The trap: after ECS has rolled back by itself, the *rollback* is the PRIMARY deployment, complete
and with the old task definition, and the failed one is listed as ACTIVE and FAILED. Whoever looks
only at PRIMARY tells a failure as a success. So every judgement here asks which task definition
runs (ECS developer guide, deployment circuit breaker).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ecsportal.aws.errors import AwsError, aws_errors

_AT_ONCE = 10
"""Services that DescribeServices takes (ECS API reference)."""


@dataclass(frozen=True)
class Rollout:
    """One ECS deployment of a service: `status` PRIMARY, ACTIVE or INACTIVE, `state` how it goes
    (IN_PROGRESS, COMPLETED, FAILED; empty where the controller tells none)."""

    id: str
    status: str
    task_definition: str
    desired: int
    running: int
    pending: int
    failed: int
    state: str = ""
    reason: str = ""
    created_at: datetime | None = None

    @property
    def revision(self) -> str:
        """`web:3` of the task definition's ARN."""
        return self.task_definition.rpartition("/")[2]


@dataclass(frozen=True)
class ServiceEvent:
    """One line of the service's event list; `text` without the `(service NAME) ` before it."""

    id: str
    at: datetime
    text: str


@dataclass(frozen=True)
class Service:
    """A service as DescribeServices shows it; `rollouts` PRIMARY first, `events` newest first."""

    arn: str
    name: str
    cluster: str
    status: str
    task_definition: str
    desired: int
    running: int
    pending: int
    rollouts: tuple[Rollout, ...] = ()
    events: tuple[ServiceEvent, ...] = ()
    target_groups: tuple[str, ...] = ()
    """ARNs of the load balancers' target groups."""

    @property
    def primary(self) -> Rollout | None:
        return next((r for r in self.rollouts if r.status == "PRIMARY"), None)

    def rollouts_of(self, task_definition: str) -> list[Rollout]:
        """The rollouts of one task definition revision."""
        return [r for r in self.rollouts if r.task_definition == task_definition]


class Verdict(StrEnum):
    """How far the service is from running the task definition that was registered."""

    ROLLING = "rolling"
    SETTLED = "settled"
    ROLLED_BACK = "rolled_back"
    """Something else runs: ECS went back, or someone deployed meanwhile."""
    FAILED = "failed"
    GONE = "gone"


def judge(service: Service | None, *, expected: str, tags_only: bool = False) -> Verdict:
    """How the service stands against the `expected` task definition's ARN.

    With `tags_only` nothing was to restart: the revision alone counts.
    """
    if service is None or service.status == "INACTIVE":
        return Verdict.GONE
    primary = service.primary
    if primary is None:
        return Verdict.SETTLED if service.task_definition == expected else Verdict.ROLLING
    if primary.task_definition != expected:
        return Verdict.ROLLED_BACK
    if primary.state == "FAILED":
        return Verdict.FAILED
    if tags_only:
        return Verdict.SETTLED
    full = primary.running >= primary.desired and primary.pending == 0
    # Controllers other than ECS's own tell no state: then the counts have to do.
    done = primary.state == "COMPLETED" or (not primary.state and len(service.rollouts) == 1)
    return Verdict.SETTLED if done and full else Verdict.ROLLING


def ours(service: Service, *, before: Collection[str], expected: str = "") -> list[Rollout]:
    """The rollouts that this deployment began: those whose ids were not there `before`.

    A rollback that ECS began is new too, so with `expected` only that task definition's count.
    """
    return [
        rollout
        for rollout in service.rollouts
        if rollout.id not in before and (not expected or rollout.task_definition == expected)
    ]


def describe_service(ecs: Any, cluster: str, service: str) -> Service | None:
    """The service by name or ARN; None where the cluster or the service doesn't exist."""
    found = describe_services(ecs, cluster, [service])
    return found[0] if found else None


def describe_services(ecs: Any, cluster: str, services: Sequence[str]) -> list[Service]:
    """Those of the services (by name or ARN) that exist; none where the cluster doesn't."""
    found: list[Service] = []
    for first in range(0, len(services), _AT_ONCE):
        some = list(services[first : first + _AT_ONCE])
        try:
            with aws_errors:
                answer = ecs.describe_services(cluster=cluster, services=some)
        except AwsError as error:
            if error.aws_code == "ClusterNotFoundException":
                return []
            raise
        found += map(service_from, answer.get("services") or [])
    return found


def service_from(raw: Mapping[str, Any]) -> Service:
    """The service in our words."""
    return Service(
        arn=raw["serviceArn"],
        name=raw["serviceName"],
        cluster=raw.get("clusterArn", "").rpartition("/")[2],
        status=raw.get("status", ""),
        task_definition=raw.get("taskDefinition", ""),
        desired=raw.get("desiredCount", 0),
        running=raw.get("runningCount", 0),
        pending=raw.get("pendingCount", 0),
        rollouts=tuple(sorted(map(_rollout, raw.get("deployments", [])), key=_primary_first)),
        events=tuple(
            ServiceEvent(e["id"], e["createdAt"], _bare(e.get("message", ""), raw["serviceName"]))
            for e in raw.get("events", [])
        ),
        target_groups=tuple(
            balancer["targetGroupArn"]
            for balancer in raw.get("loadBalancers", [])
            if balancer.get("targetGroupArn")
        ),
    )


def _rollout(raw: Mapping[str, Any]) -> Rollout:
    return Rollout(
        id=raw["id"],
        status=raw.get("status", ""),
        task_definition=raw.get("taskDefinition", ""),
        desired=raw.get("desiredCount", 0),
        running=raw.get("runningCount", 0),
        pending=raw.get("pendingCount", 0),
        failed=raw.get("failedTasks", 0),
        state=raw.get("rolloutState", ""),
        reason=raw.get("rolloutStateReason", ""),
        created_at=raw.get("createdAt"),
    )


def _primary_first(rollout: Rollout) -> int:
    return 0 if rollout.status == "PRIMARY" else 1


def _bare(message: str, name: str) -> str:
    return message.removeprefix(f"(service {name})").strip()
