"""The step editor: the form, its rows, the live template, the export."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ecsportal.infrastructure.queries import targets_with_tags
from ecsportal.people.access import UserRequest, refuse_unless, requires
from ecsportal.people.permissions import Permission, may
from ecsportal.problems import FieldError, NotFound, StaleRevision, ValidationProblem
from ecsportal.projects import process
from ecsportal.projects.forms import StepSettingsForm
from ecsportal.projects.models import ProcessRevision, Project
from ecsportal.projects.queries import current_process, get_project_for
from ecsportal.projects.step_check import StepCheck, can_check, check_step
from ecsportal.projects.step_document import known_type
from ecsportal.projects.template_view import (
    WRITERS,
    Format,
    live_template,
    template_panel,
    template_text,
)
from ecsportal.projects.variables.becoming import becoming
from ecsportal.projects.variables.checks import places_for, unresolved_in_step
from ecsportal.projects.variables.queries import live_variables
from ecsportal.projects.views.step_editor import (
    CHECKED,
    Editor,
    new_editor,
    settings_changes,
    stated_inputs,
    stored_editor,
    typed_form,
)
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.typed import ACTION, FOCUS
from ecsportal.steps.problems import Problem, StepInputsError
from ecsportal.steps.step_type import StepForm, StepType


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PROCESS_VIEW)
def edit(request: UserRequest, slug: str, step: str) -> HttpResponse:
    """A stored step: its form, and what becomes of it when posted."""
    project = get_project_for(request.user, slug)
    editor = stored_editor(request, project, step)
    if request.method != "POST":
        editor.check()
        opened = request.GET.get("open", "")
        if opened and request.headers.get("HX-Request"):
            return _panel(request, editor, opened)
        editor.form.open(opened)
        return _page(request, editor)
    return _answer(request, editor)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PROCESS_EDIT)
def new(request: UserRequest, slug: str, step_type: str) -> HttpResponse:
    """A step that doesn't exist yet."""
    project = get_project_for(request.user, slug)
    refuse_unless(request.user, Permission.PROCESS_EDIT, project_id=project.pk, where=project.name)
    editor = new_editor(request, project, step_type)
    return _answer(request, editor) if request.method == "POST" else _page(request, editor)


@require_POST
@requires(Permission.PROCESS_VIEW)
def template(request: UserRequest, slug: str, step: str) -> HttpResponse:
    """The template of a stored step as it is typed, without saving anything."""
    project = get_project_for(request.user, slug)
    stored = _stored(current_process(project), step)
    if stored is None:
        raise Http404(f"There is no step {step} in the process of {project.name}.")
    return _live(request, project, _type_of(stored), stored)


@require_POST
@requires(Permission.PROCESS_VIEW)
def new_template(request: UserRequest, slug: str, step_type: str) -> HttpResponse:
    """The template of a new step as it is typed."""
    project = get_project_for(request.user, slug)
    kind = known_type(step_type)
    if kind is None:
        raise Http404(f"There is no step type {step_type}.")
    step = {"type": kind.slug, "version": kind.version, "inputs": kind.initial_inputs()}
    return _live(request, project, kind, step)


@require_POST
@requires(Permission.PROCESS_EDIT)
def check(request: UserRequest, slug: str, step: str) -> HttpResponse:
    """What AWS says of a stored step as it is typed, without saving anything."""
    project = get_project_for(request.user, slug)
    return _checked(request, stored_editor(request, project, step))


@require_POST
@requires(Permission.PROCESS_EDIT)
def new_check(request: UserRequest, slug: str, step_type: str) -> HttpResponse:
    """What AWS says of a new step as it is typed."""
    project = get_project_for(request.user, slug)
    return _checked(request, new_editor(request, project, step_type))


def _checked(request: UserRequest, editor: Editor) -> HttpResponse:
    """The findings alone where htmx asks for them, else the page with them."""
    if not can_check(editor.step_type):
        raise Http404(f"AWS knows nothing of {editor.step_type.name}.")
    step = editor.edited_step()
    targets = targets_with_tags(request.user, step["target_tags"])
    found = check_step(editor.project, step, editor.step_type, targets)
    if request.headers.get("HX-Request"):
        return render(request, "projects/_step_check.html", {"check": found})
    editor.check()
    return _page(request, editor, found=found)


