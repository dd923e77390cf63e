"""What the step declares to the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ecsportal.steps.contract import JsonDict, StepRunner
from ecsportal.steps.modelled import ModelledStep
from ecsportal.steps.problems import Problem
from ecsportal.steps.run_ecs_task.inputs import RunEcsTaskInputs, advice, check_rules
from ecsportal.steps.step_type import StepType

if TYPE_CHECKING:
    from ecsportal.steps.forms.parts import Section


class RunEcsTask(ModelledStep[RunEcsTaskInputs]):
    """Runs a task to its end; the deployment goes on only if it succeeds."""

    slug = "run-ecs-task"
    name = "Run an Amazon ECS task"
    summary = "Runs containers once, like a database migration, and stops if they fail."
    choose_when = "Something has to run to its end, before or after a service is replaced."
    model = RunEcsTaskInputs
    runs_on_targets = True

    @cached_property
    def runner(self) -> StepRunner:
        """The run of the tasks on one target."""
        from ecsportal.steps.run_ecs_task.run import (  # noqa: PLC0415 -- checks need no AWS client
            RUNNER,
        )

        return RUNNER

    def reads_steps(self, inputs: JsonDict) -> list[str]:
        """The step whose task definition is run."""
        step = inputs.get("step")
        return [step] if isinstance(step, str) and step else []

    def sections(self) -> Sequence[Section]:
        """Task, command, network."""
        from ecsportal.steps.run_ecs_task.form import (  # noqa: PLC0415 -- checks need no form
            SECTIONS,
        )

        return SECTIONS

    def rules(self, inputs: RunEcsTaskInputs) -> list[Problem]:
        """What AWS or the step itself would refuse."""
        return check_rules(inputs)

    def advice(self, inputs: RunEcsTaskInputs) -> list[Problem]:
        """A named definition needs a network of its own."""
        return advice(inputs)

    def summarise(self, inputs: JsonDict) -> str:
        """`Runs the task of deploy-web: rake db:migrate`."""
        from ecsportal.steps.run_ecs_task.form import (  # noqa: PLC0415 -- as above
            command_words,
            what_runs,
        )

        command = f": {command_words(inputs)}" if inputs.get("command_list") else ""
        return f"Runs {what_runs(inputs)}{command}"


STEP_TYPE: StepType = RunEcsTask()
