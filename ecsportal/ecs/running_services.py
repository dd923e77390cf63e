"""Services that run, whole: what a step is filled from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecsportal.aws.errors import AwsError, aws_errors

MOST = 1000
"""Names read of one cluster."""


@dataclass(frozen=True)
class RunningService:
    """A service and the task definition it runs, as ECS tells them."""

    service: Mapping[str, Any]
    task_definition: Mapping[str, Any]

    @property
    def stack(self) -> str:
        """The name of the stack that it belongs to, empty for none."""
        return self.tags.get("aws:cloudformation:stack-name", "")

    @property
    def tags(self) -> dict[str, str]:
        """The service's tags."""
        return {tag["key"]: tag.get("value", "") for tag in self.service.get("tags", ())}


def list_service_names(ecs: Any, cluster: str) -> list[str]:
    """The names of the cluster's services, sorted."""
    names: list[str] = []
    with aws_errors:
        pages = ecs.get_paginator("list_services").paginate(
            cluster=cluster, PaginationConfig={"PageSize": 100, "MaxItems": MOST}
        )
        for page in pages:
            names += [arn.rpartition("/")[2] for arn in page["serviceArns"]]
    return sorted(names, key=str.lower)


def read_service(ecs: Any, cluster: str, name: str) -> RunningService | None:
    """The service with what its newest deployment runs; None where there is none of this name."""
    try:
        with aws_errors:
            answer = ecs.describe_services(cluster=cluster, services=[name], include=["TAGS"])
            found = [each for each in answer["services"] if each.get("status") != "INACTIVE"]
            if not found:
                return None
            told = ecs.describe_task_definition(taskDefinition=found[0]["taskDefinition"])
    except AwsError as error:
        if error.aws_code == "ClusterNotFoundException":
            return None
        raise
    return RunningService(found[0], told["taskDefinition"])
