"""The table of variables and the acts on single values, for projects and library sets alike.

Every act answers with the whole page; htmx takes the table out of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from ecsportal.people.access import PermissionMissingError, UserRequest, refuse_unless
from ecsportal.people.models import User
from ecsportal.people.permissions import Permission, may
from ecsportal.problems import NotFound, Problem, StaleRevision
from ecsportal.projects.models import Project, VariableRevision
from ecsportal.projects.variable_conflict import differences_of
from ecsportal.projects.variable_forms import UndoForm, ValueForm, VariablesFilter, initial_of
from ecsportal.projects.variables.difference import variable_changes
from ecsportal.projects.variables.queries import (
    Owner,
    current_variables,
    get_variable_revision,
    history,
)
from ecsportal.projects.variables.saving import (
    add_value,
    delete_value,
    edit_value,
    restore_value,
    restore_variables,
)
from ecsportal.projects.variables.sight import sight_of
from ecsportal.projects.variables.table import (
    Deleted,
    Group,
    groups_of,
    names_for,
    narrowed,
    reach_of,
)
from ecsportal.projects.variables.values import VariableValue, values_of

NAMES_A_PAGE = 100


@dataclass(frozen=True)
class Editor:
    """One owner's variables in front of one user."""

    owner: Owner
    user: User
    urls: dict[str, str] = field(default_factory=dict)
    """URL names of its pages; each takes the owner's slug."""

    @property
    def is_project(self) -> bool:
        """False for a library set."""
        return isinstance(self.owner, Project)

    @property
    def permission(self) -> Permission:
        """What changing anything asks for."""
        return Permission.VARIABLE_EDIT if self.is_project else Permission.LIBRARY_EDIT

    @property
    def may_edit(self) -> bool:
        """True where the user may change at least some values."""
        return may(self.user, self.permission, project_id=self._project_id)

    @property
    def _project_id(self) -> int | None:
        return self.owner.pk if isinstance(self.owner, Project) else None

    def refuse_readers(self) -> None:
        """Raise PermissionMissingError for who may only look."""
        refuse_unless(
            self.user, self.permission, project_id=self._project_id, where=self.owner.name
        )

    def url(self, page: str, *args: Any) -> str:
        """The address of one of its pages."""
        return reverse(self.urls[page], args=[self.owner.slug, *args])


@dataclass(frozen=True)
class Editing:
    """The row that is being edited; `value` None is a new one."""

    form: ValueForm
    value: VariableValue | None = None
    status: int = 200
    differences: tuple[tuple[str, str, str], ...] = ()
    """Label, stored and typed, where somebody else has saved meanwhile."""
    note: str = ""

    @property
    def is_secret_set(self) -> bool:
        """True where an empty field keeps the secret."""
        return self.value is not None and self.value.is_sensitive


def show(request: UserRequest, editor: Editor, editing: Editing | None = None) -> HttpResponse:
    """The page, with one row open where something is edited."""
    if editing:
        editing.form.forget_secrets()
        if "names" in editor.urls:
            editing.form.offer_names(editor.url("names"))
    asked = VariablesFilter(request.GET).read()
    names = names_for(editor.owner, editor.user)
    deleted = None
    if asked["deleted"] and asked["revision"]:
        deleted = Deleted(asked["deleted"], asked["revision"])
    groups = groups_of(editor.owner, editor.user, names, deleted=deleted)
    found = narrowed(
        groups,
        search=asked["q"] or "",
        environment=asked["environment"] or "",
        source=asked["source"] or "",
    )
    context = {
        "editor": editor,
        "owner": editor.owner,
        "project": editor.owner if editor.is_project else None,
        "asked": asked,
        "query": _query(asked),
        "names": names,
        "page": Paginator(found, NAMES_A_PAGE).get_page(_page_of(asked, found, editing)),
        "name_count": len(groups),
        "value_count": sum(len(group.rows) for group in groups),
        "sources": _sources(groups),
        "editing": editing,
        "deleted": deleted,
        "last": _last_change(editor),
        "page_url": editor.url("page"),
    }
    is_part = request.headers.get("HX-Target") == "variables"
    page = "projects/variables.html" if editor.is_project else "projects/library.html"
    template = "projects/_variables.html" if is_part else page
    response = render(request, template, context, status=editing.status if editing else 200)
    if is_part:
        _tell_htmx(request, response)
    return response


