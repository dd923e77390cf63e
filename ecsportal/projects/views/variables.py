"""The variables of a project."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from ecsportal.people.access import UserRequest, requires
from ecsportal.people.permissions import Permission
from ecsportal.projects.queries import get_project_for
from ecsportal.projects.views import variable_editor, variable_history, variable_paste
from ecsportal.projects.views.variable_editor import Editor

_URLS = {
    "page": "projects:variables",
    "add": "projects:add_variable",
    "edit": "projects:variable",
    "delete": "projects:delete_variable",
    "undo": "projects:undo_variables",
    "paste": "projects:paste_variables",
    "history": "projects:variable_history",
    "restore": "projects:restore_variables",
    "names": "projects:variable_names",
}


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
@requires(Permission.VARIABLE_VIEW)
def show(request: UserRequest, slug: str) -> HttpResponse:
    """All values, those of library sets in their place; filtered by `?q=&environment=&source=`."""
    return variable_editor.show(request, _editor(request, slug))


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request", "HX-Target")
@requires(Permission.VARIABLE_EDIT)
def add(request: UserRequest, slug: str) -> HttpResponse:
    """A new value."""
    return variable_editor.add(request, _editor(request, slug))


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request", "HX-Target")
@requires(Permission.VARIABLE_VIEW)
def edit(request: UserRequest, slug: str, value_id: int) -> HttpResponse:
    """One value, open for editing."""
    return variable_editor.edit(request, _editor(request, slug), value_id)


@require_POST
@requires(Permission.VARIABLE_EDIT)
def delete(request: UserRequest, slug: str, value_id: int) -> HttpResponse:
    """Delete a value at once."""
    return variable_editor.delete(request, _editor(request, slug), value_id)


@require_POST
@requires(Permission.VARIABLE_EDIT)
def undo(request: UserRequest, slug: str) -> HttpResponse:
    """Take a save back."""
    return variable_editor.undo(request, _editor(request, slug))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.VARIABLE_EDIT)
def paste(request: UserRequest, slug: str) -> HttpResponse:
    """Many values at once."""
    return variable_paste.paste(request, _editor(request, slug))


@require_safe
@requires(Permission.VARIABLE_VIEW)
def history(request: UserRequest, slug: str) -> HttpResponse:
    """Who changed what."""
    return variable_history.show(request, _editor(request, slug))


@require_POST
@requires(Permission.VARIABLE_EDIT)
def restore(request: UserRequest, slug: str, number: int) -> HttpResponse:
    """Make the values of an earlier save current again."""
    return variable_history.restore(request, _editor(request, slug), number)


def _editor(request: UserRequest, slug: str) -> Editor:
    return Editor(get_project_for(request.user, slug), request.user, _URLS)
