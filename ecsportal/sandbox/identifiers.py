"""Fake identities: the account, and ids and ARNs in AWS's shapes."""

from __future__ import annotations

import secrets
import string

ACCOUNT_ID = "123456789012"

_UPPER = string.ascii_uppercase + string.digits
_MIXED = string.ascii_letters + string.digits


def hex_id(digits: int = 32) -> str:
    """Random hex digits, as in task ids."""
    return secrets.token_hex((digits + 1) // 2)[:digits]


def number_id(digits: int = 19) -> str:
    """Random decimal digits without a leading zero, as in `ecs-svc/...`."""
    return str(secrets.choice("123456789")) + "".join(
        secrets.choice(string.digits) for _ in range(digits - 1)
    )


def upper_id(length: int = 12) -> str:
    """Random capitals and digits, as in the names that CloudFormation makes up for roles."""
    return "".join(secrets.choice(_UPPER) for _ in range(length))


def mixed_id(length: int = 12) -> str:
    """Random letters and digits, as in the names that CloudFormation makes up for services."""
    return "".join(secrets.choice(_MIXED) for _ in range(length))


def arn(service: str, region: str, resource: str) -> str:
    """An ARN of the sandbox's account; IAM's have no region."""
    place = "" if service == "iam" else region
    return f"arn:aws:{service}:{place}:{ACCOUNT_ID}:{resource}"
