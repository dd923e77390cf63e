"""The page that shows what a newer version of a step would change, before anything is saved."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from ecsportal.people.access import UserRequest, refuse_unless, requires
from ecsportal.people.permissions import Permission
from ecsportal.problems import Conflict, Problem
from ecsportal.projects.forms import UpgradeForm
from ecsportal.projects.queries import current_process, get_project_for
from ecsportal.projects.step_upgrade import upgrade_of, upgrade_step


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PROCESS_EDIT)
def upgrade(request: UserRequest, slug: str, step: str) -> HttpResponse:
    """The inputs and the template before and after; a POST saves the newer version."""
    project = get_project_for(request.user, slug)
    refuse_unless(request.user, Permission.PROCESS_EDIT, project_id=project.pk, where=project.name)
    saved = current_process(project)
    form = UpgradeForm(request.POST or None, initial={"revision": saved.number if saved else 0})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            revision = upgrade_step(
                project,
                step,
                by=request.user,
                to=told["version"],
                expected_revision=told["revision"],
            )
        except Problem as problem:
            form.add_error(None, problem.detail)
        else:
            messages.success(request, f"Upgraded to version {told['version']}.")
            page = reverse("projects:step", args=[project.slug, step])
            return redirect(f"{page}?{urlencode({'upgraded': revision.number})}")
    steps = saved.steps if saved else []
    names = {each["slug"]: each["name"] for each in steps}
    context: dict[str, Any] = {
        "project": project,
        "form": form,
        "saved": saved,
        "slug": step,
        "name": names.get(step, step),
    }
    try:
        context["upgrade"] = upgrade_of(project, step)
    except Conflict as refusal:
        context["refusal"] = refusal.detail
    status = 409 if form.is_bound and form.errors else 200
    return render(request, "projects/step_upgrade.html", context, status=status)
