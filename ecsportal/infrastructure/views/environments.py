"""Environments: list, order, create, edit, delete."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ecsportal.infrastructure import environments
from ecsportal.infrastructure.forms.environments import EnvironmentForm, MoveForm
from ecsportal.infrastructure.models import Environment
from ecsportal.infrastructure.queries import environment_for, environments_for
from ecsportal.infrastructure.uses import uses_of
from ecsportal.people.access import UserRequest, refuse_unless, requires
from ecsportal.people.permissions import Permission
from ecsportal.problems import InUse

PER_PAGE = 50


@require_GET
@requires(Permission.ENVIRONMENT_VIEW)
def list_page(request: UserRequest) -> HttpResponse:
    """The environments in their order."""
    rows = environments_for(request.user).annotate(target_count=Count("targets"))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "infrastructure/environments/list.html", {"page": page})


@require_http_methods(["GET", "POST"])
@requires(Permission.ENVIRONMENT_EDIT)
def create(request: UserRequest) -> HttpResponse:
    """The form of a new environment."""
    form = EnvironmentForm(request.POST or None)
    if request.method == "POST":
        made = form.save(lambda: environments.create_environment(form.details(), by=request.user))
        if made:
            messages.success(request, f"{made} added.")
            return redirect("infrastructure:environments")
    return render(
        request, "infrastructure/environments/create.html", {"form": form}, status=form.status
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.ENVIRONMENT_VIEW)
def detail(request: UserRequest, slug: str) -> HttpResponse:
    """One environment, to read or to edit."""
    row = environment_for(request.user, slug)
    form = EnvironmentForm(request.POST or None, initial=EnvironmentForm.values(row))
    if request.method == "POST":
        refuse_unless(request.user, Permission.ENVIRONMENT_EDIT)
        if _save(request, form, row):
            messages.success(request, f"{row} saved.")
            return redirect("infrastructure:environments")
    environment = environment_for(request.user, slug)
    context = {
        "environment": environment,
        "form": form,
        "uses": uses_of("environment", environment),
    }
    return render(request, "infrastructure/environments/detail.html", context, status=form.status)


@require_POST
@requires(Permission.ENVIRONMENT_EDIT)
def delete(request: UserRequest, slug: str) -> HttpResponse:
    """Delete it; where something uses it, the page says what."""
    row = environment_for(request.user, slug)
    try:
        environments.delete_environment(row, by=request.user)
    except InUse as problem:
        messages.error(request, problem.detail)
        return redirect("infrastructure:environment", slug)
    messages.success(request, f"{row} deleted.")
    return redirect("infrastructure:environments")


@require_POST
@requires(Permission.ENVIRONMENT_EDIT)
def move(request: UserRequest, slug: str) -> HttpResponse:
    """Move it up or down the list."""
    row = environment_for(request.user, slug)
    form = MoveForm(request.POST)
    if form.is_valid():
        environments.move_environment(row, by=request.user, places=form.cleaned_data["places"])
    return redirect("infrastructure:environments")


def _save(request: UserRequest, form: EnvironmentForm, row: Environment) -> Environment | None:
    return form.save(
        lambda: environments.update_environment(
            row, form.details(), by=request.user, revision=form.cleaned_data["revision"]
        ),
        newest=lambda: EnvironmentForm.values(environment_for(request.user, row.slug)),
    )
