"""Who changed which variables when, and making the values of an earlier save current again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from ecsportal.people.access import PermissionMissingError, UserRequest
from ecsportal.problems import Problem, StaleRevision
from ecsportal.projects.forms import RestoreForm
from ecsportal.projects.variables.queries import history
from ecsportal.projects.variables.saving import restore_variables
from ecsportal.projects.views.variable_editor import Editor


def show(request: UserRequest, editor: Editor) -> HttpResponse:
    """The newest saves with what each changed."""
    saves = history(editor.owner, editor.user)
    context = {
        "editor": editor,
        "owner": editor.owner,
        "project": editor.owner if editor.is_project else None,
        "page_url": editor.url("page"),
        "saves": saves,
        "current": saves[0].revision.number if saves else 0,
    }
    return render(request, "projects/variable_history.html", context)


def restore(request: UserRequest, editor: Editor, number: int) -> HttpResponse:
    """Make the values of an earlier save current again, unless somebody saved meanwhile."""
    editor.refuse_readers()
    form = RestoreForm(request.POST)
    if not form.is_valid():
        return redirect(editor.url("history"))
    expected = form.cleaned_data["expected"]
    try:
        restored = restore_variables(
            editor.owner, number, by=editor.user, expected_revision=expected
        )
    except StaleRevision:
        messages.error(request, "Somebody saved meanwhile. Look at the newest save, then decide.")
    except PermissionMissingError as refusal:
        messages.error(request, str(refusal))
    except Problem as problem:
        messages.error(request, problem.detail)
    else:
        messages.success(request, _words(number, restored.number, expected))
    return redirect(editor.url("history"))


def _words(number: int, restored: int, expected: int) -> str:
    if restored == expected:
        return f"The values are those of revision {number} already."
    return f"The values of revision {number} are current again, as revision {restored}."
