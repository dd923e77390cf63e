"""One target's attempt: context, inputs, and what is remembered between two polls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import ClassVar

from ecsportal.aws.causes import Naming
from ecsportal.ecs.container_logs import Stream, stream_of
from ecsportal.ecs.tasks import Task
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.service_rollout.attempt import RolloutAttempt
from ecsportal.steps.service_rollout.memory import RolloutMemory
from ecsportal.steps.tags import stack_tags
from ecsportal.steps.update_ecs_service.inputs import UpdateEcsServiceInputs
from ecsportal.steps.wait_option import deadline_of


@dataclass
class UpdateMemory(RolloutMemory):
    """Where a run stands.

    Phases: `begin`, `intent` (operation `register`, `update` or `back`), `follow`. `logging` has
    the containers that write to CloudWatch, as the new revision says it.
    """

    is_blind: bool = False
    """True where nobody may look at the service."""
    seen: bool = False
    """True once our rollout has been seen: from then on another one means that ECS went back."""
    logging: list[JsonDict] = field(default_factory=list)
    target_groups: list[str] = field(default_factory=list)


@dataclass
class UpdateAttempt(RolloutAttempt):
    """The bundle that every part of the runner works on."""

    memory: UpdateMemory
    inputs: UpdateEcsServiceInputs

    failed_code: ClassVar[str] = "ECS-DEPLOY-FAILED"
    timeout_code: ClassVar[str] = "ECS-TIMEOUT"
    without_sight: ClassVar[str] = "assuming that the rollout goes on"

    @property
    def short_name(self) -> str:
        """The service's own name."""
        return self.inputs.service_name.rpartition("/")[2]

    @property
    def family(self) -> str:
        """The family that gets the new revision, also where it is named with one or by ARN."""
        return self.inputs.target_task_definition.rpartition("/")[2].partition(":")[0]

    @property
    def deadline(self) -> datetime | None:
        """When `with_timeout` has used up its minutes; None without a limit."""
        return deadline_of(self.inputs.wait, self.run.started_at)

    @property
    def most_failed_tasks(self) -> int:
        return int(self.inputs.fail_after_stopped_tasks)

    @property
    def most_quiet_minutes(self) -> int:
        return int(self.inputs.no_progress_minutes)

    @property
    def target_groups(self) -> Sequence[str]:
        return self.memory.target_groups

    @property
    def log_groups(self) -> Sequence[str]:
        streams = (stream_of(each, "") for each in self.memory.logging)
        return list(dict.fromkeys(stream.group for stream in streams if stream))

    def log_stream(self, container: str, task: Task) -> Stream | None:
        """Where a container of the new revision writes, if that is in this region."""
        found = next((each for each in self.memory.logging if each["name"] == container), None)
        stream = stream_of(found, task.id) if found else None
        here = stream is not None and stream.region in ("", self.run.target.region)
        return stream if here else None

    @cached_property
    def images(self) -> dict[str, str]:
        """The release's images as text by reference."""
        return {name: image.image for name, image in self.run.images.items()}

    @cached_property
    def tags(self) -> dict[str, str]:
        """What the new revision and the service are tagged with."""
        return stack_tags(self.run.deployment, self.run.target, self.inputs.tags)

    @cached_property
    def naming(self) -> Naming:
        """What sentences about failures may name."""
        images: dict[str, str] = {}
        feeds: dict[str, str] = {}
        for container in self.inputs.containers:
            image = self.run.images.get(container.image.name) if container.image else None
            if image is not None:
                images[container.name] = f"{image.repository}:{image.tag}"
                feeds[container.name] = image.feed_name
        return Naming(images, feeds, cluster=self.cluster, region=self.run.target.region)

    def left_running(self) -> str:
        """What ECS has begun goes on."""
        revision = self.memory.task_definition.rpartition("/")[2]
        return f"ECS goes on replacing the tasks of {self.short_name} by {revision}."
