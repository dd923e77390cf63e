"""The dashboard, its fragments, and the first-run guide in its place."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from ecsportal.deployments.dashboard import build_dashboard, one_cell
from ecsportal.deployments.first_run import build_guide, nothing_deployed_yet
from ecsportal.infrastructure.models import Environment
from ecsportal.people.access import UserRequest, requires
from ecsportal.people.permissions import Permission, may, visible_environments
from ecsportal.projects.models import Project
from ecsportal.projects.queries import get_project_for


class DashboardFilter(forms.Form):
    """What the address may ask for; anything else shows all."""

    q = forms.CharField(required=False, max_length=100)
    show = forms.ChoiceField(required=False, choices=[("mine", "Mine"), ("attention", "")])
    guide = forms.BooleanField(required=False)

    def value(self, name: str) -> str:
        """A filter's value; empty where what was sent breaks its rule."""
        self.is_valid()
        return str(self.cleaned_data.get(name) or "")


@requires(Permission.PROJECT_VIEW)
@require_GET
@vary_on_headers("HX-Request")
def dashboard(request: UserRequest) -> HttpResponse:
    """What needs attention, and projects by environments; the guide until a project exists."""
    asked = DashboardFilter(request.GET)
    no_project = not Project.objects.exists()
    if (no_project or asked.value("guide")) and may(request.user, Permission.PROJECT_CREATE):
        return render(request, "deployments/first_run.html", {"guide": build_guide(request.user)})
    search, show = asked.value("q"), asked.value("show")
    page = build_dashboard(request.user, now=timezone.now(), search=search, show=show)
    template = "deployments/_board.html" if request.htmx else "deployments/dashboard.html"
    context = {
        "dashboard": page,
        "search": search,
        "show": show,
        "offer_guide": not page.last_deployment_at and nothing_deployed_yet(),
    }
    return render(request, template, context)


@requires(Permission.PROJECT_VIEW)
@require_GET
def attention(request: UserRequest) -> HttpResponse:
    """The needs-attention strip, and the counts of what runs and waits."""
    page = build_dashboard(request.user, now=timezone.now())
    return render(request, "deployments/_attention_live.html", {"dashboard": page})


@requires(Permission.PROJECT_VIEW)
@require_GET
def cell(request: UserRequest, slug: str, environment: str) -> HttpResponse:
    """One cell of the matrix alone."""
    project = get_project_for(request.user, slug)
    stage = Environment.objects.filter(visible_environments(request.user), slug=environment).first()
    found = one_cell(request.user, project, stage, now=timezone.now()) if stage else None
    if found is None:
        raise Http404(f"There is no environment {environment}.")
    return render(request, "deployments/_cell.html", {"cell": found})
