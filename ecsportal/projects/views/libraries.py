"""Library sets: values that several projects share, and which of them a project includes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from ecsportal.people.access import (
    PermissionMissingError,
    UserRequest,
    refuse_unless,
    requires,
)
from ecsportal.people.permissions import Permission, may, visible_projects
from ecsportal.problems import Problem
from ecsportal.projects.models import LibrarySet, Project
from ecsportal.projects.queries import get_project_for
from ecsportal.projects.variable_forms import LibraryForm, LibraryMoveForm
from ecsportal.projects.variables.libraries import create_library, delete_library, update_library
from ecsportal.projects.variables.queries import (
    current_variables,
    libraries_for,
    libraries_named,
    library_for,
    projects_with_library,
)
from ecsportal.projects.variables.saving import choose_libraries
from ecsportal.projects.variables.table import reach_of
from ecsportal.projects.views import variable_editor, variable_history, variable_paste
from ecsportal.projects.views.variable_editor import Editor

_URLS = {
    "page": "projects:library",
    "add": "projects:add_library_value",
    "edit": "projects:library_value",
    "delete": "projects:delete_library_value",
    "undo": "projects:undo_library_values",
    "paste": "projects:paste_library_values",
    "history": "projects:library_history",
    "restore": "projects:restore_library_values",
}


@require_safe
@requires(Permission.LIBRARY_VIEW)
def list_libraries(request: UserRequest) -> HttpResponse:
    """All library sets by name."""
    context = {
        "libraries": libraries_for(request.user),
        "may_edit": may(request.user, Permission.LIBRARY_EDIT),
    }
    return render(request, "projects/libraries.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.LIBRARY_EDIT)
def create(request: UserRequest) -> HttpResponse:
    """A new set; from here to its values."""
    form = LibraryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            library = create_library(by=request.user, **form.cleaned_data)
        except Problem as problem:
            problem.add_to_form(form)
        else:
            return redirect("projects:library", library.slug)
    status = 422 if form.errors else 200
    return render(request, "projects/library_form.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.LIBRARY_VIEW)
def settings(request: UserRequest, slug: str) -> HttpResponse:
    """Name and description, who includes it, and deleting it."""
    library = library_for(request.user, slug)
    may_edit = may(request.user, Permission.LIBRARY_EDIT)
    form = LibraryForm(initial={"name": library.name, "description": library.description})
    if request.method == "POST":
        refuse_unless(request.user, Permission.LIBRARY_EDIT)
        form = LibraryForm(request.POST)
        if form.is_valid():
            try:
                update_library(library, by=request.user, **form.cleaned_data)
            except Problem as problem:
                problem.add_to_form(form)
            else:
                messages.success(request, "Library set saved.")
                return redirect("projects:library", library.slug)
    context = {
        "form": form,
        "library": LibrarySet.objects.get(pk=library.pk),
        "may_edit": may_edit,
        "projects": _projects_seen(request, library),
    }
    status = 422 if form.errors else 200
    return render(request, "projects/library_form.html", context, status=status)


@require_POST
@requires(Permission.LIBRARY_EDIT)
def delete_set(request: UserRequest, slug: str) -> HttpResponse:
    """Delete a set that no project includes."""
    library = library_for(request.user, slug)
    try:
        delete_library(library, by=request.user)
    except Problem as problem:
        messages.error(request, problem.detail)
        return redirect("projects:library_settings", slug)
    messages.success(request, f"{library.name} deleted.")
    return redirect("projects:libraries")


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
@requires(Permission.LIBRARY_VIEW)
def show(request: UserRequest, slug: str) -> HttpResponse:
    """The set's values."""
    return variable_editor.show(request, _editor(request, slug))


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request", "HX-Target")
@requires(Permission.LIBRARY_EDIT)
def add(request: UserRequest, slug: str) -> HttpResponse:
    """A new value."""
    return variable_editor.add(request, _editor(request, slug))


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request", "HX-Target")
@requires(Permission.LIBRARY_VIEW)
def edit(request: UserRequest, slug: str, value_id: int) -> HttpResponse:
    """One value, open for editing."""
    return variable_editor.edit(request, _editor(request, slug), value_id)


@require_POST
@requires(Permission.LIBRARY_EDIT)
def delete(request: UserRequest, slug: str, value_id: int) -> HttpResponse:
    """Delete a value at once."""
    return variable_editor.delete(request, _editor(request, slug), value_id)


@require_POST
@requires(Permission.LIBRARY_EDIT)
def undo(request: UserRequest, slug: str) -> HttpResponse:
    """Take a save back."""
    return variable_editor.undo(request, _editor(request, slug))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.LIBRARY_EDIT)
def paste(request: UserRequest, slug: str) -> HttpResponse:
    """Many values at once."""
    return variable_paste.paste(request, _editor(request, slug))


@require_safe
@requires(Permission.LIBRARY_VIEW)
def history(request: UserRequest, slug: str) -> HttpResponse:
    """Who changed what."""
    return variable_history.show(request, _editor(request, slug))


@require_POST
@requires(Permission.LIBRARY_EDIT)
def restore(request: UserRequest, slug: str, number: int) -> HttpResponse:
    """Make the values of an earlier save current again."""
    return variable_history.restore(request, _editor(request, slug), number)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.VARIABLE_VIEW)
def of_project(request: UserRequest, slug: str) -> HttpResponse:
    """Which sets a project includes, in which order; each act saves at once."""
    project = get_project_for(request.user, slug)
    if request.method == "POST":
        refuse_unless(
            request.user, Permission.VARIABLE_EDIT, project_id=project.pk, where=project.name
        )
        form = LibraryMoveForm(request.POST)
        if form.is_valid():
            _choose(request, project, form)
        return redirect("projects:variable_libraries", slug)
    current = current_variables(project)
    included = libraries_named(current.libraries if current else [])
    context = {
        "project": project,
        "included": included,
        "others": [row for row in libraries_for(request.user) if row not in included],
        "revision": current.number if current else 0,
        "may_edit": reach_of(request.user, project).environments is None,
        "may_create": may(request.user, Permission.LIBRARY_EDIT),
    }
    return render(request, "projects/variable_libraries.html", context)


def _choose(request: UserRequest, project: Project, form: LibraryMoveForm) -> None:
    current = current_variables(project)
    slugs = list(current.libraries) if current else []
    try:
        choose_libraries(
            project,
            libraries=_moved(slugs, form.cleaned_data["library"], form.cleaned_data["act"]),
            by=request.user,
        )
    except PermissionMissingError as refusal:
        messages.error(request, str(refusal))
    except Problem as problem:
        messages.error(request, problem.detail)


def _moved(slugs: list[str], slug: str, act: str) -> list[str]:
    """The order after the act; unchanged where it can't be done any more."""
    if act == "include":
        return slugs if slug in slugs else [*slugs, slug]
    if slug not in slugs:
        return slugs
    place = slugs.index(slug)
    rest = [other for other in slugs if other != slug]
    if act == "remove":
        return rest
    rest.insert(max(place - 1, 0) if act == "up" else place + 1, slug)
    return rest


def _projects_seen(request: UserRequest, library: LibrarySet) -> list[Project]:
    ids = [project.pk for project in projects_with_library(library)]
    return list(Project.objects.filter(visible_projects(request.user), pk__in=ids).order_by("name"))


def _editor(request: UserRequest, slug: str) -> Editor:
    return Editor(library_for(request.user, slug), request.user, _URLS)
