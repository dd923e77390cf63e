"""One target's attempt as the runner's parts see it: context, inputs, names, memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from ecsportal.aws.causes import Naming
from ecsportal.cloudformation.stacks import StackRequest
from ecsportal.ecs.container_logs import Stream
from ecsportal.ecs.tasks import Task
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
from ecsportal.steps.service_rollout.attempt import RolloutAttempt
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.tags import stack_tags
from ecsportal.steps.wait_option import Wait


@dataclass
class Attempt(StackAttempt, RolloutAttempt):
    """The bundle that every part of the runner works on."""

    run: RunContext
    memory: Memory
    inputs: DeployEcsServiceInputs

    failed_code: ClassVar[str] = "ECS-DEPLOY-FAILED"
    timeout_code: ClassVar[str] = "ECS-TIMEOUT"
    contents: ClassVar[str] = "its service"

    @cached_property
    def names(self) -> LogicalIds:
        return logical_ids(self.inputs.task_name)

    @property
    def names_verified(self) -> set[str]:
        """Logical ids of the resources that say which revision runs."""
        return {self.names.task_definition, self.names.service}

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
                feeds[container.name] = image.feed_name
            limit = container.memory or self.inputs.memory
            if str(limit).isdecimal():
                memory[container.name] = int(limit)
        return Naming(images, feeds, memory, cluster=self.cluster, region=self.run.target.region)

    @property
    def short_name(self) -> str:
        """What the service is called in sentences: its task's name."""
        return self.inputs.task_name

    @property
    def most_failed_tasks(self) -> int:
        return int(self.inputs.fail_after_stopped_tasks)

    @property
    def most_quiet_minutes(self) -> int:
        return int(self.inputs.no_progress_minutes)

    @property
    def target_groups(self) -> Sequence[str]:
        return [each.target_group_arn for each in self.inputs.load_balancers]

    @property
    def log_groups(self) -> Sequence[str]:
        groups = [self._log_group(container.name) for container in self.inputs.containers]
        return list(dict.fromkeys(group for group in groups if group))

    def log_stream(self, container: str, task: Task) -> Stream | None:
        """Where a container that logs automatically writes."""
        group = self._log_group(container)
        return Stream(group, f"ecs/{container}/{task.id}") if group else None

    def _log_group(self, container: str) -> str:
        found = self.inputs.container(container)
        if found is None or found.logging.type != "auto":
            return ""
        return self.inputs.beyond.log_group_name or f"/ecs/{self.inputs.task_name}"

    @property
    def mends_rollback(self) -> bool:
        return self.inputs.on_update_rollback_failed != "delete"

    @property
    def cancels_on_failure(self) -> bool:
        return self.inputs.cancel_on_failure is True

    @property
    def wait_option(self) -> Wait:
        return self.inputs.wait


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