def _tell_htmx(request: UserRequest, response: HttpResponse) -> None:
    """The address of what is shown now, and as a toast what a full page would say."""
    if request.method == "GET":
        response["HX-Push-Url"] = request.get_full_path()
    for message in messages.get_messages(request):
        kind = "failed" if message.level_tag == "error" else "ok"
        response["HX-Trigger"] = json.dumps({"toast": {"kind": kind, "text": str(message)}})


def add(request: UserRequest, editor: Editor) -> HttpResponse:
    """A new value; `?name=` says of which name."""
    editor.refuse_readers()
    names = names_for(editor.owner, editor.user)
    if request.method == "POST":
        form = ValueForm(request.POST, names=names)
        if not form.is_valid():
            return show(request, editor, Editing(form, status=422))
        return _saved(
            request,
            editor,
            Editing(form),
            lambda: add_value(editor.owner, value=form.document(), by=editor.user)[0],
        )
    initial = {"name": request.GET.get("name", "")[:1000]}
    form = ValueForm(names=names)
    form.initial = initial
    return show(request, editor, Editing(form))


def edit(request: UserRequest, editor: Editor, value_id: int) -> HttpResponse:
    """One value, in its row."""
    names = names_for(editor.owner, editor.user)
    current = current_variables(editor.owner)
    value = _value_of(editor, current, value_id)
    if request.method != "POST":
        if value is None or current is None:
            raise Http404(f"There is no value {value_id} of {editor.owner.name} any more.")
        if not editor.may_edit:
            return show(request, editor)
        form = ValueForm(names=names, kept=value.scope.as_document())
        form.initial = initial_of(value, current.number)
        return show(request, editor, Editing(form, value))
    editor.refuse_readers()
    kept = value.scope.as_document() if value else None
    form = ValueForm(request.POST, names=names, kept=kept)
    if not form.is_valid():
        return show(request, editor, Editing(form, value, status=422))
    return _saved(
        request,
        editor,
        Editing(form, value),
        lambda: edit_value(
            editor.owner,
            value_id,
            value=form.document(),
            by=editor.user,
            expected_revision=form.cleaned_data["revision"],
        ),
    )


def delete(request: UserRequest, editor: Editor, value_id: int) -> HttpResponse:
    """Delete a value at once; in its place the page offers to undo that."""
    editor.refuse_readers()
    try:
        revision = delete_value(editor.owner, value_id, by=editor.user)
    except PermissionMissingError as refusal:
        messages.error(request, str(refusal))
    except Problem as problem:
        messages.error(request, problem.detail)
    else:
        gone = {"deleted": value_id, "revision": revision.number}
        return redirect(f"{editor.url('page')}?{_merged(request, gone)}")
    return _back(request, editor)


def undo(request: UserRequest, editor: Editor) -> HttpResponse:
    """Take one save back: a single value as it was, or all where the save touched many."""
    editor.refuse_readers()
    form = UndoForm(request.POST)
    if form.is_valid():
        try:
            _undo(editor, form.cleaned_data["revision"])
        except PermissionMissingError as refusal:
            messages.error(request, str(refusal))
        except Problem as problem:
            messages.error(request, problem.detail)
    return _back(request, editor)


