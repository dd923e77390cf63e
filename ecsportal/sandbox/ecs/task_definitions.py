"""ECS operations on task definitions."""

from __future__ import annotations

import copy
import re
from typing import Any

from ecsportal.sandbox.ecs import fargate
from ecsportal.sandbox.ecs.clusters import listing
from ecsportal.sandbox.ecs.describe import describe_definition
from ecsportal.sandbox.ecs.state import EcsRegion, TaskDefinition, Wire, tags_from, tags_to
from ecsportal.sandbox.errors import AwsError

_NAME = re.compile(r"^[A-Za-z0-9_-]{1,255}$")
_SIZE = re.compile(r"^([\d.]+)\s*(vcpu|gb)$", re.IGNORECASE)


def register_task_definition(region: EcsRegion, params: Wire) -> Wire:
    """RegisterTaskDefinition: the next revision of its family."""
    body = copy.deepcopy(params)
    family = body.pop("family")
    tags = tags_from(body.pop("tags", []))
    if not _NAME.match(family):
        raise AwsError(
            "ClientException",
            "Family contains invalid characters. Up to 255 letters (uppercase and lowercase), "
            "numbers, underscores, and hyphens are allowed.",
        )
    _normalise(body)
    fargate.check(body)
    revisions = region.families.setdefault(family, [])
    revision = len(revisions) + 1
    arn = region.arn(f"task-definition/{family}:{revision}")
    definition = TaskDefinition(family, revision, arn, body, region.clock.now(), tags)
    revisions.append(definition)
    return {"taskDefinition": describe_definition(definition), "tags": tags_to(tags)}


def _normalise(body: Wire) -> None:
    """Fill in what AWS fills in, so that a described definition looks as it does there."""
    for size in ("cpu", "memory"):
        if body.get(size):
            body[size] = _plain_size(str(body[size]))
    body.setdefault("volumes", [])
    body.setdefault("placementConstraints", [])
    for container in body["containerDefinitions"]:
        container.setdefault("cpu", 0)
        container.setdefault("essential", True)
        for name in ("portMappings", "environment", "mountPoints", "volumesFrom", "systemControls"):
            container.setdefault(name, [])
        for port in container["portMappings"]:
            port.setdefault("protocol", "tcp")
            if body.get("networkMode") == "awsvpc":
                port.setdefault("hostPort", port.get("containerPort"))
        if container.get("healthCheck"):
            defaults = {"interval": 30, "timeout": 5, "retries": 3}
            container["healthCheck"] = {**defaults, **container["healthCheck"]}


def _plain_size(text: str) -> str:
    found = _SIZE.match(text.strip())
    return str(round(float(found.group(1)) * 1024)) if found else text.strip()


def describe_task_definition(region: EcsRegion, params: Wire) -> Wire:
    """DescribeTaskDefinition; tags only where asked for."""
    definition = region.definition(params["taskDefinition"])
    answer: dict[str, Any] = {"taskDefinition": describe_definition(definition)}
    if "TAGS" in params.get("include", []):
        answer["tags"] = tags_to(definition.tags)
    return answer


def deregister_task_definition(region: EcsRegion, params: Wire) -> Wire:
    """DeregisterTaskDefinition: INACTIVE, still described, still run by who runs it."""
    definition = region.definition(params["taskDefinition"])
    definition.status = "INACTIVE"
    definition.deregistered_at = region.clock.now()
    return {"taskDefinition": describe_definition(definition)}


def list_task_definitions(region: EcsRegion, params: Wire) -> Wire:
    """ListTaskDefinitions by family prefix, status and sort order."""
    status, prefix = params.get("status", "ACTIVE"), params.get("familyPrefix")
    arns = [
        each.arn
        for family, revisions in sorted(region.families.items())
        for each in revisions
        if each.status == status and prefix in (None, family)
    ]
    if params.get("sort") == "DESC":
        arns.reverse()
    return listing("taskDefinitionArns", arns, params, 100)


def list_task_definition_families(region: EcsRegion, params: Wire) -> Wire:
    """ListTaskDefinitionFamilies by prefix and status."""
    status, prefix = params.get("status", "ALL"), params.get("familyPrefix", "")
    families = [
        family
        for family, revisions in sorted(region.families.items())
        if family.startswith(prefix)
        and (status == "ALL" or any(each.status == status for each in revisions))
    ]
    return listing("families", families, params, 100)
