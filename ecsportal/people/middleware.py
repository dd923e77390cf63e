"""No view without a declared permission, and refusals as pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from ecsportal.people.access import PermissionMissingError


class declared_permission:  # noqa: N801 -- named like a function, as Django's settings list reads
    """Refuses to run a view that declares no permission; renders a missing one as a 403 page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> None:
        # A view of the API carries one permission per method (ecsportal.api.operations).
        declared = hasattr(view, "required_permission") or hasattr(view, "required_permissions")
        if not declared and not request.path.startswith("/static/"):
            raise ImproperlyConfigured(f"{view} declares no permission.")

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if not isinstance(error, PermissionMissingError):
            return None
        return render(request, "403.html", {"error": error}, status=403)
