"""Evaluate expressions given as JSON lines."""

import io
import sys
from typing import Any

from django.core.management.base import BaseCommand

from ecsportal.octostache.commandline import evaluate_lines


class Command(BaseCommand):
    """Standard input to standard output, a JSON object a line; opens no database."""

    help = 'Evaluate {"template": "...", "variables": {...}} for every line of standard input.'
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit code 1 where a line holds no request."""
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # whatever the locale says
        code = evaluate_lines(sys.stdin, sys.stdout)
        if code:
            raise SystemExit(code)
