"""Writing to a service that exists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsportal.aws.errors import aws_errors
from ecsportal.ecs.rollouts import Service, service_from


def update_service(
    ecs: Any, cluster: str, service: str, *, task_definition: str, force: bool
) -> Service:
    """Let the service run the revision; `force` replaces its tasks whatever they run.

    There is no token for this: look at the service's rollouts before calling it once more.
    """
    with aws_errors:
        answer = ecs.update_service(
            cluster=cluster,
            service=service,
            taskDefinition=task_definition,
            forceNewDeployment=force,
        )
    return service_from(answer["service"])


def tag_service(ecs: Any, arn: str, tags: Mapping[str, str]) -> None:
    """Add these tags, or give them these values; others stay."""
    with aws_errors:
        ecs.tag_resource(
            resourceArn=arn, tags=[{"key": key, "value": value} for key, value in tags.items()]
        )
