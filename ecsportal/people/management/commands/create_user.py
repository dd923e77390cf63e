"""`manage.py create_user NAME --role ROLE`: the first administrator, and users by script."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ecsportal.audit.record import Origin, origin
from ecsportal.people.models import Role
from ecsportal.people.permissions import Grant
from ecsportal.people.services.users import create_user
from ecsportal.problems import Problem


class Command(BaseCommand):
    help = "Create a user with a role; the password is read from standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--project", action="append", metavar="SLUG", help="default: all")
        parser.add_argument("--environment", action="append", metavar="SLUG", help="default: all")
        parser.add_argument("--display-name", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the user, or fail with one line per reason and nothing created."""
        grant = Grant(
            role=options["role"],
            projects=_ids("projects.Project", options["project"]),
            environments=_ids("infrastructure.Environment", options["environment"]),
        )
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise CommandError("Give the password on standard input.")
        origin.set(Origin(via="command"))
        try:
            user = create_user(
                options["name"],
                by=None,
                password=password,
                display_name=options["display_name"],
                grants=[grant],
            )
        except Problem as problem:
            lines = [f"{error.path}: {error.message}" for error in problem.field_errors]
            raise CommandError("\n".join(lines) or problem.detail) from problem
        self.stdout.write(f"Created {user.username}, {options['role']}.")


def _ids(model: str, slugs: Sequence[str] | None) -> frozenset[int] | None:
    """The ids behind the slugs, None for none given. Raises CommandError for an unknown one."""
    if not slugs:
        return None
    rows = apps.get_model(model)._default_manager.filter(slug__in=slugs)
    found = dict(rows.values_list("slug", "pk"))
    missing = [slug for slug in slugs if slug not in found]
    if missing:
        kind = model.split(".")[1].lower()
        raise CommandError(f"There is no {kind} {', '.join(missing)}.")
    return frozenset(found.values())
