"""The list of projects; creating, changing and deleting one."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from ecsportal.people.access import UserRequest, refuse_unless, requires
from ecsportal.people.permissions import Permission, may
from ecsportal.problems import Problem, StaleRevision
from ecsportal.projects.forms import (
    DeleteProjectForm,
    NewProjectForm,
    ProjectForm,
    ProjectsFilter,
)
from ecsportal.projects.models import Project
from ecsportal.projects.queries import get_project_for, projects_for
from ecsportal.projects.services import create_project, delete_project, update_project

PAGE_SIZE = 50


@require_safe
@vary_on_headers("HX-Request")
@requires(Permission.PROJECT_VIEW)
def list_projects(request: UserRequest) -> HttpResponse:
    """All visible projects by name, filtered by `?q=`."""
    search = ProjectsFilter(request.GET).search
    page = Paginator(projects_for(request.user, search=search), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    template = "projects/_list.html" if request.headers.get("HX-Request") else "projects/list.html"
    return render(request, template, {"page": page, "search": search})


@require_http_methods(["GET", "POST"])
@requires(Permission.PROJECT_CREATE)
def create(request: UserRequest) -> HttpResponse:
    """A new project; from here to its process."""
    form = NewProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            project = create_project(by=request.user, **form.cleaned_data)
        except Problem as problem:
            problem.add_to_form(form)
        else:
            messages.success(request, f"{project.name} created.")
            return redirect("projects:process", project.slug)
    status = 422 if form.errors else 200
    return render(request, "projects/create.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@requires(Permission.PROJECT_VIEW)
def settings(request: UserRequest, slug: str) -> HttpResponse:
    """The project's own fields; readable for everyone who sees the project."""
    project = get_project_for(request.user, slug)
    if request.method == "POST":
        refuse_unless(
            request.user, Permission.PROJECT_EDIT, project_id=project.pk, where=project.name
        )
        return _save_settings(request, project)
    return _settings_page(request, project, ProjectForm(initial=_initial(project)))


def _save_settings(request: UserRequest, project: Project) -> HttpResponse:
    form = ProjectForm(request.POST)
    if form.is_valid():
        try:
            update_project(
                project,
                name=form.cleaned_data["name"],
                description=form.cleaned_data["description"],
                guided_failure=form.cleaned_data["guided_failure"],
                supersede_queued=form.cleaned_data["supersede_queued"],
                expected_revision=form.cleaned_data["revision"],
                by=request.user,
            )
        except StaleRevision:
            return _stale_settings(request, project)
        except Problem as problem:
            problem.add_to_form(form)
        else:
            messages.success(request, "Settings saved.")
            return redirect("projects:settings", project.slug)
    return _settings_page(request, Project.objects.get(pk=project.pk), form)


def _stale_settings(request: UserRequest, project: Project) -> HttpResponse:
    """What was typed stays; the next save knows of the other one, so it overwrites on purpose."""
    theirs = Project.objects.get(pk=project.pk)
    post = request.POST.copy()
    post["revision"] = str(theirs.revision)
    form = ProjectForm(post)
    form.is_valid()
    form.add_error(
        None,
        f'Somebody saved meanwhile: the name is "{theirs.name}" now, the description '
        f'"{theirs.description or "empty"}". Save again to put yours in their place.',
    )
    return _settings_page(request, theirs, form, status=409)


def _settings_page(
    request: UserRequest,
    project: Project,
    form: ProjectForm,
    delete_form: DeleteProjectForm | None = None,
    status: int = 0,
) -> HttpResponse:
    bad = form.errors or (delete_form and delete_form.errors)
    context = {
        "project": project,
        "form": form,
        "delete_form": delete_form or DeleteProjectForm(name=project.name),
        "channels": project.channels.all(),
        "may_edit": may(request.user, Permission.PROJECT_EDIT, project_id=project.pk),
        "may_delete": may(request.user, Permission.PROJECT_DELETE, project_id=project.pk),
        "release_count": project.releases.count(),
    }
    return render(
        request, "projects/settings.html", context, status=status or (422 if bad else 200)
    )


@require_POST
@requires(Permission.PROJECT_DELETE)
def delete(request: UserRequest, slug: str) -> HttpResponse:
    """Delete the project once its name was typed."""
    project = get_project_for(request.user, slug)
    refuse_unless(
        request.user, Permission.PROJECT_DELETE, project_id=project.pk, where=project.name
    )
    form = DeleteProjectForm(request.POST, name=project.name)
    if form.is_valid():
        try:
            delete_project(project, by=request.user)
        except Problem as problem:
            problem.add_to_form(form)
        else:
            messages.success(request, f"{project.name} deleted.")
            return redirect("projects:list")
    return _settings_page(request, project, ProjectForm(initial=_initial(project)), form)


def _initial(project: Project) -> dict[str, object]:
    return {
        "name": project.name,
        "description": project.description,
        "guided_failure": project.guided_failure,
        "supersede_queued": project.supersede_queued,
        "revision": project.revision,
    }
