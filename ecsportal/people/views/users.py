"""Users and their roles, for administrators."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.forms import BaseFormSet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ecsportal.people.access import UserRequest, requires
from ecsportal.people.forms import (
    GrantForm,
    NewUserForm,
    ProfileForm,
    UserForm,
    grant_rows,
    with_another_row,
)
from ecsportal.people.models import User
from ecsportal.people.permissions import Grant, Permission, read_grants
from ecsportal.people.queries import people
from ecsportal.people.services.users import (
    create_user,
    deactivate_user,
    edit_user,
    reactivate_user,
    set_password,
)
from ecsportal.problems import Problem


def get_user(pk: int) -> User:
    """The user behind a page of theirs."""
    user = User.objects.filter(pk=pk).first()
    if user is None:
        raise Http404(f"There is no user {pk}.")
    return user


@require_GET
@requires(Permission.USER_VIEW)
def list_users(request: UserRequest) -> HttpResponse:
    """Everybody, with roles."""
    return render(request, "people/list.html", {"people": people()})


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@requires(Permission.USER_EDIT)
def create(request: UserRequest) -> HttpResponse:
    """A new user."""
    if request.method == "GET":
        return _create_page(request, NewUserForm(), grant_rows(extra=1))
    if "add_role" in request.POST:
        rows = grant_rows(with_another_row(request.POST))
        return _create_page(request, NewUserForm(initial=request.POST.dict()), rows)
    form, rows = NewUserForm(request.POST), grant_rows(request.POST)
    if not (form.is_valid() and rows.is_valid()):
        return _create_page(request, form, rows, status=422)
    try:
        user = create_user(by=request.user, grants=_grants(rows), **form.cleaned_data)
    except Problem as problem:
        problem.add_to_form(form)
        return _create_page(request, form, rows, status=problem.status)
    messages.success(request, f"{user} created.")
    return redirect("people:list")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@requires(Permission.USER_EDIT)
def edit(request: UserRequest, pk: int) -> HttpResponse:
    """Name, zone, password and roles of a user."""
    user = get_user(pk)
    if request.method == "GET":
        shown = {"display_name": user.display_name, "time_zone": user.time_zone}
        grants = read_grants(user)
        rows = grant_rows(grants=grants, extra=0 if grants else 1)
        return _edit_page(request, user, UserForm(initial=shown), rows)
    if "add_role" in request.POST:
        rows = grant_rows(with_another_row(request.POST))
        return _edit_page(request, user, UserForm(initial=request.POST.dict()), rows)
    form, rows = UserForm(request.POST), grant_rows(request.POST)
    if not (form.is_valid() and rows.is_valid()):
        return _edit_page(request, user, form, rows, status=422)
    try:
        _save(user, form, rows, by=request.user)
    except Problem as problem:
        problem.add_to_form(form)
        return _edit_page(request, user, form, rows, status=problem.status)
    messages.success(request, f"{user} saved.")
    return redirect("people:list")


@require_POST
@requires(Permission.USER_EDIT)
def deactivate(request: UserRequest, pk: int) -> HttpResponse:
    """End a user's access."""
    user = get_user(pk)
    try:
        deactivate_user(user, by=request.user)
    except Problem as problem:
        messages.error(request, problem.detail)
        return redirect("people:edit", pk)
    messages.success(request, f"{user} deactivated: sessions ended, API keys refused.")
    return redirect("people:list")


@require_POST
@requires(Permission.USER_EDIT)
def reactivate(request: UserRequest, pk: int) -> HttpResponse:
    """Let a user in again."""
    user = get_user(pk)
    reactivate_user(user, by=request.user)
    messages.success(request, f"{user} may sign in again.")
    return redirect("people:list")


@transaction.atomic
def _save(user: User, form: UserForm, rows: BaseFormSet[GrantForm], *, by: User) -> None:
    data = form.cleaned_data
    edit_user(
        user,
        by=by,
        display_name=data["display_name"],
        time_zone=data["time_zone"],
        grants=_grants(rows),
    )
    if data["password"]:
        set_password(user, data["password"], by=by)


def _grants(rows: BaseFormSet[GrantForm]) -> list[Grant]:
    return [form.grant for form in rows.forms if form.grant is not None]


def _create_page(
    request: UserRequest, form: ProfileForm, rows: BaseFormSet[GrantForm], status: int = 200
) -> HttpResponse:
    context = {"form": form, "rows": rows}
    return render(request, "people/create.html", context, status=status)


def _edit_page(
    request: UserRequest,
    user: User,
    form: ProfileForm,
    rows: BaseFormSet[GrantForm],
    status: int = 200,
) -> HttpResponse:
    context = {
        "person": user,
        "form": form,
        "rows": rows,
        "dialog": request.GET.get("dialog", ""),
    }
    return render(request, "people/edit.html", context, status=status)
