"""The roles that users hold, and the rule that somebody always administers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ecsportal.people.models import Role, RoleGrant, User
from ecsportal.people.permissions import Grant, read_grants
from ecsportal.problems import Conflict, FieldError, ValidationProblem


class LastAdministrator(Conflict):
    """Nobody would be left who may administer the portal: 409."""

    title = "The last administrator"
    code = "LAST_ADMINISTRATOR"


def replace_grants(user: User, grants: Sequence[Grant]) -> None:
    """Make these the user's grants. Runs in the caller's transaction.

    Raises ValidationProblem for a grant limited to nothing: it would look like a role and be none.
    """
    for number, grant in enumerate(grants):
        if grant.role not in Role.values:
            raise ValidationProblem([FieldError(f"roles[{number}].role", "No such role.", "role")])
        for field, limit in (("projects", grant.projects), ("environments", grant.environments)):
            if limit is not None and not limit:
                raise ValidationProblem(
                    [FieldError(f"roles[{number}].{field}", "Choose at least one, or all.", "none")]
                )
    if set(read_grants(user)) == set(grants):
        return
    user.grants.all().delete()
    for grant in dict.fromkeys(grants):
        row = RoleGrant.objects.create(
            user=user,
            role=grant.role,
            all_projects=grant.projects is None,
            all_environments=grant.environments is None,
        )
        row.projects.set(grant.projects or ())
        row.environments.set(grant.environments or ())
    user.forget_grants()


def refuse_without_administrator() -> None:
    """Raise LastAdministrator where the transaction leaves no active unlimited administrator."""
    everywhere = RoleGrant.objects.filter(
        role=Role.ADMINISTRATOR, all_projects=True, all_environments=True
    )
    # Two administrators who remove each other change different rows, and each would still see the
    # other. Writing all these rows makes the second wait for the first, on every database.
    everywhere.update(role=Role.ADMINISTRATOR)
    if not everywhere.filter(user__is_active=True).exists():
        raise LastAdministrator(
            "This is the last administrator. Make somebody else one first.",
        )


def describe_grants(user: User) -> list[str]:
    """Each grant in words, sorted: `Deployer: web-shop in production`."""
    rows = user.grants.prefetch_related("projects", "environments")
    return sorted(describe_grant(row) for row in rows)


def describe_grant(row: RoleGrant) -> str:
    """`Deployer: web-shop in production`, or `Lead: all projects`."""
    projects = "all projects" if row.all_projects else _slugs(row.projects.all())
    text = f"{row.get_role_display()}: {projects}"
    return text if row.all_environments else f"{text} in {_slugs(row.environments.all())}"


def _slugs(rows: Iterable[object]) -> str:
    return ", ".join(sorted(str(getattr(row, "slug", row)) for row in rows)) or "nothing"
