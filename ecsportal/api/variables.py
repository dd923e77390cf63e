"""`/projects/{slug}/variables`: values with their scopes, and what they would be somewhere."""

from __future__ import annotations

from typing import Any

from ninja import Query, Router, Schema

from ecsportal.api.auth import ApiRequest, needs
from ecsportal.api.bodies import Body, expected_revision, set_revision
from ecsportal.infrastructure.queries import environment_for, target_for
from ecsportal.people.access import refuse_unless
from ecsportal.people.permissions import Permission
from ecsportal.problems import FieldError, ValidationProblem
from ecsportal.projects.models import Project
from ecsportal.projects.queries import current_process, get_project_for
from ecsportal.projects.variables.checks import warnings_of_values
from ecsportal.projects.variables.preview import Preview
from ecsportal.projects.variables.queries import Owner, current_variables
from ecsportal.projects.variables.saving import save_variables
from ecsportal.projects.variables.sight import sight_of
from ecsportal.projects.variables.table import seen_variables

router = Router(tags=["variables"])


class VariablesIn(Body):
    """What GET answers can be sent back changed: `warnings` is read and not looked at."""

    variables: list[Any]
    libraries: list[str] | None = None
    """Slugs in their order; left out, they stay."""
    revision: int | None = None
    warnings: list[Any] = []


class ScopeOut(Schema):
    environments: list[str]
    targets: list[str]
    target_tags: list[str]
    steps: list[str]
    channels: list[str]


class PromptOut(Schema):
    label: str
    help: str
    required: bool
    control: str
    choices: list[str]


class ValueOut(Schema):
    id: int
    name: str
    value: str | None
    """None for a sensitive one; sent back with its id it stays."""
    type: str
    description: str
    scope: ScopeOut
    prompt: PromptOut | None


class VariablesOut(Schema):
    revision: int
    """0 before the first value is saved."""
    libraries: list[str]
    variables: list[ValueOut]
    warnings: list[str]
    """Values that tie, and such as never count."""


class PreviewQuery(Schema):
    environment: str
    target: str = ""
    step: str = ""


class PreviewItemOut(Schema):
    name: str
    value: str | None
    """With its expressions evaluated; None for a secret and where no value applies."""
    raw: str | None
    source: str
    """`project`, `system`, the slug of a library set, or empty where no value applies."""
    why: str
    missing: list[str]
    error: str


class PreviewOut(Schema):
    items: list[PreviewItemOut]
    next: str | None = None
    ties: list[str]


@router.get("/projects/{slug}/variables", response=VariablesOut)
@needs(Permission.VARIABLE_VIEW)
def get_variables(request: ApiRequest, slug: str) -> VariablesOut:
    """The newest revision of the project's variables, without secrets."""
    return _present(request, get_project_for(request.user, slug))


@router.put("/projects/{slug}/variables", response=VariablesOut)
@needs(Permission.VARIABLE_EDIT)
def replace_variables(request: ApiRequest, slug: str, body: VariablesIn) -> VariablesOut:
    """Save all values as a new revision; the same values again make none."""
    project = get_project_for(request.user, slug)
    refuse_unless(request.user, Permission.VARIABLE_EDIT, project_id=project.pk, where=project.name)
    save_variables(
        project,
        variables=body.variables,
        libraries=body.libraries,
        by=request.user,
        expected_revision=expected_revision(request, body.revision),
    )
    return _present(request, project)


@router.get("/projects/{slug}/variables/preview", response=PreviewOut)
@needs(Permission.VARIABLE_VIEW)
def preview_variables(request: ApiRequest, slug: str, where: Query[PreviewQuery]) -> PreviewOut:
    """What every name would be there, and why."""
    project = get_project_for(request.user, slug)
    environment = environment_for(request.user, where.environment)
    target = target_for(request.user, where.target) if where.target else None
    process = current_process(project)
    if where.step and where.step not in {s["slug"] for s in (process.steps if process else [])}:
        message = f'The process of {project.name} has no step "{where.step[:60]}".'
        raise ValidationProblem([FieldError("step", message, "unknown")])
    shown = Preview(
        project,
        environment=environment,
        target=target,
        step=where.step,
        values=seen_variables(project, request.user),
    )
    return PreviewOut(
        items=[
            PreviewItemOut(
                name=item.name,
                value=None if item.sensitive else item.value,
                raw=item.raw,
                source=item.source,
                why=item.why,
                missing=list(item.missing),
                error=item.error,
            )
            for item in shown.items()
        ],
        ties=[tie.words for tie in shown.ties],
    )


def presented_values(request: ApiRequest, owner: Owner) -> tuple[int, list[str], list[ValueOut]]:
    """Revision, library sets and the values that the asking user sees."""
    revision = current_variables(owner)
    number = revision.number if revision else 0
    set_revision(request, number)
    shown = sight_of(request.user).shown(revision.variables if revision else [])
    values = [
        ValueOut(
            id=entry["id"],
            name=entry["name"],
            value=entry["value"],
            type=entry["type"],
            description=entry["description"],
            scope=ScopeOut(**entry["scope"]),
            prompt=PromptOut(**entry["prompt"]) if entry["prompt"] else None,
        )
        for entry in shown
    ]
    return number, list(revision.libraries) if revision else [], values


def _present(request: ApiRequest, project: Project) -> VariablesOut:
    number, libraries, values = presented_values(request, project)
    return VariablesOut(
        revision=number,
        libraries=libraries,
        variables=values,
        warnings=[
            warning.words for warning in warnings_of_values(seen_variables(project, request.user))
        ],
    )
