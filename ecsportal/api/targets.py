"""`/targets`: deployment targets, each an ECS cluster of an account and region."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema, Status

from ecsportal.api.auth import ApiRequest, needs
from ecsportal.api.bodies import Body, created, expected_revision, no_content, set_revision
from ecsportal.api.paging import Page, Paging, paginate
from ecsportal.infrastructure import targets
from ecsportal.infrastructure.checks import check_target as look_at_cluster
from ecsportal.infrastructure.details import TargetDetails
from ecsportal.infrastructure.models import DeploymentTarget
from ecsportal.infrastructure.queries import target_for, targets_for
from ecsportal.infrastructure.storing import slugs_of
from ecsportal.people.permissions import Permission

router = Router(tags=["targets"])


class TargetIn(Body):
    name: str
    account: str
    region: str
    cluster: str
    environments: list[str]
    target_tags: list[str]
    disabled: bool = False

    def details(self) -> TargetDetails:
        """As the services take it."""
        return TargetDetails(
            name=self.name,
            account=self.account,
            region=self.region,
            cluster=self.cluster,
            environments=tuple(self.environments),
            target_tags=tuple(self.target_tags),
            disabled=self.disabled,
        )


class NewTarget(TargetIn):
    slug: str = ""


class TargetOut(Schema):
    slug: str
    name: str
    account: str
    region: str
    cluster: str
    environments: list[str]
    target_tags: list[str]
    disabled: bool
    discovered: bool
    health: str
    health_message: str
    health_checked_at: datetime | None
    cluster_arn: str
    revision: int
    created_at: datetime
    updated_at: datetime


class TargetFilter(Paging):
    environment: str = ""
    account: str = ""


@router.get("/targets", response=Page[TargetOut])
@needs(Permission.MACHINE_VIEW)
def list_targets(request: ApiRequest, filters: Query[TargetFilter]) -> dict[str, Any]:
    """The deployment targets by name; `environment` and `account` are slugs."""
    rows = targets_for(request.user)
    if filters.environment:
        inside = DeploymentTarget.objects.filter(environments__slug=filters.environment)
        rows = rows.filter(pk__in=inside.values("pk"))
    if filters.account:
        rows = rows.filter(account__slug=filters.account)
    return paginate(request, rows, filters, present, order=("name", "pk"))


@router.post("/targets", response={201: TargetOut})
@needs(Permission.MACHINE_EDIT)
def create_target(request: ApiRequest, body: NewTarget) -> Status[TargetOut]:
    """Add a deployment target."""
    row = targets.create_target(body.details(), by=request.user, slug=body.slug)
    set_revision(request, row.revision)
    return created(request, f"/targets/{row.slug}", present(row))


@router.get("/targets/{slug}", response=TargetOut)
@needs(Permission.MACHINE_VIEW)
def get_target(request: ApiRequest, slug: str) -> TargetOut:
    """One deployment target."""
    row = target_for(request.user, slug)
    set_revision(request, row.revision)
    return present(row)


@router.put("/targets/{slug}", response=TargetOut)
@needs(Permission.MACHINE_EDIT)
def replace_target(request: ApiRequest, slug: str, body: TargetIn) -> TargetOut:
    """Replace a deployment target; its slug stays."""
    row = target_for(request.user, slug)
    targets.update_target(row, body.details(), by=request.user, revision=expected_revision(request))
    set_revision(request, row.revision)
    return present(row)


@router.delete("/targets/{slug}", response={204: None})
@needs(Permission.MACHINE_EDIT)
def delete_target(request: ApiRequest, slug: str) -> Status[None]:
    """Delete a deployment target; what runs on its cluster stays."""
    targets.delete_target(target_for(request.user, slug), by=request.user)
    return no_content()


@router.post("/targets/{slug}/check", response=TargetOut)
@needs(Permission.MACHINE_EDIT)
def check_target(request: ApiRequest, slug: str) -> TargetOut:
    """Look for the cluster; `health` and `health_message` say what was found."""
    return present(look_at_cluster(target_for(request.user, slug)))


def present(row: DeploymentTarget) -> TargetOut:
    """A deployment target as the API shows it."""
    return TargetOut(
        slug=row.slug,
        name=row.name,
        account=row.account.slug,
        region=row.region,
        cluster=row.cluster,
        environments=slugs_of(row.environments.all()),
        target_tags=row.target_tags,
        disabled=row.disabled,
        discovered=row.discovered,
        health=row.health,
        health_message=row.health_message,
        health_checked_at=row.health_checked_at,
        cluster_arn=row.cluster_arn,
        revision=row.revision,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