def _undo(editor: Editor, number: int) -> None:
    sight = sight_of(editor.user)
    after = get_variable_revision(editor.owner, number)
    before = editor.owner.variable_revisions.filter(number=number - 1).first()
    changes = variable_changes(
        sight.shown(before.variables if before else []), sight.shown(after.variables)
    )
    if len(changes) == 1 and changes[0].kind == "added":
        delete_value(editor.owner, changes[0].id, by=editor.user)
    elif len(changes) == 1:
        restore_value(editor.owner, changes[0].id, from_revision=number - 1, by=editor.user)
    elif before and current_variables(editor.owner) == after:
        restore_variables(editor.owner, number - 1, by=editor.user)
    else:
        raise NotFound("Somebody saved meanwhile: restore a revision from the history instead.")


def _saved(
    request: UserRequest, editor: Editor, editing: Editing, act: Callable[[], VariableRevision]
) -> HttpResponse:
    form = editing.form
    try:
        act()
    except StaleRevision as problem:
        return _stale(request, editor, editing, problem.current)
    except NotFound as problem:
        form.add_error(None, f"{problem.detail} Saving adds yours as a new value.")
        return show(request, editor, Editing(form, status=409))
    except PermissionMissingError as refusal:
        form.add_error(None, str(refusal))
    except Problem as problem:
        form.blame(problem)
    else:
        return _back(request, editor)
    return show(request, editor, Editing(form, editing.value, status=422))


def _stale(request: UserRequest, editor: Editor, editing: Editing, current: int) -> HttpResponse:
    """What was typed stays; saved once more, it goes over the other one on purpose."""
    names = names_for(editor.owner, editor.user)
    post = request.POST.copy()
    post["revision"] = str(current)
    stored = editing.value
    kept = stored.scope.as_document() if stored else None
    form = ValueForm(post, names=names, kept=kept)
    form.is_valid()
    differences = differences_of(stored, form, names) if stored else ()
    note = "Somebody saved this value meanwhile. Saving again puts yours in its place."
    return show(request, editor, Editing(form, stored, 409, differences, note))


def _value_of(
    editor: Editor, current: VariableRevision | None, value_id: int
) -> VariableValue | None:
    shown = sight_of(editor.user).shown(current.variables if current else [])
    return next((value for value in values_of(shown) if value.id == value_id), None)


def _last_change(editor: Editor) -> dict[str, Any] | None:
    """The newest save in one line, and whether it can be taken back here."""
    newest = history(editor.owner, editor.user, limit=1)
    if not newest or not newest[0].changes:
        return None
    saved = newest[0]
    count = len(saved.changes)
    change = saved.changes[0]
    reach = reach_of(editor.user, editor.owner)
    return {
        "revision": saved.revision,
        "by": saved.by,
        "words": f"{change.name} {change.kind}" if count == 1 else f"{count} values changed",
        "may_undo": editor.may_edit and (reach.environments is None or count == 1),
    }


def _sources(groups: list[Group]) -> list[tuple[str, str]]:
    """The library sets among the values, as slug and name."""
    found = {row.library: None for group in groups for row in group.rows if row.library}
    return [(source.slug, source.name) for source in found]


def _page_of(asked: dict[str, Any], found: list[Group], editing: Editing | None) -> int:
    """The page asked for, or the one that has the row that is edited."""
    if editing and editing.value and not asked["page"]:
        for number, group in enumerate(found):
            if any(row.value.id == editing.value.id and not row.library for row in group.rows):
                return number // NAMES_A_PAGE + 1
    return asked["page"] or 1


def _query(asked: dict[str, Any]) -> str:
    """The filter as a query string with its question mark; empty without a filter."""
    kept = {key: asked[key] for key in ("q", "environment", "source", "page") if asked[key]}
    return f"?{urlencode(kept)}" if kept else ""


def _merged(request: UserRequest, more: dict[str, Any]) -> str:
    asked = VariablesFilter(request.GET).read()
    kept = {key: asked[key] for key in ("q", "environment", "source", "page") if asked[key]}
    return urlencode(kept | more)


def _back(request: UserRequest, editor: Editor) -> HttpResponse:
    return redirect(editor.url("page") + _query(VariablesFilter(request.GET).read()))
