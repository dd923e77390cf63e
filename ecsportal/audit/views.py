"""The audit page and its CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from ecsportal.audit.forms import FilterForm
from ecsportal.audit.models import AuditEvent
from ecsportal.audit.queries import Filters, filtered_events, page_of_events
from ecsportal.people.access import UserRequest, requires
from ecsportal.people.permissions import Permission

COLUMNS = (
    "at", "user", "address", "via", "api_key", "action", "kind", "subject", "project",
    "environment", "before", "after", "request_id",
)  # fmt: skip


@require_GET
@requires(Permission.EVENT_VIEW)
def list_events(request: UserRequest) -> HttpResponse:
    """Events by day, newest first."""
    form = FilterForm(request.GET)
    if not form.is_valid():
        return render(request, "audit/list.html", {"form": form}, status=422)
    query = request.GET.copy()
    query.pop("before", None)
    page = page_of_events(form.filters(), form.cleaned_data["before"])
    older = ""
    if page.older:
        query["before"] = str(page.older)
        older = query.urlencode()
        del query["before"]
    context = {
        "form": form,
        "page": page,
        "older": older,
        "is_filtered": form.filters() != Filters(),
        "is_later_page": form.cleaned_data["before"] is not None,
        "query": query.urlencode(),
    }
    return render(request, "audit/list.html", context)


@require_GET
@requires(Permission.EVENT_VIEW)
def download_csv(request: UserRequest) -> HttpResponseBase:
    """All matching events, whole, newest first."""
    form = FilterForm(request.GET)
    if not form.is_valid():
        return render(request, "audit/list.html", {"form": form}, status=422)
    events = filtered_events(form.filters()).iterator(chunk_size=1000)
    name = f"audit-{timezone.localdate():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        _csv_lines(events),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


class _Line:
    """Hands each written line back, as csv.writer needs a file."""

    def write(self, text: str) -> str:
        return text


def _csv_lines(events: Iterator[AuditEvent]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield writer.writerow(COLUMNS)
    for event in events:
        yield writer.writerow([_cell(value) for value in _row(event)])


def _row(event: AuditEvent) -> list[Any]:
    return [
        event.at.isoformat(timespec="milliseconds"),
        event.username,
        event.address,
        event.via,
        event.api_key,
        event.action,
        event.subject_kind,
        event.subject,
        event.project_slug,
        event.environment_slug,
        event.before,
        event.after,
        event.request_id,
    ]


def _cell(value: Any) -> str:
    """Text that a spreadsheet doesn't take for a formula."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
