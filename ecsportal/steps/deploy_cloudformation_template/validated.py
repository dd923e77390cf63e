"""What CloudFormation's own reading of a template means for what is given to it."""

from __future__ import annotations

from ecsportal.cloudformation.stacks import StackRequest
from ecsportal.cloudformation.validation import Validated
from ecsportal.steps.deploy_cloudformation_template.inputs import AUTO_EXPAND, IAM, NAMED_IAM
from ecsportal.steps.problems import Problem


def problems_of(
    request: StackRequest, validated: Validated, *, has_change_set: bool
) -> list[Problem]:
    """Parameters that are unknown or missing, and what the template needs to be allowed."""
    return [*_of_parameters(request, validated), *_of_needs(request, validated, has_change_set)]


def _of_parameters(request: StackRequest, validated: Validated) -> list[Problem]:
    given, declared = request.parameters, validated.parameters
    gone = [name for name in given if name not in declared]
    missing = [
        name for name, has_default in declared.items() if not has_default and name not in given
    ]
    said = {
        **{f"The template has no parameter {name}.": "unknown_parameter" for name in gone},
        **{f"The template needs a value for {name}.": "missing" for name in missing},
    }
    return [Problem("parameters", message, code) for message, code in said.items()]


def _of_needs(request: StackRequest, validated: Validated, has_change_set: bool) -> list[Problem]:
    given = set(request.capabilities)
    if NAMED_IAM in given:
        given.add(IAM)
    missing = [c for c in validated.capabilities if c not in given | {AUTO_EXPAND}]
    problems = [
        Problem(
            "capabilities", f"Needs {c}. {validated.capabilities_reason}".rstrip(), "capability"
        )
        for c in missing
    ]
    if validated.transforms and AUTO_EXPAND not in given and not has_change_set:
        message = (
            f"The template has transforms ({', '.join(validated.transforms)}): allow macros, or use"
            " a change set."
        )
        problems.append(Problem("capabilities", message, "transform"))
    return problems
