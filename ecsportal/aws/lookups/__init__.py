"""What an AWS account has that a step may name: subnets, roles, secrets...

Each look-up takes boto3 clients and answers offers, at most `MOST` of them; failures are raised as
`AwsError`. `LOOKUPS` has them by the name that the portal asks for.
"""

from __future__ import annotations

from ecsportal.aws.lookups.balancing import target_groups
from ecsportal.aws.lookups.discovery import namespaces
from ecsportal.aws.lookups.identity import task_roles
from ecsportal.aws.lookups.log_groups import log_groups
from ecsportal.aws.lookups.network import security_groups, subnets
from ecsportal.aws.lookups.offers import MOST, Lookup, Offer
from ecsportal.aws.lookups.secrets import parameters, secrets
from ecsportal.aws.lookups.storage import access_points, file_systems

__all__ = ["LOOKUPS", "MOST", "Lookup", "Offer"]

LOOKUPS: dict[str, tuple[Lookup, ...]] = {
    "subnets": (Lookup("subnets", "the ids", "ec2", subnets),),
    "security-groups": (Lookup("security groups", "the ids", "ec2", security_groups),),
    "roles": (Lookup("roles", "the ARN", "iam", task_roles),),
    "target-groups": (Lookup("target groups", "the ARN", "elasticloadbalancing", target_groups),),
    "file-systems": (Lookup("file systems", "the id", "elasticfilesystem", file_systems),),
    "access-points": (Lookup("access points", "the id", "elasticfilesystem", access_points),),
    "secrets": (
        Lookup("secrets", "the ARN", "secretsmanager", secrets),
        Lookup("parameters", "the ARN", "ssm", parameters),
    ),
    "log-groups": (Lookup("log groups", "the name", "logs", log_groups),),
    "namespaces": (Lookup("namespaces", "the name", "servicediscovery", namespaces),),
}
"""By kind; a kind with two look-ups offers what either of them finds."""
