"""The step editor: the form, its rows, the live template, the export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ecsportal.cloudformation.documents import to_json, to_yaml
from ecsportal.infrastructure.queries import feeds_for
from ecsportal.people.access import UserRequest, refuse_unless, requires
from ecsportal.people.permissions import Permission, may
from ecsportal.problems import NotFound, StaleRevision, ValidationProblem
from ecsportal.projects import process
from ecsportal.projects.forms import StepSettingsForm
from ecsportal.projects.models import Project
from ecsportal.projects.queries import current_process, get_project_for
from ecsportal.projects.template_view import template_panel
from ecsportal.steps import catalogue
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.typed import ACTION
from ecsportal.steps.problems import Problem, StepInputsError
from ecsportal.steps.step_type import StepForm, StepType


@dataclass
class Editor:
    """One step as it is edited: what is stored, what was typed, what is wrong with it."""

    project: Project
    step: JsonDict
    step_type: StepType
    settings: StepSettingsForm
    form: StepForm
    revision: int
    may_edit: bool
    is_new: bool = False
    stale: StaleRevision | None = None
    may_save_with_problems: bool = False

    @property
    def problems(self) -> list[Problem]:
        """Everything that the step type finds wrong with what was typed."""
        return self.step_type.check(self.form.inputs(), self.step["version"])

    def context(self) -> dict[str, Any]:
        """For the templates."""
        return {
            "editor": self,
            "project": self.project,
            "step": self.step,
            "step_type": self.step_type,
            "settings": self.settings,
            "form": self.form,
            "may_edit": self.may_edit,
            "panel": template_panel(self.step_type, self.form.inputs(), self.step["version"]),
        }


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PROCESS_VIEW)
def edit(request: UserRequest, slug: str, step: str) -> HttpResponse:
    """A stored step: its form, and what becomes of it when posted."""
    project = get_project_for(request.user, slug)
    stored, revision = _stored(project, step)
    editor = _editor(request, project, stored, revision)
    return _answer(request, editor)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PROCESS_EDIT)
def new(request: UserRequest, slug: str, step_type: str) -> HttpResponse:
    """A step that doesn't exist yet."""
    project = get_project_for(request.user, slug)
    refuse_unless(request.user, Permission.PROCESS_EDIT, project_id=project.pk, where=project.name)
    try:
        kind = catalogue.get(step_type)
    except catalogue.UnknownStepTypeError as error:
        raise Http404(str(error)) from error
    current = current_process(project)
    step = {
        "name": "",
        "type": kind.slug,
        "version": kind.version,
        "target_tags": [],
        "inputs": kind.initial_inputs(),
    }
    editor = _editor(request, project, step, current.number if current else 0, is_new=True)
    return _answer(request, editor)


@require_POST
@requires(Permission.PROCESS_VIEW)
def template(request: UserRequest, slug: str, step: str) -> HttpResponse:
    """The template of the form as it is typed, without saving anything."""
    project = get_project_for(request.user, slug)
    kind = catalogue.get(step) if step in {t.slug for t in catalogue.all()} else None
    if kind is None:
        stored, _ = _stored(project, step)
        kind = catalogue.get(stored["type"])
    try:
        form = kind.form_from_post(request.POST, version=kind.version, choices={})
    except ValueError as error:
        raise Http404("There is no form in this request.") from error
    panel = template_panel(kind, form.inputs(), kind.version)
    return render(request, "projects/_template_panel.html", {"panel": panel})


@require_safe
@requires(Permission.PROCESS_VIEW)
def export(request: UserRequest, slug: str, step: str) -> HttpResponse:
    """The stored step's template as a file: `?format=json`, YAML otherwise."""
    project = get_project_for(request.user, slug)
    stored, _ = _stored(project, step)
    kind = catalogue.get(stored["type"])
    try:
        document = kind.export(stored["inputs"], stored["version"])
    except StepInputsError as error:
        raise Http404("There is no template: the step can't be read as it is.") from error
    as_json = request.GET.get("format") == "json"
    text = to_json(document) if as_json else to_yaml(document)
    response = HttpResponse(text, content_type="application/json" if as_json else "text/yaml")
    ending = "json" if as_json else "yaml"
    name = f"{project.slug}-{step}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _stored(project: Project, slug: str) -> tuple[JsonDict, int]:
    revision = current_process(project)
    for step in revision.steps if revision else []:
        if step["slug"] == slug:
            return step, revision.number if revision else 0
    raise Http404(f"There is no step {slug} in the process of {project.name}.")


