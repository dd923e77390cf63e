"""One target's attempt as the runner's parts see it: context, inputs, names, memory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from ecsportal.aws.causes import Naming
from ecsportal.cloudformation.stacks import StackRequest
from ecsportal.steps.contract import RunContext
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs
from ecsportal.steps.deploy_ecs_service.memory import Memory
from ecsportal.steps.deploy_ecs_service.names import (
    LogicalIds,
    generated_stack_name,
    logical_ids,
)
from ecsportal.steps.deploy_ecs_service.template import (
    build_template,
    image_texts,
    template_parameters,
)
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.tags import stack_tags
from ecsportal.steps.wait_option import deadline_of

DEFAULT_CLUSTER = "default"


@dataclass
class Attempt(StackAttempt):
    """The bundle that every part of the runner works on."""

    run: RunContext
    memory: Memory
    inputs: DeployEcsServiceInputs

    failed_code: ClassVar[str] = "ECS-DEPLOY-FAILED"
    timeout_code: ClassVar[str] = "ECS-TIMEOUT"
    asks_code: ClassVar[str] = "ECS-STACK-HOLDS-SERVICE"
    contents: ClassVar[str] = "its service"

    @property
    def ecs(self) -> Any:
        return self.run.aws.ecs

    @property
    def cluster(self) -> str:
        return self.run.target.cluster or DEFAULT_CLUSTER

    @property
    def service_cluster(self) -> str:
        """The cluster that the stack's service is in, from its ARN where that tells."""
        cluster, found, _ = self.memory.service.partition(":service/")[2].partition("/")
        return cluster if found else self.cluster

    @cached_property
    def names(self) -> LogicalIds:
        return logical_ids(self.inputs.task_name)

    @cached_property
    def stack_name(self) -> str:
        """The name fixed at the first deployment, else the given, else the generated one."""
        return (
            self.run.stack_name
            or self.inputs.stack_name
            or generated_stack_name(
                self.cluster, self.inputs.task_name, self.run.deployment.environment_id
            )
        )

    @cached_property
    def request(self) -> StackRequest:
        """What create and update send: the same inputs give the same bytes."""
        return StackRequest(
            name=self.stack_name,
            template_body=json.dumps(self.template, separators=(",", ":")),
            parameters=template_parameters(self.inputs, cluster=self.cluster),
            tags=stack_tags(self.run.deployment, self.run.target, self.inputs.tags),
        )

    @cached_property
    def template(self) -> dict[str, Any]:
        """The template that this release deploys here."""
        return build_template(
            self.inputs,
            images=image_texts(self.inputs, self.run.images),
            cluster=self.cluster,
            partition=partition_of(self.run.target.region),
        )

    @cached_property
    def naming(self) -> Naming:
        """What sentences about failures may name."""
        images: dict[str, str] = {}
        feeds: dict[str, str] = {}
        memory: dict[str, int] = {}
        for container in self.inputs.containers:
            image = self.run.images.get(container.image.name)
            if image is not None:
                images[container.name] = f"{image.repository}:{image.tag}"
                feeds[container.name] = image.feed
            limit = container.memory or self.inputs.memory
            if str(limit).isdecimal():
                memory[container.name] = int(limit)
        return Naming(images, feeds, memory, cluster=self.cluster, region=self.run.target.region)

    @property
    def short_name(self) -> str:
        """What the service is called in sentences: its task's name."""
        return self.inputs.task_name

    @property
    def deadline(self) -> datetime | None:
        """When `with_timeout` has used up its minutes; None without a limit."""
        return deadline_of(self.inputs.wait, self.run.started_at)

    @property
    def mends_rollback(self) -> bool:
        return self.inputs.on_update_rollback_failed != "delete"

    @property
    def cancels_on_failure(self) -> bool:
        return self.inputs.cancel_on_failure is True

    @property
    def waits(self) -> bool:
        return self.inputs.wait.type != "dont_wait"


def partition_of(region: str) -> str:
    """The partition of a region: `aws`, `aws-cn`, `aws-us-gov`, ..."""
    for prefix, partition in (
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-iso-", "aws-iso"),
        ("eusc-", "aws-eusc"),
    ):
        if region.startswith(prefix):
            return partition
    return "aws"
