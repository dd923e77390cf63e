"""Importing a running service: choose the target, choose the service, look, open the editor.

One page under `/remote/`, since each of its states but the first asks AWS. Nothing is saved: the
editor opens with the form filled.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ecsportal.infrastructure.queries import target_for, targets_for
from ecsportal.people.access import UserRequest, refuse_unless, requires
from ecsportal.people.permissions import Permission
from ecsportal.problems import Problem
from ecsportal.projects.import_forms import ServiceForm
from ecsportal.projects.models import Project
from ecsportal.projects.queries import current_process, get_project_for
from ecsportal.projects.running_services import (
    ServiceImport,
    import_of_service,
    services_of,
)
from ecsportal.steps.running_service import RunningImport


@require_safe
@requires(Permission.PROCESS_EDIT)
def show(request: UserRequest, slug: str) -> HttpResponse:
    """`?target=` lists its services, `&service=` shows what becomes of one."""
    project = get_project_for(request.user, slug)
    refuse_unless(request.user, Permission.PROCESS_EDIT, project_id=project.pk, where=project.name)
    form = ServiceForm(request.GET or None, targets=list(targets_for(request.user)))
    context: dict[str, Any] = {"project": project, "form": form}
    status = 200
    if form.is_bound and form.is_valid():
        context |= _found(request, project, form)
        status = 200 if "refusal" not in context else 502
    elif form.is_bound:
        status = 422
    return render(request, "projects/import_service.html", context, status=status)


def _found(request: UserRequest, project: Project, form: ServiceForm) -> dict[str, Any]:
    target = target_for(request.user, form.cleaned_data["target"])
    name = form.cleaned_data["service"].strip()
    context: dict[str, Any] = {"target": target}
    try:
        if not name:
            return context | {"services": services_of(target)}
        found = import_of_service(request.user, target, name)
    except Problem as problem:
        if problem.status == 404:
            form.add_error("service", problem.detail)
            return context
        return context | {"refusal": problem.detail}
    saved = current_process(project)
    return context | {
        "found": found,
        "revision": saved.number if saved else 0,
        "ways": [_way(found, read) for read in (found.adopted, found.own) if read],
    }


def _way(found: ServiceImport, read: RunningImport) -> dict[str, Any]:
    """One of the two steps that the service may become, with what the editor is opened with."""
    step = found.step(read)
    return {
        "read": read,
        "is_adopted": read is found.adopted,
        "problems": found.problems(read),
        "base": json.dumps(read.inputs, separators=(",", ":")),
        "name": step["name"],
        "target_tags": ", ".join(step["target_tags"]),
    }
