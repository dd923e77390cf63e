"""What CloudFormation says of the template before it is deployed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ecsportal.aws.errors import AwsError
from ecsportal.aws.lookups.identity import role_exists
from ecsportal.cloudformation.stacks import StackRequest
from ecsportal.cloudformation.template_bucket import is_too_long
from ecsportal.cloudformation.validation import validate_template
from ecsportal.steps.bound import is_bound
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_cloudformation_template.images import as_it_will_be
from ecsportal.steps.deploy_cloudformation_template.inputs import DeployTemplateInputs
from ecsportal.steps.deploy_cloudformation_template.validated import problems_of
from ecsportal.steps.look_ahead import Foreseen
from ecsportal.steps.modelled import read_model
from ecsportal.steps.problems import StepInputsError

_WAITS = "It holds expressions whose values only a deployment has."
Clients = Callable[[str], Any]


def look_ahead(inputs: JsonDict, clients: Clients) -> list[Foreseen]:
    """ValidateTemplate and the role; nothing for inputs that can't be read."""
    try:
        read = read_model(DeployTemplateInputs, inputs)
    except StepInputsError:
        return []
    found: list[Foreseen] = []
    for what, look in (("the template", _template), ("the role", _role)):
        try:
            found += look(read, clients)
        except AwsError as error:
            found.append(Foreseen("unknown", f"Couldn't look up {what}", error.message))
    return found


def _template(inputs: DeployTemplateInputs, clients: Clients) -> Iterator[Foreseen]:
    body = as_it_will_be(inputs)
    request = StackRequest(
        name=inputs.stack_name,
        template_body=body,
        template_url=inputs.template_url,
        parameters={given.name: given.value for given in inputs.parameters if given.value},
        capabilities=tuple(inputs.capabilities),
    )
    if not (body.strip() or inputs.template_url) or is_too_long(request):
        return  # a long one is put into the bucket first, which a look must not do
    if is_bound(body) or is_bound(inputs.template_url):
        yield Foreseen("unknown", "The template is known only when it is deployed", _WAITS)
        return
    try:
        validated = validate_template(clients("cloudformation"), body=body, url=inputs.template_url)
    except AwsError as error:
        if error.code != "AWS-VALIDATION":
            raise
        yield Foreseen("failed", "CloudFormation doesn't take the template", error.aws_text)
        return
    has_change_set = inputs.change_set.enabled is not False
    for problem in problems_of(request, validated, has_change_set=has_change_set):
        yield Foreseen("failed", problem.message.rstrip("."))


def _role(inputs: DeployTemplateInputs, clients: Clients) -> Iterator[Foreseen]:
    arn = inputs.role_arn
    if arn and not is_bound(arn) and not role_exists(clients("iam"), arn):
        yield Foreseen("failed", f"Service role {arn.rpartition('/')[2]} doesn't exist", arn)
