"""Running the step on one target: a stack operation with the template that was given."""

from __future__ import annotations

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.validation import validate_template
from ecsportal.steps.aws_trouble import within
from ecsportal.steps.contract import Failed, JsonDict, Progress, RunContext
from ecsportal.steps.deploy_cloudformation_template.attempt import TemplateAttempt
from ecsportal.steps.deploy_cloudformation_template.inputs import DeployTemplateInputs
from ecsportal.steps.deploy_cloudformation_template.rules import check_rules
from ecsportal.steps.deploy_cloudformation_template.validated import problems_of
from ecsportal.steps.modelled import fit_inputs, read_model, unfit
from ecsportal.steps.problems import Problem
from ecsportal.steps.stack_operation import page
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.stack_operation.long_template import length_problem, sent
from ecsportal.steps.stack_operation.memory import StackMemory
from ecsportal.steps.stack_operation.run import StackRunner


class DeployTemplateRunner(StackRunner):
    """Creates or updates the stack, or proposes to."""

    def start(self, run: RunContext) -> Progress:
        """Check the inputs and let CloudFormation read the template, then begin."""
        inputs = fit_inputs(DeployTemplateInputs, check_rules, run)
        if isinstance(inputs, Failed):
            return inputs
        attempt = TemplateAttempt(run, StackMemory(), inputs)
        page.clear(attempt)
        if too_long := length_problem(attempt):
            return unfit([too_long])
        return within(attempt, self.begin)

    def attempt(self, run: RunContext, state: JsonDict) -> TemplateAttempt:
        """The attempt, its inputs read anew."""
        inputs = read_model(DeployTemplateInputs, run.inputs)
        return TemplateAttempt(run, StackMemory.load(state), inputs)

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
