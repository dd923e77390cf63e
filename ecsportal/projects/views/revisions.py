"""The history of a process."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from ecsportal.people.access import UserRequest, refuse_unless, requires
from ecsportal.people.permissions import Permission, may
from ecsportal.problems import NotFound, Problem
from ecsportal.projects import process
from ecsportal.projects.forms import CompareForm, RestoreForm
from ecsportal.projects.models import ProcessRevision, Project
from ecsportal.projects.process_difference import Change, differences
from ecsportal.projects.process_text_editing import text_difference
from ecsportal.projects.queries import current_process, get_project_for, steps_of_process

PAGE_SIZE = 30


@dataclass(frozen=True)
class RevisionRow:
    """A revision with what it changed against the one before it."""

    revision: ProcessRevision
    changes: list[Change]


@require_safe
@requires(Permission.PROCESS_VIEW)
def list_revisions(request: UserRequest, slug: str) -> HttpResponse:
    """Every revision, newest first: who, when, and what it changed."""
    project = get_project_for(request.user, slug)
    revisions = project.process_revisions.select_related("created_by").order_by("-number")
    page = Paginator(revisions, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"project": project, "page": page, "rows": _rows(project, list(page.object_list))}
    return render(request, "projects/revisions.html", context)


def _rows(project: Project, shown: list[ProcessRevision]) -> list[RevisionRow]:
    if not shown:
        return []
    oldest = project.process_revisions.filter(number=shown[-1].number - 1).first()
    before = [*[revision.steps for revision in shown[1:]], oldest.steps if oldest else []]
    return [
        RevisionRow(revision, differences(old, revision.steps))
        for revision, old in zip(shown, before, strict=True)
    ]


@require_safe
@requires(Permission.PROCESS_VIEW)
def show(request: UserRequest, slug: str, number: int) -> HttpResponse:
    """One revision, read-only, and its changes: against the one before, or `?against=<n>`."""
    project = get_project_for(request.user, slug)
    try:
        revision = process.get_revision(project, number)
    except NotFound as missing:
        raise Http404(f"There is no revision {number} of this process.") from missing
    current = current_process(project)
    against = _compared_with(request, project, number)
    before = against.steps if against else []
    context = {
        "project": project,
        "revision": revision,
        "steps": steps_of_process(project, revision.steps),
        "changes": differences(before, revision.steps),
        "text_lines": text_difference(before, revision.steps),
        "against": against.number if against else 0,
        "newest": current.number if current else number,
        "current": current,
        "is_current": current == revision,
        "may_edit": may(request.user, Permission.PROCESS_EDIT, project_id=project.pk),
    }
    return render(request, "projects/revision.html", context)


def _compared_with(request: UserRequest, project: Project, number: int) -> ProcessRevision | None:
    """The revision that the address names, else the one before; None before the first."""
    form = CompareForm(request.GET)
    named = form.cleaned_data["against"] if form.is_valid() else None
    wanted = number - 1 if named is None else named
    return project.process_revisions.filter(number=wanted).first()


@require_POST
@requires(Permission.PROCESS_EDIT)
def restore(request: UserRequest, slug: str, number: int) -> HttpResponse:
    """Make an earlier revision the current one again."""
    project = get_project_for(request.user, slug)
    refuse_unless(request.user, Permission.PROCESS_EDIT, project_id=project.pk, where=project.name)
    form = RestoreForm(request.POST)
    if not form.is_valid():
        return redirect("projects:revision", project.slug, number)
    try:
        restored = process.restore_revision(
            project, number, by=request.user, expected_revision=form.cleaned_data["expected"]
        )
    except Problem as problem:
        messages.error(request, problem.detail)
        return redirect("projects:revision", project.slug, number)
    messages.success(request, f"Revision {number} is current again, as revision {restored.number}.")
    return redirect("projects:process", project.slug)
