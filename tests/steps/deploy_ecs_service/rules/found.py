"""What the rules say of a document, as the tests compare it."""

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.inputs import read_inputs
from ecsportal.steps.deploy_ecs_service.rules import check_rules


def found(inputs: JsonDict) -> list[tuple[str, str, str]]:
    """Path, code and message of each broken rule; wording is checked on the way."""
    problems = check_rules(read_inputs(inputs))
    for problem in problems:
        assert problem.kind == "rule"
        assert problem.message.endswith(".")
        assert not {"please", "invalid", "successfully"} & set(problem.message.lower().split())
    return [(problem.path, problem.code, problem.message) for problem in problems]
