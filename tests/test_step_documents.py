"""The step's page names every field, and the policy every action that the portal calls."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import boto3
import pytest
from botocore import xform_name

from ecsportal.steps.deploy_ecs_service.inputs import inputs_schema
from tests.steps.deploy_ecs_service.schema_fields import fields_of

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
ROWS = re.compile(r"^\|(.+?)\|(.*?)\|(.*?)\|(.*)\|$", re.M)


def described_fields() -> set[str]:
    """Names in the first column of the page's tables whose last column says something."""
    page = (DOCS / "steps" / "deploy-ecs-service.md").read_text()
    return {
        name
        for first, *_, last in ROWS.findall(page)
        for name in re.findall(r"`([^`]+)`", first)
        if last.strip()
    }


def test_the_page_of_the_step_describes_every_field() -> None:
    described = described_fields()
    fields = fields_of(inputs_schema())
    assert len(fields) > 90

    def names(field: str) -> set[str]:
        return {field, field.removeprefix("containers[]."), field.removeprefix("beyond.")}

    assert {field for field in fields if not names(field) & described} == set()
    known = {name for field in fields for name in names(field)}
    of_no_field = {name for name in described if "[]" in name and name not in known}
    assert of_no_field == set()


SERVICES = {
    "aws": [
        "sts", "ec2", "iam", "efs", "secretsmanager", "ssm", "logs", "servicediscovery", "elbv2",
    ],
    "cloudformation": ["cloudformation", "s3"],
    "ecs": ["ecs", "logs", "elbv2"],
    "registries": ["ecr"],
}  # fmt: skip
"""The packages that call AWS, and whom they call."""
PREFIXES = {"efs": "elasticfilesystem", "elbv2": "elasticloadbalancing"}
OTHER_NAMES = {"s3:HeadBucket": "s3:ListBucket"}
OPEN_TO_ALL = {"sts:GetCallerIdentity"}


def operations_of(service: str) -> dict[str, str]:
    """IAM's actions by the names that boto3 gives their operations."""
    client = boto3.client(  # type: ignore[call-overload]
        service, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    prefix = PREFIXES.get(service, service)
    return {
        name: f"{prefix}:{operation}"
        for operation in client.meta.service_model.operation_names
        for name in (operation, xform_name(operation))
    }


def called_in(package: str) -> set[str]:
    """Actions behind the methods called, and behind the operations handed on by their names."""
    operations: dict[str, str] = {}
    for service in SERVICES[package]:  # where two have a name, the package's own comes first
        operations = operations_of(service) | operations
    used: set[str] = set()
    for file in (ROOT / "ecsportal" / package).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                used.add(node.func.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                used.add(node.value)
    return {action for name, action in operations.items() if name in used}


@pytest.mark.parametrize("package", SERVICES)
def test_the_policy_names_every_action_that_the_portal_calls(package: str) -> None:
    page = (DOCS / "aws-permissions.md").read_text()
    policy = json.loads(page.split("```json\n", 1)[1].split("```", 1)[0])
    granted = {
        action
        for statement in policy["Statement"]
        for action in (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        )
    }
    # What only some set-ups need stands below the policy.
    granted |= set(re.findall(r"`([a-z0-9-]+:[A-Z]\w+)`", page))
    called = {OTHER_NAMES.get(action, action) for action in called_in(package)}
    assert called
    assert called - granted - OPEN_TO_ALL == set()