def _editor(
    request: UserRequest, project: Project, step: JsonDict, revision: int, *, is_new: bool = False
) -> Editor:
    kind = catalogue.get(step["type"])
    choices = {"feeds": tuple(feeds_for(request.user).values_list("slug", "name"))}
    may_edit = may(request.user, Permission.PROCESS_EDIT, project_id=project.pk)
    if request.method == "POST":
        refuse_unless(
            request.user, Permission.PROCESS_EDIT, project_id=project.pk, where=project.name
        )
        settings = StepSettingsForm(request.POST)
        try:
            form = kind.form_from_post(request.POST, version=step["version"], choices=choices)
        except ValueError as error:
            raise Http404("There is no form in this request.") from error
    else:
        settings = StepSettingsForm(
            initial={
                "step_name": step["name"],
                "target_tags": ", ".join(step["target_tags"]),
                "revision": revision,
            }
        )
        form = kind.form(step["inputs"], version=step["version"], choices=choices)
    return Editor(project, step, kind, settings, form, revision, may_edit, is_new)


def _answer(request: UserRequest, editor: Editor) -> HttpResponse:
    """Show the form; a post without a row button saves it."""
    if request.method != "POST":
        if not editor.is_new:
            editor.form.place(editor.problems)
        return render(request, "projects/step.html", editor.context())
    if request.POST.get(ACTION):
        return render(request, _page(request), editor.context())
    if editor.settings.is_valid():
        saved = _save(request, editor)
        if saved is not None:
            return saved
    editor.form.place(editor.problems)
    status = 409 if editor.stale else 422
    return render(request, "projects/step.html", editor.context(), status=status)


def _page(request: UserRequest) -> str:
    return "projects/_step_form.html" if request.headers.get("HX-Request") else "projects/step.html"


def _save(request: UserRequest, editor: Editor) -> HttpResponse | None:
    """Save and go to the stored step; None where something stands in the way."""
    told = editor.settings.cleaned_data
    step = editor.step | {
        "name": told["step_name"],
        "target_tags": told["target_tags"],
        "inputs": editor.form.inputs(),
    }
    options: dict[str, Any] = {
        "by": request.user,
        "expected_revision": told["revision"],
        "allow_problems": "allow_problems" in request.POST,
    }
    try:
        if editor.is_new:
            _, slug = process.add_step(editor.project, step=step, **options)
        else:
            slug = editor.step["slug"]
            process.replace_step(editor.project, slug, step=step, **options)
    except StaleRevision as stale:
        editor.stale = stale
        editor.settings = _with_revision(request, stale.current)
        return None
    except NotFound as gone:
        messages.error(request, gone.detail)
        return redirect("projects:process", editor.project.slug)
    except ValidationProblem as refused:
        _place_outside(editor, refused)
        return None
    messages.success(request, f"{step['name']} saved.")
    return redirect("projects:step", editor.project.slug, slug)


def _with_revision(request: UserRequest, revision: int) -> StepSettingsForm:
    """The settings as typed; a second save is made in the knowledge of that revision."""
    data = request.POST.copy()
    data["revision"] = str(revision)
    return StepSettingsForm(data)


def _place_outside(editor: Editor, refused: ValidationProblem) -> None:
    """Put what concerns the step but not its inputs beside name and tags."""
    found = editor.problems
    editor.may_save_with_problems = bool(found) and all(p.kind == "rule" for p in found)
    for error in refused.field_errors:
        if ".inputs" in error.path:
            continue
        field = "target_tags" if "target_tags" in error.path else "step_name"
        editor.settings.add_error(field, error.message)
        editor.may_save_with_problems = False
