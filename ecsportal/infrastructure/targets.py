"""Deployment targets: ECS clusters that environments deploy to."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.urls import reverse

from ecsportal.audit.record import record
from ecsportal.infrastructure.details import TargetDetails
from ecsportal.infrastructure.models import AwsAccount, DeploymentTarget, Environment
from ecsportal.infrastructure.rules import cluster_name, target_breaches
from ecsportal.infrastructure.storing import (
    account_by_slug,
    environments_by_slug,
    refuse_breaches,
    remove,
    slugs_of,
    store_edit,
    store_new,
)
from ecsportal.people.models import User
from ecsportal.problems import FieldError

_PLACE_COLUMNS = ("account", "region", "cluster")


@transaction.atomic
def create_target(details: TargetDetails, *, by: User, slug: str = "") -> DeploymentTarget:
    """Add a target; whether the cluster exists is for `checks.check_target` to find out."""
    account, environments = _looked_up(details)
    target = DeploymentTarget(**_columns(details, account))
    store_new(target, slug=slug)
    target.environments.set(environments)
    _record("target.created", target, by=by, after=facts(target))
    return target


@transaction.atomic
def update_target(
    target: DeploymentTarget, details: TargetDetails, *, by: User, revision: int | None = None
) -> DeploymentTarget:
    """Replace what the target is; StaleRevision if it left `revision` meanwhile.

    Its health is unknown again when it points elsewhere.
    """
    account, environments = _looked_up(details)
    before = facts(target)
    columns = _columns(details, account)
    if any(getattr(target, name) != columns[name] for name in _PLACE_COLUMNS):
        columns |= {
            "health": DeploymentTarget.Health.UNKNOWN,
            "health_message": "",
            "health_checked_at": None,
            "cluster_arn": "",
            "service_count": None,
        }
    links = {"environments": environments}
    if store_edit(target, columns, revision=revision, relations=links):
        _record("target.changed", target, by=by, before=before, after=facts(target))
    return target


@transaction.atomic
def delete_target(target: DeploymentTarget, *, by: User) -> None:
    """Delete it; InUse names what needs it. What runs on the cluster stays as it is."""
    before = facts(target)
    remove(target)
    _record("target.deleted", target, by=by, before=before)


def facts(target: DeploymentTarget) -> dict[str, Any]:
    """The target as the audit trail shows it."""
    return {
        "name": target.name,
        "account": target.account.slug,
        "region": target.region,
        "cluster": target.cluster,
        "environments": slugs_of(target.environments.all()),
        "target_tags": target.target_tags,
        "disabled": target.disabled,
    }


def tidy_tags(tags: tuple[str, ...]) -> list[str]:
    """The tags without spaces around them; of those that differ in letter case only, the first."""
    kept: dict[str, str] = {}
    for tag in tags:
        kept.setdefault(tag.strip().lower(), tag.strip())
    return list(kept.values())


def _looked_up(details: TargetDetails) -> tuple[AwsAccount, list[Environment]]:
    refuse_breaches(target_breaches(details))
    account = account_by_slug(details.account)
    environments = environments_by_slug(details.environments)
    allowed = set(account.environments.values_list("slug", flat=True))
    refuse_breaches(
        FieldError(
            f"environments[{position}]",
            f"The account {account} isn't for {environment}. Allow it there, or choose another.",
            "account_not_for_environment",
        )
        for position, environment in enumerate(environments)
        if allowed and environment.slug not in allowed
    )
    return account, environments


def _columns(details: TargetDetails, account: AwsAccount) -> dict[str, Any]:
    return {
        "name": details.name.strip(),
        "account": account,
        "region": details.region,
        "cluster": cluster_name(details.cluster),
        "target_tags": tidy_tags(details.target_tags),
        "disabled": details.disabled,
    }


def _record(action: str, target: DeploymentTarget, *, by: User, **states: Any) -> None:
    record(
        action,
        by=by,
        subject_kind="target",
        subject=target.name,
        subject_url=reverse("infrastructure:target", args=[target.slug]),
        **states,
    )
