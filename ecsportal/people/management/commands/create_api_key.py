"""`manage.py create_api_key USER`: prints a new key, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from ecsportal.audit.record import Origin, origin
from ecsportal.people.models import User
from ecsportal.people.services.api_keys import create_api_key
from ecsportal.problems import Problem


class Command(BaseCommand):
    help = "Create an API key for a user and print it; it can't be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user")
        parser.add_argument("--name", default="command line", help="what uses the key")
        parser.add_argument("--days", type=int, help="until it expires; default: never")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the key alone, so that a script can take it."""
        user = User.objects.filter(username__iexact=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']}.")
        days = options["days"]
        origin.set(Origin(via="command"))
        try:
            _, text = create_api_key(
                user,
                name=options["name"],
                by=user,
                expires_at=None if days is None else timezone.now() + timedelta(days=days),
            )
        except Problem as problem:
            raise CommandError(problem.detail) from problem
        self.stdout.write(text)
