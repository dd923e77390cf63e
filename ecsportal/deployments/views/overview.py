"""A project's overview: the release grid."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from ecsportal.deployments.release_grid import ALL, DEPLOYED, RECENT, build_grid
from ecsportal.people.access import UserRequest, requires
from ecsportal.people.permissions import Permission, may
from ecsportal.projects.queries import current_process, get_project_for


class GridFilter(forms.Form):
    """Which releases the grid shows; anything unknown shows the recent ones."""

    show = forms.ChoiceField(required=False, choices=[(RECENT, ""), (DEPLOYED, ""), (ALL, "")])
    channel = forms.SlugField(required=False)
    page = forms.IntegerField(required=False, min_value=1)


@requires(Permission.PROJECT_VIEW)
@require_GET
@vary_on_headers("HX-Request")
def overview(request: UserRequest, slug: str) -> HttpResponse:
    """Releases and where they run; what to do first while there are none."""
    project = get_project_for(request.user, slug)
    asked = GridFilter(request.GET)
    asked.is_valid()
    show = asked.cleaned_data.get("show") or RECENT
    channel = asked.cleaned_data.get("channel") or ""
    grid = build_grid(
        request.user,
        project,
        now=timezone.now(),
        show=show,
        channel=channel,
        page=asked.cleaned_data.get("page") or 1,
    )
    process = None if grid.all_count else current_process(project)
    context = {
        "project": project,
        "grid": grid,
        "show": show,
        "channel": channel,
        "channels": list(project.channels.all()),
        "has_steps": bool(process and process.steps),
        "may_edit_process": _may(request, Permission.PROCESS_EDIT, project.pk),
        "may_create_release": _may(request, Permission.RELEASE_CREATE, project.pk),
    }
    template = "deployments/_grid.html" if request.htmx else "deployments/overview.html"
    return render(request, template, context)


def _may(request: UserRequest, permission: Permission, project_id: int) -> bool:
    return may(request.user, permission, project_id=project_id)
