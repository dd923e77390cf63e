"""Which worker advances a deployment now.

A lease is (owner, number, until), taken by compare-and-set with the database's clock. Every
transaction that closes a piece of work is conditional on the number: if it moved, another worker
took over, and the results are thrown away. `select_for_update` is not used: SQLite ignores it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from ecsportal.deployments.models import Deployment

CLOCK_STEP = 0.002
"""SQLite's clock has milliseconds only: what was made due this instant is due."""


class LeaseLostError(Exception):
    """Another worker holds the lease now; what this one did must not be written."""


def in_future(seconds: float) -> Combinable:
    """The database's clock plus some seconds."""
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())


@dataclass(frozen=True)
class Lease:
    """The right to advance one deployment."""

    deployment_id: int
    owner: str
    number: int

    @contextmanager
    def commit(self, *, changed: bool = True) -> Iterator[None]:
        """A transaction that is written only while this lease holds; it renews the lease.

        `changed` tells open pages to look. Raises LeaseLostError, with nothing written.
        """
        with transaction.atomic():
            held = Deployment.objects.filter(
                pk=self.deployment_id, lease_number=self.number
            ).update(
                lease_until=in_future(settings.LEASE_SECONDS),
                change_number=F("change_number") + (1 if changed else 0),
            )
            if held != 1:
                raise LeaseLostError(f"Deployment {self.deployment_id} is advanced elsewhere.")
            yield
            if changed:
                _notify(self.deployment_id)

    @contextmanager
    def close(self, *, due_at: datetime) -> Iterator[None]:
        """The last transaction of a turn: as `commit`, and lets the lease go until `due_at`."""
        with transaction.atomic():
            held = Deployment.objects.filter(
                pk=self.deployment_id, lease_number=self.number
            ).update(lease_until=None, due_at=due_at, change_number=F("change_number") + 1)
            if held != 1:
                raise LeaseLostError(f"Deployment {self.deployment_id} is advanced elsewhere.")
            yield
            _notify(self.deployment_id)

    def renew(self) -> None:
        """Hold on for another lease time; raises LeaseLostError where it is too late."""
        with self.commit(changed=False):
            return

    def release(self) -> None:
        """Let the next worker in at once; does nothing where the lease was lost."""
        Deployment.objects.filter(pk=self.deployment_id, lease_number=self.number).update(
            lease_until=None
        )


def take(deployment_id: int, owner: str, *, number: int | None = None) -> Lease | None:
    """The lease of a deployment that is due, or None where it isn't due or another has it.

    With the `number` that the last lease had nobody else can have taken it in between.
    """
    if number is None:
        last = Deployment.objects.filter(pk=deployment_id)
        number = last.values_list("lease_number", flat=True).first()
    if number is None:
        return None
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    taken = Deployment.objects.filter(
        free, pk=deployment_id, lease_number=number, due_at__lte=in_future(CLOCK_STEP)
    ).update(
        lease_owner=owner,
        lease_number=F("lease_number") + 1,
        lease_until=in_future(settings.LEASE_SECONDS),
        nudged_at=None,
    )
    return Lease(deployment_id, owner, number + 1) if taken == 1 else None


def due(limit: int) -> list[tuple[int, int]]:
    """Deployments that are due and that nobody advances, the longest due first.

    Each as its id and the number of its last lease.
    """
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    return list(
        Deployment.objects.filter(free, due_at__lte=in_future(CLOCK_STEP))
        .order_by("due_at")
        .values_list("pk", "lease_number")[:limit]
    )


def _notify(deployment_id: int) -> None:
    """Wake the pages that show this deployment; PostgreSQL only, elsewhere they poll."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify('deployment', %s)", [str(deployment_id)])
