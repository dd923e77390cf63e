"""One target's attempt as the runner's parts see it: context, inputs, names, memory."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from ecsportal.cloudformation.stacks import StackRequest
from ecsportal.ecs.failures import Naming
from ecsportal.steps.contract import Failed, Intends, RunContext, StepError, StepLog, Waiting
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs
from ecsportal.steps.deploy_ecs_service.memory import Memory
from ecsportal.steps.deploy_ecs_service.names import (
    LogicalIds,
    generated_stack_name,
    logical_ids,
    stack_tags,
)
from ecsportal.steps.deploy_ecs_service.template import (
    build_template,
    image_texts,
    template_parameters,
)
from ecsportal.steps.deploy_ecs_service.wording import wait_lines_due

_SHORTEST, _LONGEST = 2.0, 5.0
_TROUBLE_LONGEST = 60.0
_SLOWEST_PACE, _PACE_RECOVERS = 4.0, 0.95
DEFAULT_CLUSTER = "default"


@dataclass
class Attempt:
    """The bundle that every part of the runner works on."""

    run: RunContext
    inputs: DeployEcsServiceInputs
    memory: Memory

    @property
    def log(self) -> StepLog:
        return self.run.log

    @property
    def cfn(self) -> Any:
        return self.run.aws.cloudformation

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
        return Naming(images, feeds, memory)

    @property
    def short_name(self) -> str:
        """What the service is called in sentences: its task's name."""
        return self.inputs.task_name

    @property
    def token_prefix(self) -> str:
        """Begins every token of this attempt, and of no other."""
        return f"{self.run.token_base}-"

    @property
    def deadline(self) -> datetime | None:
        """When `with_timeout` has used up its minutes; None without a limit."""
        minutes = self.inputs.wait.timeout_minutes
        if self.inputs.wait.type != "with_timeout" or minutes is None:
            return None
        return self.run.started_at + timedelta(minutes=int(minutes))

    @property
    def past_deadline(self) -> bool:
        """True once the step's time is used up."""
        return self.deadline is not None and self.run.now >= self.deadline

    def intend(self, operation: str) -> Intends:
        """Announce a write: its token is committed before the call."""
        self.memory.phase, self.memory.operation = "intent", operation
        return Intends(operation, self.run.token(operation), self.memory.dump())

    def follow(self) -> Waiting:
        """The write is accepted: follow it from now on."""
        memory = self.memory
        memory.phase, memory.operation_at = "follow", self.run.now.isoformat()
        memory.said, memory.quiet = 0, 0
        return Waiting(memory.dump(), _SHORTEST)

    def look_again(self) -> Waiting:
        """Look at the stack anew at once: what was found no longer holds."""
        self.memory.phase = "look"
        return Waiting(self.memory.dump(), 0.5)

    def wait(self, *, changed: bool = False) -> Waiting:
        """Come back soon; later and later while nothing changes."""
        self.memory.quiet = 0 if changed else min(self.memory.quiet + 1, 10)
        memory = self.memory
        after: float = min(_LONGEST, _SHORTEST * 1.25**memory.quiet) * memory.pace
        memory.pace = max(1.0, memory.pace * _PACE_RECOVERS)
        return Waiting(memory.dump(), after * random.uniform(0.9, 1.1))

    def wait_longer(self) -> Waiting:
        """AWS asks for fewer calls or doesn't answer: come back much later, spread out.

        For a while afterwards the looks stay rarer: many deployments share one account's rate.
        """
        self.memory.pace = min(_SLOWEST_PACE, self.memory.pace * 1.5)
        after: float = min(_TROUBLE_LONGEST, 5.0 * 2 ** min(self.memory.trouble - 1, 6))
        return Waiting(self.memory.dump(), after * random.uniform(0.8, 1.2))

    def say_waiting(self, text: str, seconds: float) -> None:
        """A wait line when one is due: the first after a minute, then more and more seldom."""
        due = wait_lines_due(seconds)
        if due > self.memory.said:
            self.memory.said = due
            self.log.wait(text)

    def fail(
        self, code: str, message: str, advice: str = "", *, cause: str = "", still: str = "",
        details: Iterable[str] = (),
    ) -> Failed:  # fmt: skip
        """The end without success."""
        return Failed(
            StepError(
                code=code,
                message=message,
                advice=advice,
                cause=cause,
                still_serving=still,
                details=tuple(details),
            )
        )


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
