"""Running the step on one target: a stack operation that watches its service.

The parts: `steps.stack_operation` leads, looks and writes, `service_stack` adds what this step
knows of cluster, service and rollout, `verify` judges the end.
"""

from __future__ import annotations

from ecsportal.steps.aws_trouble import within
from ecsportal.steps.contract import Failed, JsonDict, Progress, RunContext, StepError
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs, read_inputs
from ecsportal.steps.deploy_ecs_service.memory import Memory
from ecsportal.steps.deploy_ecs_service.rules import VALIDATION_ERROR, check_rules
from ecsportal.steps.deploy_ecs_service.rules.execution_role import execution_role_notes
from ecsportal.steps.deploy_ecs_service.service_stack import ServiceStack
from ecsportal.steps.deploy_ecs_service.template import MissingImageError
from ecsportal.steps.problems import Problem, StepInputsError
from ecsportal.steps.stack_operation import page
from ecsportal.steps.stack_operation.long_template import length_problem
from ecsportal.steps.stack_operation.run import StackRunner
from ecsportal.steps.wording import broken_inputs


class DeployEcsServiceRunner(StackRunner):
    """Deploys the service as one stack."""

    def start(self, run: RunContext) -> Progress:
        """Check the inputs, then begin."""
        try:
            inputs = read_inputs(run.inputs, run.version)
            problems = check_rules(inputs)
        except StepInputsError as error:
            problems, inputs = list(error.problems), None
        if inputs is None or problems:
            return _not_valid(problems)
        attempt = ServiceStack(run, Memory(), inputs)
        page.clear(attempt)
        try:
            too_long = length_problem(attempt)
        except MissingImageError as error:
            return _not_valid([Problem("images", str(error), "missing")])
        if too_long is not None:
            return _not_valid([too_long])
        _tell_notes(run, inputs)
        return within(attempt, self.begin)

    def attempt(self, run: RunContext, state: JsonDict) -> ServiceStack:
        """The attempt; its inputs are read once by each worker."""
        if "inputs" not in run.kept:
            run.kept["inputs"] = read_inputs(run.inputs, run.version)
        return ServiceStack(run, Memory.load(state), run.kept["inputs"])


def _tell_notes(run: RunContext, inputs: DeployEcsServiceInputs) -> None:
    # A role of the user's may well do what it has to: no warning at each deployment.
    tell = run.log.verbose if inputs.task_execution_role_arn else run.log.warning
    for note in execution_role_notes(inputs):
        tell(f"{note.path}: {note.message}")


def _not_valid(problems: list[Problem]) -> Failed:
    broken = broken_inputs([problem.path for problem in problems])
    return Failed(
        StepError(
            code="ECS-VALIDATION",
            message=f"{VALIDATION_ERROR}: {broken}",
            advice="Correct the step's inputs or the variables they use, and deploy again.",
            cause="validation",
            details=tuple(f"{p.path}: {p.message}".removeprefix(": ") for p in problems),
        )
    )
