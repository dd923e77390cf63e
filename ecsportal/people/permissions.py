"""Who may do what: the one function that every view, API call and stream asks.

Permission names are Octopus's (octopus-behaviours A11); the four roles are fixed sets of them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from django.db.models import Q

from ecsportal.people.models import Role, RoleGrant, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Permission(StrEnum):
    PROJECT_VIEW = "ProjectView"
    PROJECT_CREATE = "ProjectCreate"
    PROJECT_EDIT = "ProjectEdit"
    PROJECT_DELETE = "ProjectDelete"
    PROCESS_VIEW = "ProcessView"
    PROCESS_EDIT = "ProcessEdit"
    VARIABLE_VIEW = "VariableView"
    VARIABLE_EDIT = "VariableEdit"
    LIBRARY_VIEW = "LibraryVariableSetView"
    LIBRARY_EDIT = "LibraryVariableSetEdit"
    RELEASE_VIEW = "ReleaseView"
    RELEASE_CREATE = "ReleaseCreate"
    RELEASE_EDIT = "ReleaseEdit"
    RELEASE_DELETE = "ReleaseDelete"
    DEPLOYMENT_VIEW = "DeploymentView"
    DEPLOYMENT_CREATE = "DeploymentCreate"
    TASK_VIEW = "TaskView"
    TASK_CANCEL = "TaskCancel"
    INTERRUPTION_SUBMIT = "InterruptionSubmit"
    ENVIRONMENT_VIEW = "EnvironmentView"
    ENVIRONMENT_EDIT = "EnvironmentEdit"
    MACHINE_VIEW = "MachineView"
    MACHINE_EDIT = "MachineEdit"
    ACCOUNT_VIEW = "AccountView"
    ACCOUNT_EDIT = "AccountEdit"
    FEED_VIEW = "FeedView"
    FEED_EDIT = "FeedEdit"
    EVENT_VIEW = "EventView"
    USER_VIEW = "UserView"
    USER_EDIT = "UserEdit"
    OWN_ACCOUNT = "OwnAccount"
    """The own profile and API keys: everyone who is signed in."""


_VIEWER = frozenset(
    {
        Permission.PROJECT_VIEW,
        Permission.PROCESS_VIEW,
        Permission.VARIABLE_VIEW,
        Permission.LIBRARY_VIEW,
        Permission.RELEASE_VIEW,
        Permission.DEPLOYMENT_VIEW,
        Permission.TASK_VIEW,
        Permission.ENVIRONMENT_VIEW,
        Permission.MACHINE_VIEW,
        Permission.ACCOUNT_VIEW,
        Permission.FEED_VIEW,
        Permission.OWN_ACCOUNT,
    }
)
_DEPLOYER = _VIEWER | {
    Permission.DEPLOYMENT_CREATE,
    Permission.TASK_CANCEL,
    Permission.INTERRUPTION_SUBMIT,
}
_LEAD = _DEPLOYER | {
    Permission.PROJECT_CREATE,
    Permission.PROJECT_EDIT,
    Permission.PROJECT_DELETE,
    Permission.PROCESS_EDIT,
    Permission.VARIABLE_EDIT,
    Permission.LIBRARY_EDIT,
    Permission.RELEASE_CREATE,
    Permission.RELEASE_EDIT,
    Permission.RELEASE_DELETE,
}
ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.VIEWER: _VIEWER,
    Role.DEPLOYER: _DEPLOYER,
    Role.LEAD: _LEAD,
    Role.ADMINISTRATOR: frozenset(Permission),
}


@dataclass(frozen=True)
class Grant:
    """One role with the ids that it is limited to; None means all."""

    role: str
    projects: frozenset[int] | None
    environments: frozenset[int] | None

    def covers(self, project_id: int | None, environment_id: int | None) -> bool:
        """True where neither the project nor the environment lies outside this grant.

        None asks "anywhere at all?", which a limited grant answers with yes.
        """
        return (self.projects is None or project_id is None or project_id in self.projects) and (
            self.environments is None
            or environment_id is None
            or environment_id in self.environments
        )


def grants_of(user: User | AnonymousUser) -> tuple[Grant, ...]:
    """The user's grants, read once per user object; none for the signed-out and the inactive."""
    if not isinstance(user, User) or not user.is_active:
        return ()
    known: tuple[Grant, ...] | None = getattr(user, "_known_grants", None)
    if known is None:
        known = read_grants(user)
        user._known_grants = known  # type: ignore[attr-defined]
    return known


