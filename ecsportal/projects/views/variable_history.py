"""Who changed which variables when."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from ecsportal.people.access import UserRequest
from ecsportal.projects.variables.queries import history
from ecsportal.projects.views.variable_editor import Editor


def show(request: UserRequest, editor: Editor) -> HttpResponse:
    """The newest saves with what each changed."""
    context = {
        "editor": editor,
        "owner": editor.owner,
        "project": editor.owner if editor.is_project else None,
        "page_url": editor.url("page"),
        "saves": history(editor.owner, editor.user),
    }
    return render(request, "projects/variable_history.html", context)
