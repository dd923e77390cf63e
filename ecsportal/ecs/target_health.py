"""How a load balancer sees the targets of a target group (ELB, DescribeTargetHealth)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ecsportal.aws.errors import aws_errors

_LEAVING = ("draining", "unused")


@dataclass(frozen=True)
class TargetHealth:
    """One target: `state` is AWS's word (healthy, unhealthy, initial, draining, ...), `reason` its
    code and `words` its sentence; both are empty for a healthy one."""

    id: str
    port: int
    state: str
    reason: str = ""
    words: str = ""

    @property
    def is_leaving(self) -> bool:
        """True for a target that gets no new requests any more."""
        return self.state in _LEAVING


def describe_target_health(elbv2: Any, target_group: str) -> list[TargetHealth]:
    """The targets of the group by its ARN, unhealthy ones first."""
    with aws_errors:
        answer = elbv2.describe_target_health(TargetGroupArn=target_group)
    found = [_from(raw) for raw in answer["TargetHealthDescriptions"]]
    return sorted(found, key=lambda target: (target.state == "healthy", target.id, target.port))


def _from(raw: dict[str, Any]) -> TargetHealth:
    health = raw.get("TargetHealth", {})
    return TargetHealth(
        id=raw["Target"]["Id"],
        port=raw["Target"].get("Port", 0),
        state=health.get("State", ""),
        reason=health.get("Reason", ""),
        words=health.get("Description", ""),
    )
