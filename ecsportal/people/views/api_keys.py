"""API keys: one's own, and everybody's for administrators."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ecsportal.people.access import UserRequest, requires
from ecsportal.people.forms import ApiKeyForm
from ecsportal.people.models import ApiKey
from ecsportal.people.permissions import Permission, may
from ecsportal.people.queries import api_keys_of, api_keys_of_others
from ecsportal.people.services.api_keys import create_api_key, revoke_api_key
from ecsportal.problems import Problem


def get_api_key(request: UserRequest, pk: int) -> ApiKey:
    """One of the reader's own keys, or any for an administrator; others don't see it: 404."""
    keys = ApiKey.objects.select_related("user").filter(pk=pk)
    if not may(request.user, Permission.USER_EDIT):
        keys = keys.filter(user=request.user)
    key = keys.first()
    if key is None:
        raise Http404("There is no such API key. It may have been revoked already.")
    return key


@require_GET
@requires(Permission.OWN_ACCOUNT)
def list_api_keys(request: UserRequest) -> HttpResponse:
    """The reader's keys, and the others' below for administrators."""
    sees_all = may(request.user, Permission.USER_VIEW)
    context = {
        "own": api_keys_of(request.user),
        "others": api_keys_of_others(request.user) if sees_all else None,
        "now": timezone.now(),
        "revoking": _asked_about(request),
    }
    return render(request, "people/api_keys.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.OWN_ACCOUNT)
def create(request: UserRequest) -> HttpResponse:
    """A new key; the answer to the form is the only page that ever shows it."""
    form = ApiKeyForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 422
        return render(request, "people/create_api_key.html", {"form": form}, status=status)
    try:
        key, text = create_api_key(
            request.user,
            name=form.cleaned_data["name"],
            by=request.user,
            expires_at=form.expires_at(),
        )
    except Problem as problem:
        problem.add_to_form(form)
        return render(request, "people/create_api_key.html", {"form": form}, status=problem.status)
    return render(request, "people/new_api_key.html", {"key": key, "text": text})


@require_POST
@requires(Permission.OWN_ACCOUNT)
def revoke(request: UserRequest, pk: int) -> HttpResponse:
    """Make a key useless, at once."""
    key = get_api_key(request, pk)
    revoke_api_key(key, by=request.user)
    messages.success(request, f"{key.name} revoked. Nothing opens with it any more.")
    return redirect("people:api_keys")


def _asked_about(request: UserRequest) -> ApiKey | None:
    """The key that the "Revoke?" dialog is about: `?dialog=revoke&key=5`."""
    key = request.GET.get("key", "")
    if request.GET.get("dialog") != "revoke" or not key.isdecimal():
        return None
    return get_api_key(request, int(key))
