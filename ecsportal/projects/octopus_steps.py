"""Taking over a step of Octopus Deploy: reading what was pasted, its stacks, saving it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.infrastructure.queries import environments_for, targets_with_tags
from ecsportal.infrastructure.stack_lookup import StackLook, look_up_stacks
from ecsportal.people.models import User
from ecsportal.problems import FieldError, ValidationProblem
from ecsportal.projects.models import ProcessRevision, Project
from ecsportal.projects.process import add_step
from ecsportal.projects.step_document import known_type
from ecsportal.steps.bound import is_bound
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.documents import DamagedFormError, read_object
from ecsportal.steps.octopus_import import ImportedStep, import_octopus_step
from ecsportal.steps.problems import StepInputsError


@dataclass(frozen=True)
class StackOfStep:
    """The stack that a step would have on one target in one environment.

    `target` is None where no target of the environment carries one of the step's tags; `name` is
    empty where an expression decides it.
    """

    environment: Environment
    environment_id: str
    target: DeploymentTarget | None
    name: str = ""
    look: StackLook | None = None


def read_pasted(text: str) -> ImportedStep:
    """The step in a pasted text. Raises ValidationProblem that says what to paste instead."""
    if not text.strip():
        raise _refused("Paste the step's JSON.", "missing")
    try:
        exported = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}: {error.msg}"
        message = f"This is no JSON ({where}). Copy the step's whole JSON."
        raise _refused(message, "json") from error
    except (ValueError, RecursionError) as error:
        raise _refused("This is no step: its JSON can't be read.", "json") from error
    return read_exported(exported)


def read_exported(exported: Any) -> ImportedStep:
    """The step in parsed JSON. Raises ValidationProblem."""
    try:
        if isinstance(exported, dict):
            read_object(json.dumps(exported))
        return import_octopus_step(exported)
    except DamagedFormError as error:
        message = "It is nested too deeply, or holds a character that can't be stored."
        raise _refused(message, "json") from error
    except StepInputsError as error:
        raise ValidationProblem(
            FieldError(f"step.{problem.path}".rstrip("."), problem.message, problem.code)
            for problem in error.problems
        ) from error


def feeds_named(document: JsonDict) -> list[str]:
    """The feeds that images of the step name, each once."""
    return list(dict.fromkeys(image["feed"] for image in _images(document) if image["feed"]))


def with_feeds(document: JsonDict, feeds: Mapping[str, str]) -> JsonDict:
    """The step with feeds of the portal in the places of Octopus Deploy's."""
    copied: JsonDict = json.loads(json.dumps(document))
    for image in _images(copied):
        image["feed"] = feeds.get(image["feed"]) or image["feed"]
    return copied


def stacks_of_step(
    user: User, document: JsonDict, octopus_ids: Mapping[str, str]
) -> list[StackOfStep]:
    """The stack in each environment and on each target that the user sees.

    `octopus_ids` are ids by environment slug that count instead of the stored ones.
    """
    targets = targets_with_tags(user, document["target_tags"])
    found = []
    for environment in environments_for(user):
        identity = octopus_ids.get(environment.slug, environment.octopus_id) or environment.slug
        here = [t for t in targets if environment.pk in {e.pk for e in t.environments.all()}]
        found += [
            StackOfStep(environment, identity, target, _stack_name(document, target, identity))
            for target in here
        ] or [StackOfStep(environment, identity, None)]
    return found


def looked_up(stacks: Sequence[StackOfStep]) -> list[StackOfStep]:
    """The same stacks with what AWS says of each; call it from a `/remote/` page."""
    asked = [(each.target, each.name) for each in stacks if each.target and each.name]
    looks = iter(look_up_stacks(asked))
    return [
        StackOfStep(each.environment, each.environment_id, each.target, each.name, next(looks))
        if each.target and each.name
        else each
        for each in stacks
    ]


def save_imported(
    project: Project, document: JsonDict, *, by: User, expected_revision: int | None = None
) -> tuple[ProcessRevision, str]:
    """Add the step as it was deployed, rules that it breaks marked; answers revision and slug."""
    return add_step(
        project,
        step=document,
        by=by,
        expected_revision=expected_revision,
        allow_problems=True,
    )


def _stack_name(document: JsonDict, target: DeploymentTarget, environment_id: str) -> str:
    """Empty for a step without a stack, and where an expression decides the name."""
    kind, inputs = known_type(document["type"]), document["inputs"]
    if kind is None or is_bound(inputs.get("stack_name") or inputs.get("task_name")):
        return ""
    return kind.stack_name(inputs, cluster=target.cluster, environment_id=environment_id)


def _images(value: Any) -> Iterator[JsonDict]:
    if isinstance(value, dict):
        if "feed" in value and "repository" in value:
            yield value
        for inner in value.values():
            yield from _images(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _images(inner)


def _refused(message: str, code: str) -> ValidationProblem:
    return ValidationProblem([FieldError("step", message, code)])
