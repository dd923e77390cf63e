"""Target groups that a Fargate service can register its tasks with."""

from __future__ import annotations

from ecsportal.aws.lookups.offers import Clients, Offer, by_name, paged


def target_groups(clients: Clients, within: str = "") -> list[Offer]:
    """Those of type ip, each with what it listens to and the load balancer that sends to it.

    ECS refuses a group that hangs on no load balancer.
    """
    return by_name(
        [
            Offer(
                group["TargetGroupArn"],
                group["TargetGroupName"],
                (
                    f"{group.get('Protocol', '')} {group.get('Port', '')}".strip(),
                    _balancer(group.get("LoadBalancerArns") or []),
                    group.get("VpcId", ""),
                ),
            )
            for group in paged(clients("elbv2"), "describe_target_groups", "TargetGroups")
            if group.get("TargetType") == "ip"
        ]
    )


def _balancer(arns: list[str]) -> str:
    """`arn:...:loadbalancer/app/web/50dc6c495c0c9188` is the load balancer web."""
    if not arns:
        return "on no listener yet"
    return "on " + ", ".join(arn.split("/")[-2] for arn in arns)
