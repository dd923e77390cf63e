"""What the expressions of a step become in the first environment in which it would run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.octostache import OctostacheError, evaluate_document
from ecsportal.projects.models import ProcessRevision, Project
from ecsportal.projects.variables.preview import Preview, Process
from ecsportal.projects.variables.resolution import VariableSet
from ecsportal.steps.catalogue import runs_on_targets


@dataclass(frozen=True)
class Becoming:
    """The inputs as that environment would have them; sensitive values are masked."""

    environment: str
    inputs: Mapping[str, Any]


def becoming(
    project: Project,
    step: Mapping[str, Any],
    values: VariableSet,
    places: Iterable[tuple[Environment, list[DeploymentTarget]]],
) -> Becoming | None:
    """The step's inputs with the variables in their places, at the first place that fits.

    None where nothing waits for a variable, where no environment would run the step, and where an
    expression can't be read.
    """
    if "#{" not in json.dumps(step["inputs"]):
        return None
    edited = ProcessRevision(project=project, number=0, steps=[dict(step)])
    needs_target = runs_on_targets(step["type"])
    for environment, targets in places:
        if step["environments"] and environment.slug not in step["environments"]:
            continue
        matching = [each for each in targets if set(each.target_tags) & set(step["target_tags"])]
        if needs_target and not matching:
            continue
        target = matching[0] if matching else None
        preview = Preview(
            project,
            environment=environment,
            target=target,
            step=step["slug"],
            process=Process.of(project, edited),
            values=values,
        )
        try:
            evaluated, _ = evaluate_document(step["inputs"], preview.variables)
        except OctostacheError:
            return None
        return Becoming(environment.name, evaluated)
    return None
