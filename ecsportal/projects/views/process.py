"""The process page: its steps in order, and the acts on whole steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ecsportal.people.access import UserRequest, refuse_unless, requires
from ecsportal.people.models import User
from ecsportal.people.permissions import Permission, may
from ecsportal.problems import Problem
from ecsportal.projects import process
from ecsportal.projects.forms import (
    CopyStepForm,
    DisableStepForm,
    MoveStepForm,
    OrderStepsForm,
    UndoForm,
)
from ecsportal.projects.models import Project
from ecsportal.projects.process_picture import picture_of, picture_steps
from ecsportal.projects.queries import (
    current_process,
    get_project_for,
    projects_for,
    steps_of_process,
)
from ecsportal.steps import catalogue
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.step_type import StepType
from ecsportal.steps.versions import Version, versions_of


@require_safe
@requires(Permission.PROCESS_VIEW)
def show(request: UserRequest, slug: str) -> HttpResponse:
    """The steps in order. `?undo=<step>&revision=<n>` offers to bring a deleted step back."""
    project = get_project_for(request.user, slug)
    revision = current_process(project)
    steps = steps_of_process(project, revision.steps if revision else [])
    undo = UndoForm({"step": request.GET.get("undo"), "revision": request.GET.get("revision")})
    hrefs = [reverse("projects:step", args=[project.slug, s.document["slug"]]) for s in steps]
    context = {
        "project": project,
        "revision": revision,
        "steps": steps,
        "picture": picture_of(picture_steps([s.document for s in steps], hrefs)),
        "problem_count": sum(len(s.problems) for s in steps if not s.document["disabled"]),
        "undo": _deleted_step(project, undo) if undo.is_valid() else None,
        "may_edit": may(request.user, Permission.PROCESS_EDIT, project_id=project.pk),
        "may_release": may(request.user, Permission.RELEASE_CREATE, project_id=project.pk),
    }
    return render(request, "projects/process.html", context)


def _deleted_step(project: Project, undo: UndoForm) -> dict[str, object] | None:
    """The step that the address names, if it is in that revision and gone from the newest."""
    slug, number = undo.cleaned_data["step"], undo.cleaned_data["revision"]
    old = project.process_revisions.filter(number=number).first()
    current = current_process(project)
    still_there = current and any(step["slug"] == slug for step in current.steps)
    found = next((step for step in old.steps if step["slug"] == slug), None) if old else None
    if found is None or still_there:
        return None
    return {"slug": slug, "revision": number, "name": found["name"]}


_MAIN_TYPE = "deploy-ecs-service"
"""What most processes are about; it stands first."""


@dataclass(frozen=True)
class CatalogueRow:
    """A step type with its versions, oldest first."""

    kind: StepType
    versions: Sequence[Version]


@require_safe
@requires(Permission.PROCESS_EDIT)
def choose_step_type(request: UserRequest, slug: str) -> HttpResponse:
    """The catalogue: what a new step could be."""
    project = _editable(request, slug)
    kinds = sorted(catalogue.all(), key=lambda kind: kind.slug != _MAIN_TYPE)
    rows = [CatalogueRow(kind, versions_of(kind)) for kind in kinds]
    return render(request, "projects/add_step.html", {"project": project, "rows": rows})


@require_POST
@requires(Permission.PROCESS_EDIT)
def move_step(request: UserRequest, slug: str) -> HttpResponse:
    """Move a step one place, or with `order` put all of them in a new order."""
    project = _editable(request, slug)
    ordered = OrderStepsForm(request.POST)
    if ordered.is_valid():
        process.order_steps(project, ordered.cleaned_data["order"], by=request.user)
        return redirect("projects:process", project.slug)
    form = MoveStepForm(request.POST)
    if form.is_valid():
        try:
            process.move_step(
                project,
                form.cleaned_data["step"],
                direction=form.cleaned_data["direction"],
                by=request.user,
            )
        except Problem as problem:
            messages.error(request, problem.detail)
    return redirect("projects:process", project.slug)


@require_POST
@requires(Permission.PROCESS_EDIT)
def disable_step(request: UserRequest, slug: str, step: str) -> HttpResponse:
    """Leave a step out of new releases, or take it in again."""
    project = _editable(request, slug)
    form = DisableStepForm(request.POST)
    if form.is_valid():
        try:
            process.set_step_disabled(
                project, step, disabled=form.cleaned_data["disabled"], by=request.user
            )
        except Problem as problem:
            messages.error(request, problem.detail)
    return redirect("projects:process", project.slug)


@require_POST
@requires(Permission.PROCESS_EDIT)
def delete_step(request: UserRequest, slug: str, step: str) -> HttpResponse:
    """Delete a step at once; the page that follows offers to undo it."""
    project = _editable(request, slug)
    page = reverse("projects:process", args=[project.slug])
    before = current_process(project)
    try:
        process.delete_step(project, step, by=request.user)
    except Problem as problem:
        messages.error(request, problem.detail)
        return redirect(page)
    number = before.number if before else 0
    return redirect(f"{page}?{urlencode({'undo': step, 'revision': str(number)})}")


@require_POST
@requires(Permission.PROCESS_EDIT)
def undo_delete(request: UserRequest, slug: str) -> HttpResponse:
    """Bring a deleted step back to its place."""
    project = _editable(request, slug)
    form = UndoForm(request.POST)
    if form.is_valid():
        try:
            process.restore_step(
                project,
                form.cleaned_data["step"],
                from_revision=form.cleaned_data["revision"],
                by=request.user,
            )
        except Problem as problem:
            messages.error(request, problem.detail)
    return redirect("projects:process", project.slug)


@require_POST
@requires(Permission.PROCESS_EDIT)
def clone_step(request: UserRequest, slug: str, step: str) -> HttpResponse:
    """A copy behind the step."""
    project = _editable(request, slug)
    try:
        _, copy = process.clone_step(project, step, by=request.user)
    except Problem as problem:
        messages.error(request, problem.detail)
        return redirect("projects:process", project.slug)
    return redirect("projects:step", project.slug, copy)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PROCESS_EDIT)
def copy_step(request: UserRequest, slug: str, step: str) -> HttpResponse:
    """Choose the project that gets a copy of the step."""
    project = _editable(request, slug)
    document = _step_of(project, step)
    others = _editable_projects(request.user, project)
    form = CopyStepForm(request.POST or None, projects=others)
    if request.method == "POST" and form.is_valid():
        there = form.cleaned_data["to"]
        _, copy = process.copy_step(project, step, to=there, by=request.user)
        messages.success(request, f"{document['name']} copied to {there.name}.")
        return redirect("projects:step", there.slug, copy)
    context = {"project": project, "step": document, "form": form, "others": others}
    status = 422 if request.method == "POST" else 200
    return render(request, "projects/copy_step.html", context, status=status)


def _step_of(project: Project, slug: str) -> JsonDict:
    current = current_process(project)
    for step in current.steps if current else []:
        if step["slug"] == slug:
            return dict(step)
    raise Http404(f"There is no step {slug} in the process of {project.name}.")


def _editable_projects(user: User, project: Project) -> list[Project]:
    """The other projects whose process the user may edit, by name."""
    others = projects_for(user).exclude(pk=project.pk)
    return [each for each in others if may(user, Permission.PROCESS_EDIT, project_id=each.pk)]


def _editable(request: UserRequest, slug: str) -> Project:
    project = get_project_for(request.user, slug)
    refuse_unless(request.user, Permission.PROCESS_EDIT, project_id=project.pk, where=project.name)
    return project
