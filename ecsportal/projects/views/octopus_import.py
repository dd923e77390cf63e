"""Pasting a step of Octopus Deploy: first what becomes of it, then saving it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from ecsportal.infrastructure.details import EnvironmentDetails
from ecsportal.infrastructure.environments import update_environment
from ecsportal.infrastructure.queries import environments_for, feeds_for, tags_in_use
from ecsportal.people.access import UserRequest, refuse_unless, requires
from ecsportal.people.permissions import Permission, may
from ecsportal.problems import Problem, ValidationProblem
from ecsportal.projects.import_forms import OctopusStepForm, PasteStepForm
from ecsportal.projects.models import Project
from ecsportal.projects.octopus_steps import (
    StackOfStep,
    looked_up,
    read_pasted,
    save_imported,
    stacks_of_step,
    with_feeds,
)
from ecsportal.projects.queries import current_process, get_project_for
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.octopus_import import ImportedStep


@dataclass(frozen=True)
class _Pasted:
    """A step that was read, with what was typed about it."""

    imported: ImportedStep
    settings: OctopusStepForm
    may_set_ids: bool

    @property
    def document(self) -> JsonDict:
        """The step as it would be saved."""
        return with_feeds(self.settings.applied_to(self.imported.document), self.settings.feeds())

    def stacks(self, request: UserRequest) -> list[StackOfStep]:
        """Its stacks, with ids as typed."""
        return stacks_of_step(request.user, self.document, self.settings.octopus_ids())


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PROCESS_EDIT)
def paste(request: UserRequest, slug: str) -> HttpResponse:
    """The page; `act=save` adds the step that the look before showed."""
    project = _editable(request, slug)
    form = PasteStepForm(request.POST if request.method == "POST" else None)
    pasted = _read(request, project, form) if form.is_bound else None
    if pasted and request.POST.get("act") == "save" and pasted.settings.is_valid():
        try:
            saved = _save(request, project, pasted)
        except Problem as problem:
            problem.add_to_form(pasted.settings, {"steps[0].name": "step_name"})
        else:
            messages.success(request, f"{pasted.document['name']} imported.")
            return redirect("projects:step", project.slug, saved)
    context: dict[str, Any] = {"project": project, "form": form, "pasted": pasted}
    if pasted:
        context |= {
            "stacks": pasted.stacks(request),
            "known_tags": tags_in_use(request.user),
        }
    wrong = form.errors or (pasted and pasted.settings.errors)
    return render(
        request, "projects/paste_octopus_step.html", context, status=422 if wrong else 200
    )


@require_POST
@requires(Permission.PROCESS_EDIT)
def stacks(request: UserRequest, slug: str) -> HttpResponse:
    """The stacks of the step in the form, with what AWS says of them."""
    project = _editable(request, slug)
    pasted = _read(request, project, PasteStepForm(request.POST))
    found = looked_up(pasted.stacks(request)) if pasted else []
    return render(request, "projects/_octopus_stacks.html", {"project": project, "stacks": found})


def _read(request: UserRequest, project: Project, form: PasteStepForm) -> _Pasted | None:
    """The step in the form, or None with the reason beside the field."""
    if not form.is_valid():
        return None
    try:
        imported = read_pasted(form.cleaned_data["step"])
    except ValidationProblem as refusal:
        for error in refusal.errors:
            place = error.path.removeprefix("step").removeprefix(".")
            form.add_error("step", f"{place}: {error.message}" if place else error.message)
        return None
    may_set_ids = may(request.user, Permission.ENVIRONMENT_EDIT)
    saved = current_process(project)
    # Name and tags typed for another text are not this step's.
    is_same = request.POST.get("digest") == form.digest
    settings = OctopusStepForm(
        request.POST if is_same else None,
        document=imported.document,
        feeds=list(feeds_for(request.user).values_list("slug", "name")),
        environments=list(environments_for(request.user)) if may_set_ids else [],
        revision=saved.number if saved else 0,
    )
    return _Pasted(imported, settings, may_set_ids)


@transaction.atomic
def _save(request: UserRequest, project: Project, pasted: _Pasted) -> str:
    """Store the ids that were typed, then add the step; answers its slug."""
    ids = pasted.settings.octopus_ids()
    for environment in environments_for(request.user) if pasted.may_set_ids else ():
        typed = ids.get(environment.slug, environment.octopus_id)
        if typed == environment.octopus_id:
            continue
        details = EnvironmentDetails(
            name=environment.name,
            description=environment.description,
            octopus_id=typed,
            production=environment.production,
        )
        try:
            update_environment(environment, details, by=request.user)
        except ValidationProblem as refusal:
            name = pasted.settings.name_of_id(environment)
            refusal.add_to_form(pasted.settings, {"octopus_id": name})
            raise
    _, slug = save_imported(
        project,
        pasted.document,
        by=request.user,
        expected_revision=pasted.settings.cleaned_data["revision"],
    )
    return slug


def _editable(request: UserRequest, slug: str) -> Project:
    project = get_project_for(request.user, slug)
    refuse_unless(request.user, Permission.PROCESS_EDIT, project_id=project.pk, where=project.name)
    return project
