"""A runner whose step type has a model, an attempt, and one function for each thing asked of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ecsportal.steps.aws_trouble import within
from ecsportal.steps.contract import Failed, JsonDict, Progress, RunContext
from ecsportal.steps.fields import StepModel
from ecsportal.steps.modelled import fit_inputs, read_model
from ecsportal.steps.problems import Problem
from ecsportal.steps.step_attempt import StepAttempt
from ecsportal.steps.wording import iso

Model = TypeVar("Model", bound=StepModel)
Attempt = TypeVar("Attempt", bound=StepAttempt)


@dataclass(frozen=True)
class AwsRunner(Generic[Model, Attempt]):
    """Holds nothing of a run: all that is known of one is in the state it returns.

    `attempt` makes the attempt that a stored state (empty at the start) belongs to; `begin` is the
    first part of a run, `go_on` what is due by the state's phase, `undo` what a cancel does. What
    AWS's errors mean is decided around each of them.
    """

    model: type[Model]
    rules: Callable[[Model], list[Problem]]
    attempt: Callable[[RunContext, JsonDict, Model], Attempt]
    begin: Callable[[Attempt], Progress]
    go_on: Callable[[Attempt], Progress]
    undo: Callable[[Attempt], Progress]

    def start(self, run: RunContext) -> Progress:
        """Check the inputs, then begin with an empty page."""
        inputs = fit_inputs(self.model, self.rules, run)
        if isinstance(inputs, Failed):
            return inputs
        run.resources.clear()
        run.resources.update(services=[], stack=None, events=[], failed_tasks=[])
        return within(self.attempt(run, {}, inputs), self.begin)

    def poll(self, run: RunContext, state: JsonDict) -> Progress:
        """Do what is due."""
        run.resources["read_at"] = iso(run.now)
        return within(self._stored(run, state), self.go_on)

    def cancel(self, run: RunContext, state: JsonDict) -> Progress:
        """Undo what was begun; polls then follow to the end."""
        attempt = self._stored(run, state)
        attempt.memory.cancelling = True
        return within(attempt, self.undo)

    def _stored(self, run: RunContext, state: JsonDict) -> Attempt:
        return self.attempt(run, state, read_model(self.model, run.inputs))
