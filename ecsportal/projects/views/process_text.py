"""The process as one text: reading, editing, downloading it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from ecsportal.people.access import UserRequest, refuse_unless, requires
from ecsportal.people.permissions import Permission, may
from ecsportal.problems import StaleRevision, ValidationProblem
from ecsportal.projects.forms import revision_number
from ecsportal.projects.models import ProcessRevision, Project
from ecsportal.projects.process_difference import Change, differences
from ecsportal.projects.process_text import MAX_BYTES
from ecsportal.projects.process_text_editing import (
    TextCheck,
    check_process_text,
    save_process_text,
    text_of,
)
from ecsportal.projects.queries import current_process, get_project_for


class ProcessTextForm(forms.Form):
    """The text, or a file with it, and the revision that it was written against."""

    text = forms.CharField(
        required=False,
        strip=False,
        max_length=MAX_BYTES,
        label="Process as YAML",
        widget=forms.Textarea(
            attrs={"rows": 36, "spellcheck": "false", "class": "p-mono", "wrap": "off"}
        ),
    )
    file = forms.FileField(required=False, label="Take it from a file", max_length=200)
    revision = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_file(self) -> str:
        """The file's text; empty for none."""
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if file is None:
            return ""
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(f"A process has at most {MAX_BYTES:,} bytes.")
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise forms.ValidationError("The file isn't text in UTF-8.") from None

    def clean_revision(self) -> int:
        """The number, or 0."""
        return revision_number(self.cleaned_data["revision"])


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.PROCESS_VIEW)
def edit(request: UserRequest, slug: str) -> HttpResponse:
    """The text; posted it is looked through, and with `act=save` saved."""
    project = get_project_for(request.user, slug)
    saved = current_process(project)
    if request.method != "POST":
        shown = {"text": text_of(project, saved), "revision": saved.number if saved else 0}
        return _page(request, project, saved, ProcessTextForm(initial=shown))
    refuse_unless(request.user, Permission.PROCESS_EDIT, project_id=project.pk, where=project.name)
    form = ProcessTextForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, project, saved, form, status=422)
    text = form.cleaned_data["file"] or form.cleaned_data["text"]
    opened, meanwhile, status = form.cleaned_data["revision"], [], 200
    if request.POST.get("act") in ("save", "save_with_problems"):
        try:
            return _save(request, project, text, opened)
        except StaleRevision:
            saved = current_process(project)
            meanwhile, status = _changed_since(project, opened, saved), 409
        except ValidationProblem:
            status = 422  # what is checked below says the same, line by line
    shown = {"text": text, "revision": saved.number if meanwhile and saved else opened}
    check = check_process_text(project, text)
    form = ProcessTextForm(initial=shown)
    return _page(request, project, saved, form, check, meanwhile, status)


@require_safe
@requires(Permission.PROCESS_VIEW)
def download(request: UserRequest, slug: str) -> HttpResponse:
    """The newest revision as a file."""
    project = get_project_for(request.user, slug)
    text = text_of(project, current_process(project))
    response = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{project.slug}-process.yaml"'
    return response


def _save(request: UserRequest, project: Project, text: str, opened: int) -> HttpResponse:
    before = current_process(project)
    saved = save_process_text(
        project,
        text,
        by=request.user,
        expected_revision=opened,
        allow_problems=request.POST["act"] == "save_with_problems",
    )
    if before == saved:
        messages.info(request, "The text says what the process says already: nothing was saved.")
    else:
        messages.success(request, f"Process saved as revision {saved.number}.")
    if request.htmx:
        page = redirect("projects:process", project.slug)
        return HttpResponse(status=204, headers={"HX-Redirect": page.url})
    return redirect("projects:process", project.slug)


def _changed_since(project: Project, opened: int, saved: ProcessRevision | None) -> list[Change]:
    """What others changed since the text was opened."""
    before = project.process_revisions.filter(number=opened).first()
    return differences(before.steps if before else [], saved.steps if saved else [])


def _page(
    request: UserRequest,
    project: Project,
    saved: ProcessRevision | None,
    form: ProcessTextForm,
    check: TextCheck | None = None,
    meanwhile: list[Change] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "project": project,
        "saved": saved,
        "form": form,
        "check": check,
        "meanwhile": meanwhile,
        "may_edit": may(request.user, Permission.PROCESS_EDIT, project_id=project.pk),
    }
    is_part = request.headers.get("HX-Target") == "check"
    template = "projects/_process_text_check.html" if is_part else "projects/process_text.html"
    if request.htmx and status == 409:
        status = 422  # htmx swaps no 409
    return render(request, template, context, status=status)
