"""Whether what the portal says of a deployment is what AWS says, read with boto3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from tests.chaos.installation import Installation
from tests.chaos.sample import CLUSTER, ENVIRONMENTS, SERVICE, Cell

WRITING_STEPS = ("deploy-web", "deploy-table", "update-orders")


@dataclass(frozen=True)
class Found:
    """What there is in AWS for a cell."""

    status: str
    """The stack's, empty where there is none, ACTIVE for a service without a stack."""
    release: str
    """Which release runs."""
    is_full: bool
    """All tasks that should run do."""

    @property
    def is_moving(self) -> bool:
        """True while CloudFormation works on it; a clean-up changes nothing any more."""
        return self.status.endswith("_IN_PROGRESS") and "CLEANUP" not in self.status


def look(installation: Installation, cell: Cell, stack_name: str) -> Found:
    """What runs in the cell now."""
    ecs = installation.client("ecs", cell.region)
    if cell.kind == "update":
        return Found("ACTIVE", *_running(ecs, SERVICE))
    stack = _stack(installation, cell.region, stack_name) if stack_name else None
    if stack is None:
        return Found("", "", is_full=False)
    if cell.kind == "template":
        outputs = {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", [])}
        return Found(stack["StackStatus"], outputs.get("Release", ""), is_full=True)
    cfn = installation.client("cloudformation", cell.region)
    resources = cfn.describe_stack_resources(StackName=stack["StackId"])["StackResources"]
    services = [r for r in resources if r["ResourceType"] == "AWS::ECS::Service"]
    arn = services[0].get("PhysicalResourceId") if services else None
    release, is_full = _running(ecs, arn) if arn else ("", False)
    return Found(stack["StackStatus"], release, is_full)


def of_outcome(deployment: Mapping[str, Any], found: Found, *, abandoned: bool) -> list[str]:
    """Succeeded exactly where the release runs; `abandoned` where the log says that it may."""
    steps = [step for step in deployment["steps"] if step["slug"] in WRITING_STEPS]
    [target] = steps[0]["targets"]
    state, version = target["state"], deployment["release"]["version"]
    runs = found.release == version and "ROLLBACK" not in found.status
    there = f"AWS has {found.status or 'no stack'} with release {found.release or 'none'}"
    if state == "succeeded" and not (runs and found.is_full):
        return [f"{version} is said to be deployed, but {there}"]
    if abandoned:
        return []
    if found.is_moving:
        return [f"it is {deployment['state']} while {there}"]
    if state in ("failed", "cancelled") and runs:
        return [f"{version} is {state}, but {there}"]
    return []


def delete(installation: Installation, cell: Cell, stack_name: str) -> None:
    """Have a stack deleted that nobody waits for."""
    cfn = installation.client("cloudformation", cell.region)
    cfn.delete_stack(StackName=stack_name, ClientRequestToken=f"chaos-{uuid4().hex}")


def stack_name_of(deployment: Mapping[str, Any]) -> str:
    """The stack of its writing step; empty where that never began."""
    for step in deployment["steps"]:
        if step["slug"] in WRITING_STEPS:
            return str(step["targets"][0]["stack_name"])
    return ""


def stack_events(installation: Installation) -> list[dict[str, Any]]:
    """All events of all stacks that there are or were."""
    found = []
    for stack in installation.sandbox("GET", "/stacks"):
        cfn = installation.client("cloudformation", stack["region"])
        pages = cfn.get_paginator("describe_stack_events").paginate(StackName=stack["id"])
        found += [event for page in pages for event in page["StackEvents"]]
    return found


def registered_releases(installation: Installation) -> list[str]:
    """The release that each registered definition of the foreign service names."""
    ecs = installation.client("ecs", ENVIRONMENTS["development"])
    found = []
    for page in ecs.get_paginator("list_task_definitions").paginate(familyPrefix=SERVICE):
        found += [_release_of(ecs, arn) for arn in page["taskDefinitionArns"]]
    return [release for release in found if release]


def _running(ecs: Any, service: str) -> tuple[str, bool]:
    found = ecs.describe_services(cluster=CLUSTER, services=[service])["services"]
    if not found or found[0]["status"] != "ACTIVE":
        return "", False
    primary = next(d for d in found[0]["deployments"] if d["status"] == "PRIMARY")
    is_full = primary["runningCount"] == primary["desiredCount"]
    return _release_of(ecs, primary["taskDefinition"]), is_full


def _release_of(ecs: Any, definition: str) -> str:
    content = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]
    return next(
        (
            variable["value"]
            for container in content["containerDefinitions"]
            for variable in container.get("environment", [])
            if variable["name"] == "RELEASE"
        ),
        "",
    )


def _stack(installation: Installation, region: str, name: str) -> dict[str, Any] | None:
    cfn = installation.client("cloudformation", region)
    try:
        stack: dict[str, Any] = cfn.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError:
        return None
    return stack