def read_grants(user: User) -> tuple[Grant, ...]:
    """The grants as the database has them now, whether or not the user is active.

    What a grant is limited to is asked only where one is.
    """
    rows = list(user.grants.order_by("pk"))
    projects = _limits("project", [row.pk for row in rows if not row.all_projects])
    environments = _limits("environment", [row.pk for row in rows if not row.all_environments])
    return tuple(
        Grant(
            role=row.role,
            projects=None if row.all_projects else frozenset(projects[row.pk]),
            environments=None if row.all_environments else frozenset(environments[row.pk]),
        )
        for row in rows
    )


def _limits(kind: Literal["project", "environment"], grants: list[int]) -> dict[int, list[int]]:
    """The ids that each of these grants is limited to, by the grant's id."""
    found: dict[int, list[int]] = defaultdict(list)
    if grants:
        through = getattr(RoleGrant, f"{kind}s").through
        pairs = through.objects.filter(rolegrant__in=grants)
        for grant, limited_to in pairs.values_list("rolegrant", kind):
            found[grant].append(limited_to)
    return found


def may(
    user: User | AnonymousUser,
    permission: Permission,
    *,
    project_id: int | None = None,
    environment_id: int | None = None,
) -> bool:
    """May this user do this, for this project, in this environment?

    Left out means "for any": a deployer of one project may DEPLOYMENT_CREATE somewhere, so its
    menu entry shows; the page of another project asks again with that project's id. What belongs
    to the whole installation (accounts, people, audit) needs a grant without limits.
    """
    if permission is Permission.OWN_ACCOUNT:
        return isinstance(user, User) and user.is_active
    return any(
        permission in ROLE_PERMISSIONS[grant.role]
        and grant.covers(project_id, environment_id)
        and (
            permission not in INSTALLATION_WIDE
            or (grant.projects is None and grant.environments is None)
        )
        for grant in grants_of(user)
    )


INSTALLATION_WIDE = frozenset(
    {
        Permission.PROJECT_CREATE,
        Permission.LIBRARY_EDIT,
        Permission.ENVIRONMENT_EDIT,
        Permission.MACHINE_EDIT,
        Permission.ACCOUNT_EDIT,
        Permission.FEED_EDIT,
        Permission.EVENT_VIEW,
        Permission.USER_VIEW,
        Permission.USER_EDIT,
    }
)
"""Nothing narrower than the installation owns these, so a limited role doesn't give them."""


def visible_projects(user: User | AnonymousUser, field: str = "pk") -> Q:
    """A filter for the projects that the user may see; `field` is the path to the project's id."""
    return _within(field, [grant.projects for grant in grants_of(user)])


def visible_environments(user: User | AnonymousUser, field: str = "pk") -> Q:
    """A filter for the environments that the user may see; `field` as above."""
    return _within(field, [grant.environments for grant in grants_of(user)])


def visible_pairs(user: User | AnonymousUser, project: str, environment: str) -> Q:
    """A filter for rows that belong to a project and an environment, such as deployments."""
    allowed = Q(pk__in=())
    for grant in grants_of(user):
        if grant.projects is None and grant.environments is None:
            return Q()  # "nothing, or anything" would be nothing: an empty Q is neutral in an OR
        allowed |= _within(project, [grant.projects]) & _within(environment, [grant.environments])
    return allowed


def is_visible(user: User | AnonymousUser, project_id: int, environment_id: int) -> bool:
    """What `visible_pairs` filters by, of one pair."""
    return any(grant.covers(project_id, environment_id) for grant in grants_of(user))


def _within(field: str, limits: list[frozenset[int] | None]) -> Q:
    if not limits:
        return Q(pk__in=())
    if any(limit is None for limit in limits):
        return Q()
    return Q(**{f"{field}__in": frozenset().union(*(limit or () for limit in limits))})
