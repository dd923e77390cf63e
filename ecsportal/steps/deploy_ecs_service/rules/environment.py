"""Rules of environment variables and files."""

from __future__ import annotations

from collections.abc import Sequence

from ecsportal.steps.arns import check_id
from ecsportal.steps.bound import is_bound
from ecsportal.steps.deploy_ecs_service.inputs.container import Container, NamedValue
from ecsportal.steps.findings import Findings, check_count, duplicates

MOST_FILES = 10


def check_environment(findings: Findings, path: str, container: Container) -> None:
    """Names are there, secrets are ARNs, files are `.env` objects in S3."""
    check_files(findings, f"{path}.environment_files", container.environment_files)
    check_variables(findings, f"{path}.environment", container.environment)


def check_files(findings: Findings, path: str, files: Sequence[str]) -> None:
    """ARNs of `.env` objects in S3, each once."""
    check_count(findings, path, files, MOST_FILES, "environment files")
    for index, arn in enumerate(files):
        at = f"{path}[{index}]"
        if not arn:
            findings.add(at, "missing", "Name the file by its ARN, or remove the row.")
        check_id(findings, at, "environment_file", arn)
    for index, arn in duplicates(files):
        findings.add(f"{path}[{index}]", "duplicate", f"{arn} is there already.")


def check_variables(findings: Findings, path: str, items: Sequence[NamedValue]) -> None:
    """Each has a name, secrets are ARNs, and no name is both."""
    kinds: dict[str, str] = {}
    for index, item in enumerate(items):
        at = f"{path}[{index}]"
        if not item.name:
            findings.add(f"{at}.name", "missing", "The variable needs a name.")
        # Twice the same kind is allowed: the last value counts. ECS refuses one name in both.
        if kinds.setdefault(item.name, item.type) != item.type and not is_bound(item.name):
            message = f"{item.name} is there already as a {kinds[item.name]} variable."
            findings.add(f"{at}.name", "duplicate", message)
        if item.type == "secret":
            if not item.value:
                findings.add(f"{at}.value", "missing", "Name the secret by its ARN.")
            check_id(findings, f"{at}.value", "secret", item.value)
