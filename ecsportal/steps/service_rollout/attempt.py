"""What the watch over a service has to know of the step that replaces it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ecsportal.aws.causes import Naming
from ecsportal.ecs.container_logs import Stream
from ecsportal.ecs.tasks import Task
from ecsportal.steps.service_rollout.memory import RolloutMemory
from ecsportal.steps.step_attempt import StepAttempt


@dataclass
class RolloutAttempt(StepAttempt):
    """An attempt that changes a service; a step type derives its own."""

    memory: RolloutMemory

    without_sight: ClassVar[str] = "following the stack alone"
    """What the step does where nobody may look at the service."""

    @property
    def service_cluster(self) -> str:
        """The cluster that the service is in, from its ARN where that tells."""
        cluster, found, _ = self.memory.service.partition(":service/")[2].partition("/")
        return cluster if found else self.cluster

    @property
    @abstractmethod
    def short_name(self) -> str:
        """What the service is called in sentences."""

    @property
    @abstractmethod
    def naming(self) -> Naming:
        """What sentences about failures may name."""

    @property
    @abstractmethod
    def most_failed_tasks(self) -> int:
        """After so many failed tasks the rollout is ended."""

    @property
    @abstractmethod
    def most_quiet_minutes(self) -> int:
        """After so many minutes without progress the rollout is ended."""

    @property
    @abstractmethod
    def target_groups(self) -> Sequence[str]:
        """ARNs of the target groups that the service's tasks are in."""

    @property
    @abstractmethod
    def log_groups(self) -> Sequence[str]:
        """The log groups that the service's containers write to, each once."""

    @abstractmethod
    def log_stream(self, container: str, task: Task) -> Stream | None:
        """Where that container of the task writes; None where CloudWatch doesn't have it."""