@require_safe
@requires(Permission.PROCESS_VIEW)
def export(request: UserRequest, slug: str, step: str) -> HttpResponse:
    """The stored step's template as a file: `?format=json`, YAML otherwise."""
    project = get_project_for(request.user, slug)
    stored = _stored(current_process(project), step)
    if stored is None:
        raise Http404(f"There is no step {step} in the process of {project.name}.")
    format = _format(request)
    kind = _type_of(stored)
    if not kind.can_export:
        raise Http404(f"There is no template: {kind.name} makes none.")
    try:
        text = template_text(kind, stored["inputs"], stored["version"], format)
    except StepInputsError as error:
        raise Http404("There is no template: the step can't be read as it is.") from error
    kind_of_text = "application/json" if format == "json" else "text/yaml"
    response = HttpResponse(text, content_type=f"{kind_of_text}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}-{step}.{format}"'
    return response


def _stored(saved: ProcessRevision | None, slug: str) -> JsonDict | None:
    return next((step for step in (saved.steps if saved else []) if step["slug"] == slug), None)


def _type_of(step: JsonDict) -> StepType:
    kind = known_type(step["type"])
    if kind is None:
        raise Http404(f"There is no step type {step['type']}.")
    return kind


def _format(request: UserRequest) -> Format:
    asked = request.GET.get("format", "yaml")
    return "json" if asked == "json" and asked in WRITERS else "yaml"


def _advise(request: UserRequest, project: Project, step: JsonDict, form: StepForm) -> None:
    """Say beside the fields what is allowed but worth a look, and what bound ones become."""
    typed = form.inputs()
    notes = _type_of(step).notes(typed, step["version"])
    if not step.get("slug"):
        form.advise(notes)
        return
    edited, values = step | {"inputs": typed}, live_variables(project)
    places = list(places_for(request.user))
    unresolved = unresolved_in_step(project, edited, values, places)
    form.advise(
        notes
        + [
            Problem(field.path.removeprefix("inputs."), field.advice, "unresolved")
            for field in unresolved
        ]
    )
    known = becoming(project, edited, values, places)
    if known and may(request.user, Permission.VARIABLE_VIEW, project_id=project.pk):
        form.foretell(known.environment, known.inputs)


def _live(request: UserRequest, project: Project, kind: StepType, step: JsonDict) -> HttpResponse:
    if not kind.can_export:
        raise Http404(f"There is no template: {kind.name} makes none.")
    form, _ = typed_form(kind, step, request.POST, {})
    form.place(kind.check(form.inputs(), step["version"]))
    _advise(request, project, step, form)
    form.compare(stated_inputs(kind, step))
    panel = live_template(kind, form, step["version"], focus=str(request.POST.get(FOCUS, "")))
    changes = form.change_count + settings_changes(step, request.POST)
    context = {"panel": panel, "form": form, "is_live": True, "changes": changes}
    if panel.reason:
        return render(request, "projects/_template_note.html", context)
    response = render(request, "projects/_template_panel.html", context)
    # The lines change only where there are new ones: the last good template stays in sight.
    response["HX-Retarget"] = "#template-panel"
    return response


def _answer(request: UserRequest, editor: Editor) -> HttpResponse:
    """What a post leads to: a row button shows the form anew, all else saves it."""
    if editor.is_damaged:
        editor.check()
        editor.is_refused = True
        return _page(request, editor, status=422)
    action = str(request.POST.get(ACTION, ""))
    if action.startswith("open:") and request.headers.get("HX-Request"):
        return _panel(request, editor, action.removeprefix("open:"))
    if action:
        if CHECKED in request.POST:
            editor.check()
        return _page(request, editor)
    status, outside = 422, None
    if editor.settings.is_valid() and editor.runs.is_valid():
        try:
            slug = _save(request, editor)
        except (StaleRevision, NotFound) as changed:
            _meet(editor, changed)
            status = 409
        except ValidationProblem as refused:
            outside = refused
        else:
            messages.success(request, f"{editor.edited_step()['name']} saved.")
            return redirect("projects:step", editor.project.slug, slug)
    editor.check()
    if outside:
        _place_outside(editor, outside)
    editor.is_refused = True
    return _page(request, editor, status=status)


def _panel(request: UserRequest, editor: Editor, name: str) -> HttpResponse:
    """The fields of one panel alone, as it is opened."""
    if CHECKED in request.POST:
        editor.check()
    _advise(request, editor.project, editor.step, editor.form)
    panel = editor.form.panel(name)
    if panel is None:
        raise Http404(f"There is no {name} in this form.")
    return render(request, "steps/_panel.html", {"row": panel, "may_edit": editor.may_edit})


def _save(request: UserRequest, editor: Editor) -> str:
    """Save the step and return its slug; raises what stands in the way."""
    options: dict[str, Any] = {
        "by": request.user,
        "expected_revision": editor.settings.cleaned_data["revision"],
        "allow_problems": "allow_problems" in request.POST,
    }
    step = editor.edited_step()
    if editor.is_gone and "again" not in request.POST:
        raise NotFound(f'The process of {editor.project.name} has no step "{step["slug"]}".')
    if editor.is_new or editor.is_gone:
        return process.add_step(editor.project, step=step, **options)[1]
    if editor.has_a_namesake and not options["allow_problems"]:
        message = f'Another step is called "{step["name"]}": outputs are named by step.'
        raise ValidationProblem([FieldError("name", message, "duplicate")])
    process.replace_step(editor.project, editor.step["slug"], step=step, **options)
    return str(editor.step["slug"])


def _meet(editor: Editor, changed: StaleRevision | NotFound) -> None:
    """Show somebody else's save beside what was typed; the next save is made knowing of it."""
    if isinstance(changed, NotFound):
        editor.is_gone = True
        return
    saved = current_process(editor.project)
    stored = _stored(saved, str(editor.step.get("slug")))
    if stored is not None:
        editor.step = stored
        editor.is_stale = True
        editor.__dict__.pop("differences", None)
    editor.saved = saved
    seen = {"revision": str(saved.number if saved else 0)}
    opened = {"opened": editor.post.get("opened") or editor.post.get("revision", "")}
    names = ("step_name", "target_tags")
    told = {name: editor.post.get(name, "") for name in names}
    editor.settings = StepSettingsForm(told | opened | seen)


def _place_outside(editor: Editor, refused: ValidationProblem) -> None:
    """Put what concerns the step but not its inputs beside name and tags."""
    for error in refused.field_errors:
        path = error.path.partition("].")[2] or error.path
        if not path.startswith("inputs"):
            editor.add_outside(path, error.message)


def _page(
    request: UserRequest, editor: Editor, *, status: int = 200, found: StepCheck | None = None
) -> HttpResponse:
    """The editor's page, or the form alone where htmx asks for it."""
    _advise(request, editor.project, editor.step, editor.form)
    if request.method == "POST":
        editor.form.compare(stated_inputs(editor.step_type, editor.step))
    context: dict[str, Any] = {
        "editor": editor,
        "project": editor.project,
        "step": editor.step,
        "step_type": editor.step_type,
        "settings": editor.settings,
        "runs": editor.runs,
        "form": editor.form,
        "may_edit": editor.may_edit,
        "can_check": can_check(editor.step_type),
        "check": found,
    }
    if request.method == "POST" and request.headers.get("HX-Request"):
        # The page keeps its template and asks for the next one by itself.
        return render(request, "projects/_step_form.html", context, status=status)
    context["panel"] = editor.panel
    if request.GET.get("dialog") == "export" and not editor.is_new:
        context["exported"] = template_panel(
            editor.step_type, editor.step["inputs"], editor.step["version"], format=_format(request)
        )
    return render(request, "projects/step.html", context, status=status)
