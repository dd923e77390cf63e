"""`/projects/{slug}/process`: the ordered steps of a project, and what a step may hold."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from ninja import Router, Schema

from ecsportal.api.auth import ApiRequest, needs
from ecsportal.api.bodies import Body, expected_revision, set_revision
from ecsportal.people.access import refuse_unless
from ecsportal.people.permissions import Permission
from ecsportal.projects.models import ProcessRevision, Project
from ecsportal.projects.process import save_process
from ecsportal.projects.queries import current_process, get_project_for, problems_of_process
from ecsportal.projects.step_document import known_type
from ecsportal.steps import catalogue

router = Router(tags=["process"])


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


class StepTypeOut(Schema):
    type: str
    name: str
    summary: str
    version: int


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


@router.get("/step-types", response=list[StepTypeOut])
@needs(Permission.PROCESS_VIEW)
def list_step_types(request: ApiRequest) -> list[StepTypeOut]:
    """Every kind of step, with its newest version."""
    return [
        StepTypeOut(type=kind.slug, name=kind.name, summary=kind.summary, version=kind.version)
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


def _present(request: ApiRequest, project: Project, revision: ProcessRevision | None) -> ProcessOut:
    number = revision.number if revision else 0
    steps = revision.steps if revision else []
    set_revision(request, number)
    problems = [
        ProblemOut(path=problem.path, message=problem.message, code=problem.code)
        for problem in problems_of_process(project, steps)
    ]
    return ProcessOut(revision=number, steps=steps, problems=problems)
