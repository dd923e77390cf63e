"""Whether the portal works, for load balancers and monitoring."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from ecsportal.celery import app
from ecsportal.deployments import metrics
from ecsportal.deployments.worker_status import SILENT_AFTER, last_seen
from ecsportal.people.access import open_to_everyone


@require_GET
@open_to_everyone
def healthz(request: object) -> HttpResponse:
    """The process is up."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_GET
@open_to_everyone
def readyz(request: object) -> JsonResponse:
    """Database and broker answer, 503 otherwise; a worker's absence is said, no more."""
    checks = {"database": _database(), "broker": _broker(), "worker": "unknown"}
    if checks["database"] == "ok":
        checks["worker"] = _worker()
    ready = checks["database"] == "ok" and checks["broker"] == "ok"
    return JsonResponse(checks, status=200 if ready else 503)


@require_GET
@open_to_everyone
def prometheus(request: object) -> HttpResponse:
    """Counts by state, queue depth and ages, read from the tables; no names of anything."""
    return HttpResponse(metrics.as_text(), content_type=metrics.CONTENT_TYPE)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return f"doesn't answer: {error.__class__.__name__}"
    return "ok"


def _broker() -> str:
    try:
        with app.connection_for_write(connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0)
    except Exception as error:  # noqa: BLE001 -- each transport raises its own
        return f"doesn't answer: {error.__class__.__name__}"
    return "ok"


def _worker() -> str:
    seen = last_seen()
    if seen is None:
        return "none has been seen yet"
    if timezone.now() - seen <= SILENT_AFTER:
        return "ok"
    return f"none since {seen:%Y-%m-%dT%H:%M:%SZ}"
