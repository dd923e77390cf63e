"""Roles that tasks of ECS can assume."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsportal.aws.errors import AwsError, aws_errors
from ecsportal.aws.lookups.offers import Clients, Offer, by_name, paged

ECS_TASKS = "ecs-tasks.amazonaws.com"


def task_roles(clients: Clients, within: str = "") -> list[Offer]:
    """The roles whose trust policy lets ECS tasks assume them."""
    return by_name(
        [
            Offer(role["Arn"], role["RoleName"], tuple(filter(None, [role.get("Description", "")])))
            for role in paged(clients("iam"), "list_roles", "Roles")
            if trusts_ecs_tasks(role.get("AssumeRolePolicyDocument"))
        ]
    )


def role_exists(iam: Any, arn: str) -> bool:
    """True for a role of this ARN; another account's role counts as there, nobody can look."""
    try:
        with aws_errors:
            found = iam.get_role(RoleName=arn.rpartition("/")[2])["Role"]["Arn"]
    except AwsError as error:
        if error.aws_code in ("NoSuchEntity", "NoSuchEntityException"):
            return False
        raise
    return bool(found == arn or found.split(":")[4] != arn.split(":")[4])


def trusts_ecs_tasks(policy: Any) -> bool:
    """True for a trust policy with a statement that allows it; conditions are taken on trust."""
    statements = policy.get("Statement", ()) if isinstance(policy, Mapping) else ()
    if isinstance(statements, Mapping):
        statements = [statements]
    return any(
        statement.get("Effect") == "Allow" and ECS_TASKS in _services(statement.get("Principal"))
        for statement in statements
    )


def _services(principal: Any) -> list[str]:
    services = principal.get("Service", ()) if isinstance(principal, Mapping) else ()
    return [services] if isinstance(services, str) else list(services)
