"""One target's attempt: context, inputs, and what is remembered between two polls."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import ClassVar

from ecsportal.aws.causes import Naming
from ecsportal.steps.contract import JsonDict, OtherStep
from ecsportal.steps.run_ecs_task.inputs import RunEcsTaskInputs
from ecsportal.steps.run_memory import RunMemory
from ecsportal.steps.step_attempt import StepAttempt


@dataclass
class TaskMemory(RunMemory):
    """Where a run stands.

    Phases: `begin`, `intent` (operation `register`, `run` or `stop`), `follow`. `logging` has the
    containers that write to CloudWatch, as their definitions say it; `positions` is by log stream.
    `missed` counts looks in a row at which ECS did not know all tasks.
    """

    task_definition: str = ""
    container: str = ""
    launch_type: str = ""
    network: JsonDict | None = None
    logging: list[JsonDict] = field(default_factory=list)
    images: JsonDict = field(default_factory=dict)

    tasks: list[str] = field(default_factory=list)
    statuses: dict[str, str] = field(default_factory=dict)
    positions: dict[str, str] = field(default_factory=dict)
    told: int = 0
    missed: int = 0
    quiet_ends: int = 0
    stopping_at: str = ""


@dataclass
class TaskAttempt(StepAttempt):
    """The bundle that every part of the runner works on."""

    memory: TaskMemory
    inputs: RunEcsTaskInputs

    timeout_code: ClassVar[str] = "ECS-TIMEOUT"
    not_started: ClassVar[str] = "ECS-TASK-NOT-STARTED"

    @property
    def deadline(self) -> datetime | None:
        """When the tasks have used up their minutes."""
        return self.run.started_at + timedelta(minutes=int(self.inputs.timeout_minutes))

    @property
    def started_by(self) -> str:
        """The mark that this attempt's tasks carry, and no others."""
        return self.run.token_base

    @property
    def other_step(self) -> OtherStep | None:
        """The step whose task definition is run; None where none is named, or there is none."""
        return self.run.other_steps.get(self.inputs.step)

    @cached_property
    def naming(self) -> Naming:
        """What sentences about failures may name."""
        return Naming(self.memory.images, cluster=self.cluster, region=self.run.target.region)

    def left_running(self) -> str:
        """The tasks go on without the step."""
        count = len(self.memory.tasks)
        if not count:
            return ""
        which = "Its task" if count == 1 else f"Its {count} tasks"
        return f"{which} may still run in cluster {self.cluster}, started by {self.started_by}."
