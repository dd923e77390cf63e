"""CloudWatch log groups."""

from __future__ import annotations

from typing import Any

from ecsportal.aws.errors import aws_errors
from ecsportal.aws.lookups.offers import Clients, Offer, by_name, paged


def log_groups(clients: Clients, within: str = "") -> list[Offer]:
    """Each with how long it keeps its lines."""
    return by_name(
        [
            Offer(group["logGroupName"], facts=(_kept(group.get("retentionInDays")),))
            for group in paged(clients("logs"), "describe_log_groups", "logGroups")
        ]
    )


def log_group_exists(logs: Any, name: str) -> bool:
    """True for a group of exactly this name."""
    with aws_errors:
        answer = logs.describe_log_groups(logGroupNamePrefix=name, limit=50)
    return any(group["logGroupName"] == name for group in answer["logGroups"])


def _kept(days: int | None) -> str:
    if days is None:
        return "kept for ever"
    return "kept for 1 day" if days == 1 else f"kept for {days} days"
