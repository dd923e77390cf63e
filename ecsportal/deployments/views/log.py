"""A deployment's log beyond the lines that its page begins with."""

from __future__ import annotations

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from ecsportal.deployments import log_window, raw_log
from ecsportal.deployments.forms import LinesForm, LogSearchForm
from ecsportal.deployments.log_search import search as search_log
from ecsportal.deployments.queries import get_deployment_for
from ecsportal.people.access import UserRequest, requires
from ecsportal.people.permissions import Permission


@require_GET
@requires(Permission.DEPLOYMENT_VIEW)
def lines(request: UserRequest, deployment_id: int) -> HttpResponse:
    """More lines for the page, before or after those that it has."""
    deployment = get_deployment_for(request.user, deployment_id)
    form = LinesForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    if asked.get("before"):
        window = log_window.before(deployment, asked["before"])
    else:
        window = log_window.after(deployment, asked.get("after") or 0)
    return render(request, "deployments/_lines.html", {"window": window})


@require_GET
@requires(Permission.DEPLOYMENT_VIEW)
@vary_on_headers("HX-Request")
def search(request: UserRequest, deployment_id: int) -> HttpResponse:
    """The lines that contain some words: a fragment for the page, a page without scripts."""
    deployment = get_deployment_for(request.user, deployment_id)
    form = LogSearchForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    has = (asked["first"], asked.get("last") or 0) if asked.get("first") else None
    found = search_log(deployment, asked.get("q") or "", outside=has)
    context = {"deployment": deployment, "found": found, "is_rest": has is not None}
    template = "_found" if request.headers.get("HX-Request") else "found"
    return render(request, f"deployments/{template}.html", context)


@require_GET
@requires(Permission.DEPLOYMENT_VIEW)
def raw(request: UserRequest, deployment_id: int) -> StreamingHttpResponse:
    """The whole log as text, every level.

    The web server streams it beside the pages (`live.download`); this answers where no such server
    runs, and to those who may not have it.
    """
    head = raw_log.head_of(get_deployment_for(request.user, deployment_id).pk)
    # Streamed after the middleware has let go of the reader's zone: so it goes along.
    parts = raw_log.parts(head, timezone.get_current_timezone())
    response = StreamingHttpResponse(parts, content_type=raw_log.CONTENT_TYPE)
    response["Content-Disposition"] = raw_log.disposition(head)
    return response
