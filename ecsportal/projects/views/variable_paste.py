"""Pasting many variables: first what it would change, then saving it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from ecsportal.people.access import PermissionMissingError, UserRequest
from ecsportal.problems import Problem, StaleRevision
from ecsportal.projects.variable_forms import PasteForm
from ecsportal.projects.variables.bulk import apply_paste, plan_of_paste
from ecsportal.projects.variables.pasting import PastePlan
from ecsportal.projects.variables.queries import current_variables
from ecsportal.projects.variables.table import names_for
from ecsportal.projects.views.variable_editor import Editor

_STALE = "Somebody saved meanwhile. This is what the text changes now."


def paste(request: UserRequest, editor: Editor) -> HttpResponse:
    """The form; `act=save` saves what the look before showed."""
    editor.refuse_readers()
    names = names_for(editor.owner, editor.user)
    if request.method != "POST":
        return _page(request, editor, PasteForm(names=names))
    form = PasteForm(request.POST, names=names)
    if not form.is_valid():
        return _page(request, editor, form, status=422)
    status, note = 200, ""
    if request.POST.get("act") == "save":
        try:
            _apply(editor, form)
        except StaleRevision:
            status, note = 409, _STALE
        except PermissionMissingError as refusal:
            form.add_error(None, str(refusal))
            status = 422
        except Problem:
            status = 422  # the plan below says the same, line by line
        else:
            messages.success(request, "Variables saved.")
            if request.htmx:
                return HttpResponse(status=204, headers={"HX-Redirect": editor.url("page")})
            return redirect(editor.url("page"))
    plan = plan_of_paste(
        editor.owner,
        form.cleaned_data["text"],
        by=editor.user,
        scope=form.scope(),
        sensitive=form.cleaned_data["sensitive"],
    )
    return _page(request, editor, form, plan, note, status=status)


def _apply(editor: Editor, form: PasteForm) -> None:
    apply_paste(
        editor.owner,
        form.cleaned_data["text"],
        by=editor.user,
        scope=form.scope(),
        sensitive=form.cleaned_data["sensitive"],
        expected_revision=form.cleaned_data["revision"],
    )


def _page(
    request: UserRequest,
    editor: Editor,
    form: PasteForm,
    plan: PastePlan | None = None,
    note: str = "",
    status: int = 200,
) -> HttpResponse:
    current = current_variables(editor.owner)
    hides_text = form.is_bound and _may_hold_secrets(form, plan)
    if hides_text:
        # A secret is never sent back, not even to who has just typed it.
        form.forget_text()
    context = {
        "editor": editor,
        "owner": editor.owner,
        "project": editor.owner if editor.is_project else None,
        "page_url": editor.url("page"),
        "form": form,
        "plan": plan,
        "note": note,
        "revision": current.number if current else 0,
        "may_save": plan is not None
        and not plan.errors
        and any(row.kind != "same" for row in plan.rows),
        "counts": _counts(plan),
        "text_is_gone": hides_text,
    }
    is_part = request.headers.get("HX-Target") == "plan"
    template = "projects/_paste_plan.html" if is_part else "projects/paste_variables.html"
    return render(request, template, context, status=status)


def _may_hold_secrets(form: PasteForm, plan: PastePlan | None) -> bool:
    if form["sensitive"].value() or '"sensitive"' in str(form["text"].value()):
        return True
    return plan is not None and any(row.sensitive for row in plan.rows)


def _counts(plan: PastePlan | None) -> dict[str, int]:
    rows = plan.rows if plan else ()
    return {kind: sum(r.kind == kind for r in rows) for kind in ("added", "changed", "same")}
