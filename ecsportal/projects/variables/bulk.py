"""Saving many variables at once, after a look at what would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ecsportal.people.models import User
from ecsportal.problems import FieldError, ValidationProblem
from ecsportal.projects.models import VariableRevision
from ecsportal.projects.variables.document import read_value
from ecsportal.projects.variables.pasting import PastePlan, plan_paste
from ecsportal.projects.variables.queries import Owner, current_variables, known_for
from ecsportal.projects.variables.saving import save_variables
from ecsportal.projects.variables.sight import sight_of


def plan_of_paste(
    owner: Owner,
    text: str,
    *,
    by: User | None,
    scope: Mapping[str, Sequence[str]] | None = None,
    sensitive: bool = False,
) -> PastePlan:
    """What pasting the text would add, change and leave; errors name lines or variables."""
    current = current_variables(owner)
    entries = sight_of(by).shown(current.variables) if current else []
    plan = plan_paste(text, entries, scope=scope, sensitive=sensitive)
    known = known_for(owner, current, by)
    wrong = [
        FieldError(row.name, error.message, error.code)
        for row in plan.rows
        if row.kind != "same"
        for error in read_value(row.value, known)[1]
    ]
    return replace(plan, errors=(*plan.errors, *wrong))


def apply_paste(
    owner: Owner,
    text: str,
    *,
    by: User | None,
    scope: Mapping[str, Sequence[str]] | None = None,
    sensitive: bool = False,
    expected_revision: int | None = None,
) -> VariableRevision:
    """Save what `plan_of_paste` showed; raises ValidationProblem with the plan's errors."""
    plan = plan_of_paste(owner, text, by=by, scope=scope, sensitive=sensitive)
    if plan.errors:
        raise ValidationProblem(plan.errors)
    current = current_variables(owner)
    entries = sight_of(by).shown(current.variables) if current else []
    return save_variables(
        owner, variables=plan.merged(entries), by=by, expected_revision=expected_revision
    )
