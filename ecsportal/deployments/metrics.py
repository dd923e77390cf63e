"""Metrics for Prometheus, from SQL: so they need no shared memory between processes."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from ecsportal.deployments.models import Deployment, State, WorkerBeat
from ecsportal.deployments.worker_status import SILENT_AFTER

CONTENT_TYPE = CONTENT_TYPE_LATEST


class TableCollector:
    """Reads the tables at each scrape: three cheap queries."""

    def collect(self) -> Iterator[Metric]:
        """The gauges, each with its help text."""
        counts = dict(Deployment.objects.values_list("state").annotate(n=Count("pk")).order_by())
        by_state = GaugeMetricFamily(
            "ecsportal_deployments", "Deployments by state", labels=["state"]
        )
        for state in State.values:
            by_state.add_metric([state], counts.get(state, 0))
        yield by_state
        now = timezone.now()
        oldest = Deployment.objects.filter(due_at__lte=now).aggregate(at=Min("due_at"))["at"]
        yield GaugeMetricFamily(
            "ecsportal_oldest_due_seconds",
            "How long the longest waiting due deployment has been due",
            value=(now - oldest).total_seconds() if oldest else 0,
        )
        yield GaugeMetricFamily(
            "ecsportal_workers",
            "Workers seen in the last seconds",
            value=WorkerBeat.objects.filter(seen_at__gt=now - SILENT_AFTER).count(),
        )


def as_text() -> bytes:
    """The metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(TableCollector())
    return generate_latest(registry)
