"""What every request carries: an id for logs and answers, its origin for the audit, its zone."""

from __future__ import annotations

import uuid
import zoneinfo
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from ecsportal.audit.record import Origin, origin
from ecsportal.web.client_address import client_address

TIME_ZONE_COOKIE = "tz"


def request_context(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Bind request id, origin and time zone around a request, and name the id in the answer."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        request_id = uuid.uuid4().hex[:16]
        via = "api" if request.path.startswith("/api/") else "page"
        token = origin.set(
            Origin(via=via, address=client_address(request.META), request_id=request_id)
        )
        request.request_id = request_id  # type: ignore[attr-defined]
        try:
            with (
                structlog.contextvars.bound_contextvars(request_id=request_id),
                timezone.override(zone_named(request.COOKIES.get(TIME_ZONE_COOKIE))),
            ):
                response = get_response(request)
        finally:
            origin.reset(token)
        response["X-Request-ID"] = request_id
        return response

    return handle


def zone_named(cookie: str | None) -> zoneinfo.ZoneInfo:
    """The viewer's zone as the page's script put it into a cookie; UTC where that says nothing."""
    try:
        return zoneinfo.ZoneInfo(cookie or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo("UTC")
