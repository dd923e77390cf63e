"""Deployment targets: list, create, edit, check, delete."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ecsportal.infrastructure import targets
from ecsportal.infrastructure.checks import check_target, check_targets
from ecsportal.infrastructure.forms.targets import TargetFilterForm, TargetForm
from ecsportal.infrastructure.models import AwsAccount, DeploymentTarget
from ecsportal.infrastructure.queries import (
    environments_for,
    filtered_targets,
    tags_in_use,
    target_for,
    targets_for,
)
from ecsportal.infrastructure.regions import REGIONS
from ecsportal.infrastructure.uses import uses_of
from ecsportal.people.access import UserRequest, refuse_unless, requires
from ecsportal.people.permissions import Permission
from ecsportal.problems import InUse

PER_PAGE = 50
SENTENCES = 3
"""Unreachable targets that the list tells of in a sentence; the others only show their state."""


@require_GET
@requires(Permission.MACHINE_VIEW)
def list_page(request: UserRequest) -> HttpResponse:
    """The targets, filtered and sorted as the URL says; the unreachable ones in a sentence."""
    filters = TargetFilterForm(request.GET)
    filters.is_valid()
    chosen = filters.cleaned_data
    everything = targets_for(request.user)
    rows = filtered_targets(
        everything.order_by(*filters.order()),
        text=chosen.get("q", ""),
        environment=chosen.get("environment", ""),
        tag=chosen.get("tag", ""),
    )
    unreachable = [row for row in rows if row.health == "unhealthy" and not row.disabled]
    context = {
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "filters": chosen,
        "filtered": filters.is_filtering(),
        "sort": chosen.get("sort") or "name",
        "unreachable": unreachable[:SENTENCES],
        "more_unreachable": max(0, len(unreachable) - SENTENCES),
        "environments": environments_for(request.user),
        "tags": tags_in_use(request.user),
        "has_accounts": AwsAccount.objects.exists(),
    }
    return render(request, "infrastructure/targets/list.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.MACHINE_EDIT)
def create(request: UserRequest) -> HttpResponse:
    """The form of a new target."""
    return _create(request, then_check=False)


@require_POST
@requires(Permission.MACHINE_EDIT)
def create_and_check(request: UserRequest) -> HttpResponse:
    """As `create`; then look for the cluster, and show the target with what was found."""
    return _create(request, then_check=True)


@require_http_methods(["GET", "POST"])
@requires(Permission.MACHINE_VIEW)
def detail(request: UserRequest, slug: str) -> HttpResponse:
    """One target, to read or to edit, with its health."""
    if request.method == "POST":
        return _edit(request, slug, then_check=False)
    row = target_for(request.user, slug)
    return _detail_page(request, row, TargetForm(initial=TargetForm.values(row)))


@require_POST
@requires(Permission.MACHINE_EDIT)
def save_and_check(request: UserRequest, slug: str) -> HttpResponse:
    """Save, look for the cluster, and show the target again with what was found."""
    return _edit(request, slug, then_check=True)


@require_POST
@requires(Permission.MACHINE_EDIT)
def check(request: UserRequest, slug: str) -> HttpResponse:
    """Look for the target's cluster."""
    check_target(target_for(request.user, slug))
    return redirect("infrastructure:target", slug)


@require_POST
@requires(Permission.MACHINE_EDIT)
def check_all(request: UserRequest) -> HttpResponse:
    """Look for the clusters of all targets that aren't disabled."""
    check_targets(targets_for(request.user).filter(disabled=False))
    query = urlencode({key: value for key, value in request.GET.items() if value})
    return redirect(f"{reverse('infrastructure:targets')}{'?' if query else ''}{query}")


@require_POST
@requires(Permission.MACHINE_EDIT)
def delete(request: UserRequest, slug: str) -> HttpResponse:
    """Delete it; where something uses it, the page says what."""
    row = target_for(request.user, slug)
    try:
        targets.delete_target(row, by=request.user)
    except InUse as problem:
        messages.error(request, problem.detail)
        return redirect("infrastructure:target", slug)
    messages.success(request, f"{row} deleted.")
    return redirect("infrastructure:targets")


def _create(request: UserRequest, *, then_check: bool) -> HttpResponse:
    form = TargetForm(request.POST or None)
    if request.method == "POST":
        made = form.save(lambda: targets.create_target(form.details(), by=request.user))
        if made:
            return _saved(request, made, f"{made} added.", then_check=then_check)
    context = {"form": form, "regions": REGIONS}
    return render(request, "infrastructure/targets/create.html", context, status=form.status)


def _edit(request: UserRequest, slug: str, *, then_check: bool) -> HttpResponse:
    refuse_unless(request.user, Permission.MACHINE_EDIT)
    row = target_for(request.user, slug)
    form = TargetForm(request.POST)
    saved = form.save(
        lambda: targets.update_target(
            row, form.details(), by=request.user, revision=form.cleaned_data["revision"]
        ),
        newest=lambda: TargetForm.values(target_for(request.user, slug)),
    )
    if saved:
        return _saved(request, saved, f"{saved} saved.", then_check=then_check)
    return _detail_page(request, target_for(request.user, slug), form)


def _saved(
    request: UserRequest, row: DeploymentTarget, message: str, *, then_check: bool
) -> HttpResponse:
    if then_check:
        check_target(row)
    else:
        messages.success(request, message)
    return redirect("infrastructure:target", row.slug)


def _detail_page(request: UserRequest, row: DeploymentTarget, form: TargetForm) -> HttpResponse:
    context = {"target": row, "form": form, "uses": uses_of("target", row), "regions": REGIONS}
    # htmx swaps no 409; to it, a second editor's refusal is a form with errors like any other.
    status = 422 if form.status == 409 and request.headers.get("HX-Request") else form.status
    return render(request, "infrastructure/targets/detail.html", context, status=status)
