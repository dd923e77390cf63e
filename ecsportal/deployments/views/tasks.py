"""The list of tasks: of everything, and of one project."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from ecsportal.deployments.task_list import TaskFilter, counts_for, grouped, tasks_for
from ecsportal.people.access import UserRequest, requires
from ecsportal.people.permissions import Permission
from ecsportal.projects.models import Project
from ecsportal.projects.queries import get_project_for

TASKS_A_PAGE = 50


@requires(Permission.TASK_VIEW)
@require_GET
@vary_on_headers("HX-Request")
def tasks(request: UserRequest) -> HttpResponse:
    """Everything that runs, waits or ran."""
    return _list(request, None)


@requires(Permission.DEPLOYMENT_VIEW)
@require_GET
@vary_on_headers("HX-Request")
def of_project(request: UserRequest, slug: str) -> HttpResponse:
    """The deployments of one project."""
    return _list(request, get_project_for(request.user, slug))


def _list(request: UserRequest, project: Project | None) -> HttpResponse:
    everything = tasks_for(request.user, project)
    asked = TaskFilter(request.GET, queryset=everything, request=request)
    # A filter that breaks its rule (an unknown project) matches nothing rather than everything.
    rows = asked.qs if asked.form.is_valid() else everything.none()
    page = Paginator(rows, TASKS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "filter": asked,
        "filtered": any(request.GET.get(name) for name in asked.filters),
        "state": request.GET.get("state", ""),
        "counts": counts_for(everything),
        "page": page,
        "groups": grouped(request.user, page),
        "live": "tasks" if project is None else f"grid-{project.slug}",
    }
    template = "deployments/_tasks.html" if request.htmx else "deployments/tasks.html"
    return render(request, template, context)
