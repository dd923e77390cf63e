"""`manage.py worker`: a Celery worker with the tick."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ecsportal.startup import require_keys


class Command(BaseCommand):
    help = "Runs a worker: it advances deployments until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--concurrency",
            type=int,
            default=settings.WORKER_CONCURRENCY,
            help="turns taken side by side (default %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        from ecsportal.deployments.worker import run_worker  # noqa: PLC0415 -- slow to import

        try:
            require_keys()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        run_worker(concurrency=options["concurrency"])
