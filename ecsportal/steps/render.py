"""A step's template from one JSON document, without database, account or network.

What the command `render_step` prints, as a function: scripts check a step with it before a project
holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import ValidationError

from ecsportal.cloudformation.documents import to_json, to_yaml
from ecsportal.octostache import OctostacheError, evaluate_document
from ecsportal.steps import catalogue
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.fields import StepModel, Text, one_of, read_with, shape_problem, wrong_shape
from ecsportal.steps.problems import Problem, StepInputsError
from ecsportal.steps.step_type import StepType

_WRITERS: dict[str, Callable[[JsonDict], str]] = {"json": to_json, "yaml": to_yaml}


def _read_variable(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return str(value)
    raise wrong_shape("text or null", value)


_VariableValue = Annotated[
    str | None, read_with(_read_variable, {"type": ["string", "number", "boolean", "null"]})
]


@dataclass(frozen=True)
class Rendered:
    """A template as text, and what AWS or a reader would object to."""

    text: str
    warnings: tuple[Problem, ...]


class RenderRequest(StepModel):
    """The document. Without `images` the template is an export: each image is an expression.

    `name` and `target_tags` change nothing: with them an imported step is such a document.
    """

    type: Text
    version: int | None = None
    inputs: dict[str, Any]
    images: dict[str, str] | None = None
    variables: dict[str, _VariableValue] | None = None
    cluster: Text = ""
    environment: Text = ""
    format: Annotated[str, one_of("json", "yaml")] = "json"
    strict: bool = False
    name: Text = ""
    target_tags: list[Text] = []


def render(document: object) -> Rendered:
    """The template that the document asks for.

    Raises StepInputsError for what cannot be read, and with `"strict": true` for what AWS would
    refuse as well.
    """
    request = _read_request(document)
    step_type = _step_type(request.type)
    version = _version(request, step_type)
    inputs, cluster, unresolved = _resolved(request)
    problems = step_type.check(inputs, version)
    shape = [problem for problem in problems if problem.kind == "shape"]
    if shape or (problems and request.strict):
        raise StepInputsError(shape or problems)
    template = step_type.export(inputs, version, images=request.images, cluster=cluster)
    return Rendered(_WRITERS[request.format](template), (*unresolved, *problems))


def _read_request(document: object) -> RenderRequest:
    try:
        return RenderRequest.model_validate(document, strict=True)
    except ValidationError as error:
        raise StepInputsError(shape_problem(each) for each in error.errors()) from error


def _step_type(slug: str) -> StepType:
    try:
        step_type = catalogue.get(slug)
    except catalogue.UnknownStepTypeError as error:
        raise StepInputsError([Problem("type", str(error), "unknown_type", "shape")]) from error
    if not step_type.can_export:
        message = f"{step_type.name} has no template."
        raise StepInputsError([Problem("type", message, "no_template", "shape")])
    return step_type


def _version(request: RenderRequest, step_type: StepType) -> int:
    version = step_type.version if request.version is None else request.version
    if 1 <= version <= step_type.version:
        return version
    message = f"{step_type.name} has the versions 1 to {step_type.version}, not {version}."
    raise StepInputsError([Problem("version", message, "unknown_version", "shape")])


def _resolved(request: RenderRequest) -> tuple[JsonDict, str, list[Problem]]:
    """Inputs and cluster with variables in their places, where the document gives any."""
    if request.variables is None:
        return request.inputs, request.cluster, []
    variables = {**_known(request), **request.variables}
    try:
        (inputs, cluster), missing = _evaluated(request, variables)
    except OctostacheError as error:
        raise StepInputsError([Problem("inputs", f"{error}", "expression", "shape")]) from error
    problems = [
        Problem(path, f"{token} finds no variable and stays as it is.", "unresolved")
        for path, token in missing
    ]
    return inputs, cluster, problems


def _evaluated(
    request: RenderRequest, variables: Mapping[str, str | None]
) -> tuple[tuple[JsonDict, str], list[tuple[str, str]]]:
    inputs, missing = evaluate_document(request.inputs, variables)
    cluster, missing_in_cluster = evaluate_document({"cluster": request.cluster}, variables)
    return (inputs, cluster["cluster"] or ""), [*missing, *missing_in_cluster]


def _known(request: RenderRequest) -> dict[str, str | None]:
    """What the rest of the document says about variables."""
    known: dict[str, str | None] = {
        f"Octopus.Action.Package[{reference}].Image": image
        for reference, image in (request.images or {}).items()
    }
    if request.environment:
        known["Octopus.Environment.Name"] = request.environment
    return known
