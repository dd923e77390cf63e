"""`manage.py web`: the web server."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ecsportal.startup import require_keys


class Command(BaseCommand):
    help = "Serves the pages, the API and the live streams until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            require_keys()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        from ecsportal.web_server import serve  # noqa: PLC0415 -- checks the keys at import

        serve(options["host"], options["port"])
