"""Environments: the stages that releases go through, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from ecsportal.audit.record import record
from ecsportal.infrastructure.details import EnvironmentDetails
from ecsportal.infrastructure.models import Environment
from ecsportal.infrastructure.rules import environment_breaches
from ecsportal.infrastructure.storing import (
    refuse_breaches,
    remove,
    store_edit,
    store_new,
)
from ecsportal.people.models import User
from ecsportal.problems import FieldError, ValidationProblem


@transaction.atomic
def create_environment(details: EnvironmentDetails, *, by: User, slug: str = "") -> Environment:
    """Add an environment, last in the order unless `details.order` says otherwise."""
    refuse_breaches(environment_breaches(details))
    order = details.order
    if order is None:
        order = (Environment.objects.aggregate(last=Max("order"))["last"] or 0) + 1
    environment = Environment(**_columns(details), order=order)
    store_new(environment, slug=slug)
    _record("environment.created", environment, by=by, after=facts(environment))
    return environment


@transaction.atomic
def update_environment(
    environment: Environment, details: EnvironmentDetails, *, by: User, revision: int | None = None
) -> Environment:
    """Replace what the environment is; StaleRevision if it left `revision` meanwhile."""
    refuse_breaches(environment_breaches(details))
    before = facts(environment)
    values = _columns(details)
    if details.order is not None:
        values["order"] = details.order
    if store_edit(environment, values, revision=revision):
        _record("environment.changed", environment, by=by, before=before, after=facts(environment))
    return environment


@transaction.atomic
def delete_environment(environment: Environment, *, by: User) -> None:
    """Delete it; InUse names the targets, accounts and deployments that need it."""
    before = facts(environment)
    remove(environment)
    _record("environment.deleted", environment, by=by, before=before)


@transaction.atomic
def reorder_environments(slugs: Sequence[str], *, by: User) -> list[Environment]:
    """Put all environments into the order of `slugs`, numbered from 1.

    A list that isn't exactly the environments of now is refused: somebody added or deleted one.
    """
    rows = {row.slug: row for row in Environment.objects.all()}
    if len(slugs) != len(rows) or set(slugs) != set(rows):
        message = "The environments have changed meanwhile. Reload the page and order them again."
        raise ValidationProblem([FieldError("order", message, "stale")])
    for position, slug in enumerate(slugs, start=1):
        _place(rows[slug], position, by=by)
    return [rows[slug] for slug in slugs]


@transaction.atomic
def move_environment(environment: Environment, *, by: User, places: int) -> None:
    """Move it `places` down the list (negative: up); past an end, it stays at that end."""
    slugs = [row.slug for row in Environment.objects.all()]
    here = slugs.index(environment.slug)
    slugs.insert(max(0, here + places), slugs.pop(here))
    reorder_environments(slugs, by=by)


def facts(environment: Environment) -> dict[str, Any]:
    """The environment as the audit trail shows it."""
    return {
        "name": environment.name,
        "order": environment.order,
        "description": environment.description,
        "octopus_id": environment.octopus_id,
        "production": environment.production,
        "guided_failure": environment.guided_failure,
    }


def _columns(details: EnvironmentDetails) -> dict[str, Any]:
    return {
        "name": details.name.strip(),
        "description": details.description.strip(),
        "octopus_id": details.octopus_id.strip(),
        "production": details.production,
        "guided_failure": details.guided_failure,
    }


def _place(environment: Environment, position: int, *, by: User) -> None:
    if environment.order == position:
        return
    before = {"order": environment.order}
    store_edit(environment, {"order": position}, revision=None)
    _record("environment.moved", environment, by=by, before=before, after={"order": position})


def _record(action: str, environment: Environment, *, by: User, **states: Any) -> None:
    record(
        action,
        by=by,
        subject_kind="environment",
        subject=environment.name,
        subject_url=reverse("infrastructure:environment", args=[environment.slug]),
        environment_slug=environment.slug,
        **states,
    )
