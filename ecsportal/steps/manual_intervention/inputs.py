"""The inputs of the step and their rules."""

from __future__ import annotations

from ecsportal.steps.bound import is_bound
from ecsportal.steps.fields import Flag, StepModel, Text
from ecsportal.steps.problems import Problem

ROLES = ("deployer", "lead", "administrator")
"""Who may be asked: the roles that hold InterruptionSubmit."""
MOST_CHARACTERS = 20_000

DEFAULT_ROLES = ("deployer",)
"""Who may answer where the step doesn't say."""


class ManualInterventionInputs(StepModel):
    """`instructions` are Markdown; `responsible` names roles; `block` keeps the environment."""

    instructions: Text = ""
    responsible: list[Text] = list(DEFAULT_ROLES)
    block: Flag = True
    note_required: Flag = False


def check_rules(inputs: ManualInterventionInputs) -> list[Problem]:
    """Every broken rule; bound values are taken on trust."""
    problems = []
    if not inputs.instructions.strip():
        message = "Write what the person has to check or decide."
        problems.append(Problem("instructions", message, "missing"))
    elif len(inputs.instructions) > MOST_CHARACTERS:
        length = len(inputs.instructions)
        message = f"Is {length} characters long; {MOST_CHARACTERS} is the most."
        problems.append(Problem("instructions", message, "length"))
    if not inputs.responsible:
        problems.append(Problem("responsible", "Name at least one role.", "missing"))
    for index, role in enumerate(inputs.responsible):
        if role not in ROLES and not is_bound(role):
            message = f'"{role}" may not answer: deployer, lead or administrator can be named.'
            problems.append(Problem(f"responsible[{index}]", message, "unknown"))
    return problems
