"""Secrets and parameters: their names and ARNs, never their values."""

from __future__ import annotations

from typing import Any

from ecsportal.aws.errors import aws_errors
from ecsportal.aws.lookups.offers import Clients, Offer, by_name, paged


def secrets(clients: Clients, within: str = "") -> list[Offer]:
    """The secrets of Secrets Manager by name."""
    return by_name(
        [
            Offer(
                secret["ARN"],
                secret["Name"],
                tuple(filter(None, ["secret", secret.get("Description", "")])),
            )
            for secret in paged(clients("secretsmanager"), "list_secrets", "SecretList")
        ]
    )


def parameters(clients: Clients, within: str = "") -> list[Offer]:
    """The parameters of Parameter Store by name."""
    ssm = clients("ssm")
    found = list(paged(ssm, "describe_parameters", "Parameters"))
    prefix = "" if all(each.get("ARN") for each in found) else _prefix(ssm, clients)
    return by_name(
        [
            Offer(
                each.get("ARN") or f"{prefix}{each['Name'].removeprefix('/')}",
                each["Name"],
                ("parameter", each.get("Type", "")),
            )
            for each in found
        ]
    )


def _prefix(ssm: Any, clients: Clients) -> str:
    """What stands before a parameter's name in its ARN, for endpoints that don't tell it."""
    with aws_errors:
        account = clients("sts").get_caller_identity()["Account"]
    return f"arn:{ssm.meta.partition}:ssm:{ssm.meta.region_name}:{account}:parameter/"
