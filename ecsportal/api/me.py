"""`/me`: whose key this is, and what it may do."""

from __future__ import annotations

from ninja import Router, Schema

from ecsportal.api.auth import ApiRequest, needs
from ecsportal.people.permissions import Permission

router = Router(tags=["me"])


class RoleOut(Schema):
    role: str
    projects: list[str]
    """Slugs; none means all."""
    environments: list[str]


class MeOut(Schema):
    user: str
    roles: list[RoleOut]


@router.get("/me", response=MeOut)
@needs(Permission.OWN_ACCOUNT)
def me(request: ApiRequest) -> MeOut:
    """The key's owner and their roles."""
    grants = request.user.grants.prefetch_related("projects", "environments").order_by("pk")
    return MeOut(
        user=request.user.username,
        roles=[
            RoleOut(
                role=grant.role,
                projects=sorted(project.slug for project in grant.projects.all()),
                environments=sorted(place.slug for place in grant.environments.all()),
            )
            for grant in grants
        ],
    )
