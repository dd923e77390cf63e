"""Rules of environment variables and files."""

from __future__ import annotations

from ecsportal.steps.arns import check_id
from ecsportal.steps.bound import is_bound
from ecsportal.steps.deploy_ecs_service.inputs.container import Container
from ecsportal.steps.findings import Findings, check_count, duplicates

MOST_FILES = 10


def check_environment(findings: Findings, path: str, container: Container) -> None:
    """Names are there, secrets are ARNs, files are `.env` objects in S3."""
    files = container.environment_files
    check_count(findings, f"{path}.environment_files", files, MOST_FILES, "environment files")
    for index, arn in enumerate(files):
        at = f"{path}.environment_files[{index}]"
        if not arn:
            findings.add(at, "missing", "Name the file by its ARN, or remove the row.")
        check_id(findings, at, "environment_file", arn)
    for index, arn in duplicates(files):
        at = f"{path}.environment_files[{index}]"
        findings.add(at, "duplicate", f"{arn} is there already.")
    kinds: dict[str, str] = {}
    for index, item in enumerate(container.environment):
        at = f"{path}.environment[{index}]"
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
