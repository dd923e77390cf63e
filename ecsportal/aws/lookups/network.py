"""Subnets and security groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ecsportal.aws.errors import AwsError
from ecsportal.aws.lookups.offers import Clients, Offer, by_name, name_tag, paged


def subnets(clients: Clients, within: str = "") -> list[Offer]:
    """Each with its zone, network and VPC, and whether it is public.

    Public is a subnet whose route table leads to an internet gateway; its own table, or else the
    VPC's main one. Where tables or VPCs may not be read, that is left out.
    """
    ec2 = clients("ec2")
    found = list(paged(ec2, "describe_subnets", "Subnets"))
    names = _vpc_names(ec2)
    routes = _public_tables(ec2)
    return by_name(
        [
            Offer(
                subnet["SubnetId"],
                name_tag(subnet.get("Tags")),
                (
                    subnet.get("AvailabilityZone", ""),
                    *_publicity(subnet, routes),
                    subnet.get("CidrBlock", ""),
                    _vpc(subnet.get("VpcId", ""), names),
                ),
            )
            for subnet in found
        ]
    )


def security_groups(clients: Clients, within: str = "") -> list[Offer]:
    """Each with its name, VPC and description."""
    ec2 = clients("ec2")
    found = list(paged(ec2, "describe_security_groups", "SecurityGroups"))
    names = _vpc_names(ec2)
    return by_name(
        [
            Offer(
                group["GroupId"],
                group.get("GroupName", ""),
                (_vpc(group.get("VpcId", ""), names), group.get("Description", "")),
            )
            for group in found
        ]
    )


def missing_subnets(ec2: Any, ids: Sequence[str]) -> list[str]:
    """Those of the subnets that aren't there."""
    filters = [{"Name": "subnet-id", "Values": list(ids)}]
    found = paged(ec2, "describe_subnets", "Subnets", Filters=filters)
    there = {subnet["SubnetId"] for subnet in found}
    return [each for each in ids if each not in there]


def missing_security_groups(ec2: Any, ids: Sequence[str]) -> list[str]:
    """Those of the security groups that aren't there."""
    filters = [{"Name": "group-id", "Values": list(ids)}]
    found = paged(ec2, "describe_security_groups", "SecurityGroups", Filters=filters)
    there = {group["GroupId"] for group in found}
    return [each for each in ids if each not in there]


def _vpc_names(ec2: Any) -> dict[str, str]:
    try:
        return {
            vpc["VpcId"]: name_tag(vpc.get("Tags")) for vpc in paged(ec2, "describe_vpcs", "Vpcs")
        }
    except AwsError:
        return {}


def _vpc(vpc: str, names: dict[str, str]) -> str:
    name = names.get(vpc, "")
    return f"{name} ({vpc})" if name else vpc


def _public_tables(ec2: Any) -> dict[str, bool] | None:
    """Whether the table of a subnet, or the main one of a VPC, leads to an internet gateway."""
    public: dict[str, bool] = {}
    try:
        for table in paged(ec2, "describe_route_tables", "RouteTables"):
            leads_out = any(
                str(route.get("GatewayId", "")).startswith("igw-")
                for route in table.get("Routes", ())
            )
            for link in table.get("Associations", ()):
                place = table["VpcId"] if link.get("Main") else link.get("SubnetId", "")
                public[place] = leads_out
    except AwsError:
        return None
    return public


def _publicity(subnet: Any, routes: dict[str, bool] | None) -> tuple[str, ...]:
    if routes is None:
        return ()
    main = routes.get(subnet.get("VpcId", ""), False)
    return ("public" if routes.get(subnet["SubnetId"], main) else "private",)
