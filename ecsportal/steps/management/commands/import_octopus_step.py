"""Print a step of Octopus Deploy as a step of this portal."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from ecsportal.cloudformation.documents import to_json
from ecsportal.steps.json_file import read_json
from ecsportal.steps.octopus_import import import_octopus_step
from ecsportal.steps.problems import StepInputsError


class Command(BaseCommand):
    """Reads one JSON object; exit code 2 and nothing on stdout where it is no such step."""

    help = "Print the step in FILE, as Octopus Deploy's API gives it, as a step of this portal."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE, or - for standard input."""
        parser.add_argument("file", metavar="FILE", help="a JSON file, or - for standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        """The step on stdout; what was not carried over, and warnings, on stderr."""
        try:
            imported = import_octopus_step(read_json(options["file"]))
        except StepInputsError as error:
            for problem in error.problems:
                self.stderr.write(f"{problem.path}: {problem.message}".removeprefix(": "))
            raise SystemExit(2) from None
        for line in imported.report:
            self.stderr.write(line)
        for problem in imported.warnings:
            self.stderr.write(f"warning: {problem.path}: {problem.message}")
        self.stdout.write(to_json(imported.document), ending="")
