"""Running the step on one target: a stack operation with the template that was given."""

from __future__ import annotations

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.validation import validate_template
from ecsportal.steps.contract import Progress, RunContext
from ecsportal.steps.deploy_cloudformation_template.attempt import TemplateAttempt
from ecsportal.steps.deploy_cloudformation_template.inputs import DeployTemplateInputs
from ecsportal.steps.deploy_cloudformation_template.rules import check_rules
from ecsportal.steps.deploy_cloudformation_template.validated import problems_of
from ecsportal.steps.modelled import unfit
from ecsportal.steps.problems import Problem
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.stack_operation.inputs_run import InputsRunner
from ecsportal.steps.stack_operation.long_template import sent
from ecsportal.steps.stack_operation.memory import StackMemory


class DeployTemplateRunner(InputsRunner[DeployTemplateInputs]):
    """Creates or updates the stack, or proposes to."""

    model = DeployTemplateInputs

    def rules(self, inputs: DeployTemplateInputs) -> list[Problem]:
        return check_rules(inputs)

    def attempt_with(
        self, run: RunContext, memory: StackMemory, inputs: DeployTemplateInputs
    ) -> TemplateAttempt:
        return TemplateAttempt(run, memory, inputs)

    def begin(self, attempt: StackAttempt) -> Progress:
        """Let CloudFormation read the template before anything changes."""
        if problems := _found_by_aws(attempt):
            return unfit(problems)
        return super().begin(attempt)


def _found_by_aws(attempt: StackAttempt) -> list[Problem]:
    """What CloudFormation itself says of the template before anything changes."""
    try:
        request = sent(attempt, attempt.request)
        validated = validate_template(
            attempt.cfn, body=request.template_body, url=request.template_url
        )
    except AwsError as error:
        if error.code != "AWS-PERMISSION" or error.says("S3 error"):
            raise
        attempt.log.warning(f"{error.message} The template is checked by its deployment alone.")
        return []
    return problems_of(request, validated, has_change_set=bool(attempt.change_set_name))
