"""`/environments`: the stages that releases go through."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema, Status

from ecsportal.api.auth import ApiRequest, needs
from ecsportal.api.bodies import Body, created, expected_revision, no_content, set_revision
from ecsportal.api.paging import Page, Paging, paginate
from ecsportal.infrastructure import environments
from ecsportal.infrastructure.details import EnvironmentDetails
from ecsportal.infrastructure.models import Environment
from ecsportal.infrastructure.queries import environment_for, environments_for
from ecsportal.people.permissions import Permission

router = Router(tags=["environments"])


class EnvironmentIn(Body):
    name: str
    order: int | None = None
    """Left out: last when created, unchanged when replaced."""
    description: str = ""
    octopus_id: str = ""
    production: bool = False
    guided_failure: bool = False
    """A failed deployment asks a person; projects and deployments may say otherwise."""

    def details(self) -> EnvironmentDetails:
        """As the services take it."""
        return EnvironmentDetails(
            name=self.name,
            description=self.description,
            octopus_id=self.octopus_id,
            production=self.production,
            guided_failure=self.guided_failure,
            order=self.order,
        )


class NewEnvironment(EnvironmentIn):
    slug: str = ""


class EnvironmentOut(Schema):
    slug: str
    name: str
    order: int
    description: str
    octopus_id: str
    production: bool
    guided_failure: bool
    revision: int
    created_at: datetime
    updated_at: datetime


@router.get("/environments", response=Page[EnvironmentOut])
@needs(Permission.ENVIRONMENT_VIEW)
def list_environments(request: ApiRequest, paging: Query[Paging]) -> dict[str, Any]:
    """The environments in their order."""
    rows = environments_for(request.user)
    return paginate(request, rows, paging, present, order=("order", "name", "pk"))


@router.post("/environments", response={201: EnvironmentOut})
@needs(Permission.ENVIRONMENT_EDIT)
def create_environment(request: ApiRequest, body: NewEnvironment) -> Status[EnvironmentOut]:
    """Add an environment."""
    row = environments.create_environment(body.details(), by=request.user, slug=body.slug)
    set_revision(request, row.revision)
    return created(request, f"/environments/{row.slug}", present(row))


@router.get("/environments/{slug}", response=EnvironmentOut)
@needs(Permission.ENVIRONMENT_VIEW)
def get_environment(request: ApiRequest, slug: str) -> EnvironmentOut:
    """One environment."""
    row = environment_for(request.user, slug)
    set_revision(request, row.revision)
    return present(row)


@router.put("/environments/{slug}", response=EnvironmentOut)
@needs(Permission.ENVIRONMENT_EDIT)
def replace_environment(request: ApiRequest, slug: str, body: EnvironmentIn) -> EnvironmentOut:
    """Replace an environment; its slug stays."""
    row = environment_for(request.user, slug)
    environments.update_environment(
        row, body.details(), by=request.user, revision=expected_revision(request)
    )
    set_revision(request, row.revision)
    return present(row)


@router.delete("/environments/{slug}", response={204: None})
@needs(Permission.ENVIRONMENT_EDIT)
def delete_environment(request: ApiRequest, slug: str) -> Status[None]:
    """Delete an environment that nothing uses."""
    environments.delete_environment(environment_for(request.user, slug), by=request.user)
    return no_content()


def present(row: Environment) -> EnvironmentOut:
    """An environment as the API shows it."""
    return EnvironmentOut(
        slug=row.slug,
        name=row.name,
        order=row.order,
        description=row.description,
        octopus_id=row.octopus_id,
        production=row.production,
        guided_failure=row.guided_failure,
        revision=row.revision,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
