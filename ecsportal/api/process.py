"""`/projects/{slug}/process`: the ordered steps of a project, and what a step may hold."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from ninja import Router, Schema

from ecsportal.api.auth import ApiRequest, needs
from ecsportal.api.bodies import (
    Body,
    expected_revision,
    set_revision,
    takes_text,
    text_body,
)
from ecsportal.people.access import refuse_unless
from ecsportal.people.permissions import Permission
from ecsportal.problems import ValidationProblem
from ecsportal.projects.models import ProcessRevision, Project
from ecsportal.projects.process import save_process
from ecsportal.projects.process_schema import process_schema
from ecsportal.projects.process_text_editing import (
    check_process_text,
    save_process_text,
    text_of,
)
from ecsportal.projects.queries import current_process, get_project_for, problems_of_process
from ecsportal.projects.step_document import known_type
from ecsportal.steps import catalogue
from ecsportal.steps.versions import versions_of

router = Router(tags=["process"])
_YAML = {"content": {"application/yaml": {"schema": {"type": "string"}}}}
_YAML_ANSWER = {"responses": {200: {"description": "The process", **_YAML}}}
_YAML_BOTH_WAYS = {"requestBody": {"required": True, **_YAML}, **_YAML_ANSWER}


class ProcessIn(Body):
    """What GET answers can be sent back changed: `problems` is read and not looked at."""

    steps: list[Any]
    revision: int | None = None
    problems: list[Any] = []


class ProblemOut(Schema):
    path: str
    message: str
    code: str


class ProcessOut(Schema):
    revision: int
    """0 before the first step is saved."""
    steps: list[dict[str, Any]]
    problems: list[ProblemOut]
    """Broken rules; deployments are refused while there are any."""


class VersionOut(Schema):
    version: int
    """The major version, as steps name it."""
    minor: int
    """Applies by itself."""
    summary: str


class StepTypeOut(Schema):
    type: str
    name: str
    summary: str
    version: int
    versions: list[VersionOut]


@router.get("/projects/{slug}/process", response=ProcessOut)
@needs(Permission.PROCESS_VIEW)
def get_process(request: ApiRequest, slug: str) -> ProcessOut:
    """The newest revision of the process."""
    project = get_project_for(request.user, slug)
    return _present(request, project, current_process(project))


@router.put("/projects/{slug}/process", response=ProcessOut)
@needs(Permission.PROCESS_EDIT)
def replace_process(
    request: ApiRequest, slug: str, body: ProcessIn, allow_problems: bool = False
) -> ProcessOut:
    """Save all steps as a new revision; the same steps again make none.

    Broken rules refuse with 422 unless `?allow_problems=true`; then `problems` lists them.
    """
    project = get_project_for(request.user, slug)
    refuse_unless(request.user, Permission.PROCESS_EDIT, project_id=project.pk, where=project.name)
    saved = save_process(
        project,
        steps=body.steps,
        by=request.user,
        expected_revision=expected_revision(request, body.revision),
        allow_problems=allow_problems,
    )
    return _present(request, project, saved)


@router.get("/projects/{slug}/process.yaml", openapi_extra=_YAML_ANSWER)
@needs(Permission.PROCESS_VIEW)
def get_process_text(request: ApiRequest, slug: str) -> HttpResponse:
    """The newest revision of the process as YAML."""
    project = get_project_for(request.user, slug)
    return _text(request, project, current_process(project))


@router.put("/projects/{slug}/process.yaml", openapi_extra=_YAML_BOTH_WAYS)
@needs(Permission.PROCESS_EDIT)
@takes_text
def replace_process_text(
    request: ApiRequest, slug: str, allow_problems: bool = False, dry_run: bool = False
) -> HttpResponse:
    """Save the steps of a YAML document; errors name their lines.

    With `?dry_run=true` nothing is saved: the answer, JSON, lists what would change.
    """
    project = get_project_for(request.user, slug)
    refuse_unless(request.user, Permission.PROCESS_EDIT, project_id=project.pk, where=project.name)
    text = text_body(request)
    if dry_run:
        return _dry_run(project, text, allow_problems)
    saved = save_process_text(
        project,
        text,
        by=request.user,
        expected_revision=expected_revision(request),
        allow_problems=allow_problems,
    )
    return _text(request, project, saved)


@router.get("/process-schema", response=dict[str, Any])
@needs(Permission.PROCESS_VIEW)
def get_process_schema(request: ApiRequest) -> dict[str, Any]:
    """The JSON Schema of a whole process, as JSON or YAML; for editors and checks."""
    return process_schema()


@router.get("/step-types", response=list[StepTypeOut])
@needs(Permission.PROCESS_VIEW)
def list_step_types(request: ApiRequest) -> list[StepTypeOut]:
    """Every kind of step, with its newest version and all that it has."""
    return [
        StepTypeOut(
            type=kind.slug,
            name=kind.name,
            summary=kind.summary,
            version=kind.version,
            versions=[
                VersionOut(version=each.major, minor=each.minor, summary=each.summary)
                for each in versions_of(kind)
            ],
        )
        for kind in catalogue.all()
    ]


@router.get("/step-types/{type}/{version}/schema", response=dict[str, Any])
@needs(Permission.PROCESS_VIEW)
def get_schema(request: ApiRequest, type: str, version: int) -> dict[str, Any]:  # noqa: A002 -- as in the URL
    """The JSON Schema of the inputs of one version of a step type."""
    kind = known_type(type)
    if kind is None:
        raise Http404(f'There is no step type "{type}".')
    if not 1 <= version <= kind.version:
        raise Http404(
            f"There is no version {version} of {kind.name}. The newest is {kind.version}."
        )
    return kind.schema(version)


def _text(request: ApiRequest, project: Project, revision: ProcessRevision | None) -> HttpResponse:
    set_revision(request, revision.number if revision else 0)
    text = text_of(project, revision)
    return HttpResponse(text, content_type="application/yaml; charset=utf-8")


def _dry_run(project: Project, text: str, allow_problems: bool) -> HttpResponse:
    check = check_process_text(project, text)
    refused = check.errors or (() if allow_problems else check.warnings)
    if refused:
        raise ValidationProblem(refused)
    return JsonResponse(
        {
            "changes": [asdict(change) for change in check.changes],
            "problems": [problem.as_json() for problem in check.warnings],
        }
    )


def _present(request: ApiRequest, project: Project, revision: ProcessRevision | None) -> ProcessOut:
    number = revision.number if revision else 0
    steps = revision.steps if revision else []
    set_revision(request, number)
    problems = [
        ProblemOut(path=problem.path, message=problem.message, code=problem.code)
        for problem in problems_of_process(project, steps)
    ]
    return ProcessOut(revision=number, steps=steps, problems=problems)
