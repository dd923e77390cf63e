"""Print the CloudFormation template of one step document."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ecsportal.steps.json_file import read_json
from ecsportal.steps.problems import StepInputsError
from ecsportal.steps.render import render


class Command(BaseCommand):
    """Reads one JSON document; exit code 2 and nothing on stdout where it cannot be read."""

    help = "Print the CloudFormation template of the step in FILE, one JSON object."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE, or - for standard input."""
        parser.add_argument("file", metavar="FILE", help="a JSON file, or - for standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        """Template on stdout; warnings, or why there is none, on stderr."""
        try:
            rendered = render(read_json(options["file"]))
        except StepInputsError as error:
            for problem in error.problems:
                self.stderr.write(f"{problem.path}: {problem.message}")
            raise SystemExit(2) from None
        for problem in rendered.warnings:
            self.stderr.write(f"warning: {problem.path}: {problem.message}")
        self.stdout.write(rendered.text, ending="")
