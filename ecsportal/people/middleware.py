"""No view without a declared permission, and refusals as pages."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from ecsportal.people.access import PermissionMissingError
from ecsportal.problems import Problem


class declared_permission:  # noqa: N801 -- named like a function, as Django's settings list reads
    """Refuses to run a view that declares no permission; renders a missing one as a 403 page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        return _form_only_page(request, response) or response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> None:
        # A view of the API carries one permission per method (ecsportal.api.operations).
        declared = hasattr(view, "required_permission") or hasattr(view, "required_permissions")
        if not declared and not request.path.startswith("/static/"):
            raise ImproperlyConfigured(f"{view} declares no permission.")
        if getattr(view, "required_permission", None) is not None:
            _activate_zone_of(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if isinstance(error, PermissionMissingError):
            return render(request, "403.html", {"error": error}, status=403)
        if isinstance(error, Problem):
            # Views show problems where they belong; this page is for those that nobody expected.
            return render(request, "people/problem.html", {"problem": error}, status=error.status)
        return None


def _form_only_page(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase | None:
    """A page for who opens a form's address: the browser would call the empty 405 a failure."""
    if response.status_code != 405 or request.method != "GET" or request.path.startswith("/api/"):
        return None
    page = render(request, "405.html", status=405)
    page["Allow"] = response["Allow"]
    return page


def _activate_zone_of(request: HttpRequest) -> None:
    """Use the zone of the profile; `request_context` set the browser's and takes this one back."""
    if zone := getattr(request.user, "time_zone", ""):
        timezone.activate(zoneinfo.ZoneInfo(zone))
