"""One's own profile and password."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ecsportal.people.access import UserRequest, requires
from ecsportal.people.forms import PasswordForm, ProfileForm
from ecsportal.people.permissions import Permission
from ecsportal.people.services.grants import describe_grants
from ecsportal.people.services.users import edit_profile, set_password
from ecsportal.problems import Problem


@require_GET
@requires(Permission.OWN_ACCOUNT)
def settings(request: UserRequest) -> HttpResponse:
    """Settings begin with the profile."""
    return redirect("people:profile")


@require_http_methods(["GET", "POST"])
@requires(Permission.OWN_ACCOUNT)
def profile(request: UserRequest) -> HttpResponse:
    """Name and time zone."""
    user = request.user
    if request.method == "GET":
        return _page(request)
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return _page(request, profile_form=form, status=422)
    edit_profile(user, **form.cleaned_data)
    messages.success(request, "Profile saved.")
    return redirect("people:profile")


@sensitive_post_parameters("current", "password")
@require_POST
@requires(Permission.OWN_ACCOUNT)
def change_password(request: UserRequest) -> HttpResponse:
    """A new password; the user's other sessions end."""
    form = PasswordForm(request.POST)
    if not form.is_valid():
        return _page(request, password_form=form, status=422)
    data = form.cleaned_data
    try:
        set_password(request.user, data["password"], by=request.user, current=data["current"])
    except Problem as problem:
        problem.add_to_form(form)
        return _page(request, password_form=form, status=problem.status)
    update_session_auth_hash(request, request.user)
    messages.success(request, "Password changed. Your other sessions have ended.")
    return redirect("people:profile")


def _page(
    request: UserRequest,
    *,
    profile_form: ProfileForm | None = None,
    password_form: PasswordForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = request.user
    shown = {"display_name": user.display_name, "time_zone": user.time_zone}
    context = {
        "profile_form": profile_form or ProfileForm(initial=shown),
        "password_form": password_form or PasswordForm(),
        "roles": describe_grants(user),
    }
    return render(request, "people/profile.html", context, status=status)
