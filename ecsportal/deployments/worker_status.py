"""Does any worker live? Pages and /readyz say since when none does."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from ecsportal.deployments.models import WorkerBeat

SILENT_AFTER = timedelta(seconds=10)


def last_seen() -> datetime | None:
    """When a worker was seen last; None where there never was one."""
    return WorkerBeat.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()


def worker_problem() -> str:
    """A sentence for the banner, or empty while a worker lives."""
    seen = last_seen()
    if seen is None:
        return "No worker has run yet. Deployments wait until one starts (manage.py worker)."
    if timezone.now() - seen <= SILENT_AFTER:
        return ""
    local = timezone.localtime(seen)
    day = "" if local.date() == timezone.localdate() else f"{local:%d %b}, "
    return (
        f"No worker has been running since {day}{local:%H:%M}. "
        "Deployments wait until one starts; nothing is lost."
    )
