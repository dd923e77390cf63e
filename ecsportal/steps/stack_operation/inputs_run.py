"""Running a step type over stacks whose inputs are one pydantic model."""

from __future__ import annotations

from abc import abstractmethod
from typing import Generic

from ecsportal.steps.aws_trouble import within
from ecsportal.steps.contract import Failed, JsonDict, Progress, RunContext
from ecsportal.steps.modelled import Model, fit_inputs, read_model, unfit
from ecsportal.steps.problems import Problem
from ecsportal.steps.stack_operation import page
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.stack_operation.long_template import length_problem
from ecsportal.steps.stack_operation.memory import StackMemory
from ecsportal.steps.stack_operation.run import StackRunner


class InputsRunner(StackRunner, Generic[Model]):
    """Reads the inputs anew in each turn; they are checked at the start."""

    model: type[Model]

    @abstractmethod
    def rules(self, inputs: Model) -> list[Problem]:
        """Every broken rule of evaluated inputs."""

    @abstractmethod
    def attempt_with(self, run: RunContext, memory: StackMemory, inputs: Model) -> StackAttempt:
        """The attempt of these inputs."""

    def start(self, run: RunContext) -> Progress:
        """Check the inputs, then begin."""
        inputs = fit_inputs(self.model, self.rules, run)
        if isinstance(inputs, Failed):
            return inputs
        attempt = self.attempt_with(run, StackMemory(), inputs)
        page.clear(attempt)
        if too_long := length_problem(attempt):
            return unfit([too_long])
        return within(attempt, self.begin)

    def attempt(self, run: RunContext, state: JsonDict) -> StackAttempt:
        """The attempt that a stored state belongs to."""
        return self.attempt_with(run, StackMemory.load(state), read_model(self.model, run.inputs))
