"""Which worker advances a deployment now.

A lease is (owner, number, until), taken by compare-and-set with the database's clock. Every
transaction that closes a piece of work is conditional on the number: if it moved, another worker
took over, and the results are thrown away. `select_for_update` is not used: SQLite ignores it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.utils import timezone

from ecsportal.deployments.masking import NOTHING_SECRET, Masker
from ecsportal.deployments.models import Deployment, InboxMessage, LogLine
from ecsportal.deployments.tasklog import Line, numbered

CLOCK_STEP = 0.002
"""SQLite's clock has milliseconds only: what was made due this instant is due."""


_CLOSE = (
    "UPDATE {table} SET lease_until = NULL, due_at = %s, change_number = change_number + 1,"
    " last_seq = last_seq + %s WHERE id = %s AND lease_number = %s"
)
"""One statement for many rows, each with its own values: `QuerySet.update` has none for it."""


class LeaseLostError(Exception):
    """Another worker holds the lease now; what this one did must not be written."""


def in_future(seconds: float) -> Combinable:
    """The database's clock plus some seconds."""
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())


@dataclass(frozen=True)
class Due:
    """A deployment whose time has come, with the number of its last lease and log line."""

    deployment_id: int
    lease_number: int
    last_seq: int


@dataclass
class Lease:
    """The right to advance one deployment, and to write its log: `last_seq` is its newest line."""

    deployment_id: int
    owner: str
    number: int
    last_seq: int
    is_open: bool = True
    """False once this worker has let it go."""

    @contextmanager
    def commit(
        self,
        lines: Sequence[Line] = (),
        masker: Masker = NOTHING_SECRET,
        *,
        changed: bool = True,
        **fields: Any,
    ) -> Iterator[None]:
        """A transaction that is written only while this lease holds; it renews the lease.

        The lines and the deployment's `fields` are stored in it. `changed` tells open pages to
        look. Raises LeaseLostError, with nothing written.
        """
        before = self.last_seq
        rows = numbered(self.deployment_id, before, lines, masker)
        fields = {"lease_until": in_future(settings.LEASE_SECONDS), **fields}
        try:
            with transaction.atomic():
                self._update(rows, changed=changed, **fields)
                yield
                if changed:
                    notify(self.deployment_id)
        except BaseException:
            self.last_seq = before
            raise
        self.is_open = fields["lease_until"] is not None

    def close(self, *, due_at: datetime | None, **fields: Any) -> None:
        """End the turn: let the lease go until `due_at`. Raises LeaseLostError."""
        with self.commit(changed=False, due_at=due_at, lease_until=None, **fields):
            if due_at is not None:
                keep_due_if_asked([self.deployment_id])

    def write(self, lines: Sequence[Line], masker: Masker = NOTHING_SECRET, **fields: Any) -> None:
        """Further lines and fields, within a `commit`."""
        rows = numbered(self.deployment_id, self.last_seq, lines, masker)
        self._update(rows, changed=False, **fields)

    def _update(self, rows: Sequence[LogLine], *, changed: bool, **fields: Any) -> None:
        if changed:
            fields["change_number"] = F("change_number") + 1
        if rows:
            fields["last_seq"] = rows[-1].seq
        held = Deployment.objects.filter(pk=self.deployment_id, lease_number=self.number)
        if held.update(**fields) != 1:
            raise LeaseLostError(f"Deployment {self.deployment_id} is advanced elsewhere.")
        if rows:
            LogLine.objects.bulk_create(rows)
            self.last_seq = rows[-1].seq

    def renew(self) -> None:
        """Hold on for another lease time; raises LeaseLostError where it is too late."""
        with self.commit(changed=False):
            return

    def release(self) -> None:
        """Let the next worker in at once; does nothing where the lease was lost or let go."""
        if self.is_open:
            Deployment.objects.filter(pk=self.deployment_id, lease_number=self.number).update(
                lease_until=None
            )
            self.is_open = False


def take(deployment_id: int, owner: str, *, known: Due | None = None) -> Lease | None:
    """The lease of a deployment that is due, or None where it isn't due or another has it.

    With what is `known` of its last lease nobody else can have taken it in between.
    """
    if known is None:
        last = Deployment.objects.filter(pk=deployment_id)
        row = last.values_list("pk", "lease_number", "last_seq").first()
        if row is None:
            return None
        known = Due(*row)
    taken = _takeable().filter(pk=deployment_id, lease_number=known.lease_number)
    if taken.update(**_holding(owner)) != 1:
        return None
    return Lease(deployment_id, owner, known.lease_number + 1, known.last_seq)


def take_all(due_now: Sequence[Due], owner: str) -> list[Lease]:
    """The leases of those that are due still and that nobody else has taken, in few statements."""
    if len(due_now) == 1:
        lease = take(due_now[0].deployment_id, owner, known=due_now[0])
        return [lease] if lease else []
    ids = [each.deployment_id for each in due_now]
    _takeable().filter(pk__in=ids).update(**_holding(owner))
    mine = Deployment.objects.filter(pk__in=ids, lease_owner=owner)
    rows = {row[0]: row for row in mine.values_list("pk", "lease_number", "last_seq")}
    return [
        Lease(each.deployment_id, owner, each.lease_number + 1, rows[each.deployment_id][2])
        for each in due_now
        if rows.get(each.deployment_id, (0, 0))[1] == each.lease_number + 1
    ]


def due(limit: int) -> list[Due]:
    """Deployments that are due and that nobody advances, the longest due first."""
    rows = _takeable().order_by("due_at").values_list("pk", "lease_number", "last_seq")
    return [Due(*row) for row in rows[:limit]]


def _takeable() -> QuerySet[Deployment]:
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    return Deployment.objects.filter(free, due_at__lte=in_future(CLOCK_STEP))


def _holding(owner: str) -> dict[str, Any]:
    return {
        "lease_owner": owner,
        "lease_number": F("lease_number") + 1,
        "lease_until": in_future(settings.LEASE_SECONDS),
        "nudged_at": None,
    }


@dataclass(frozen=True)
class End:
    """The end of a turn: when the deployment is due again, and how many lines the turn wrote."""

    lease: Lease
    due_at: datetime
    lines: int = 0


def close_all(ends: Sequence[End]) -> None:
    """Let several leases go at once, within a transaction that stores what their turns did.

    Raises LeaseLostError where one of them isn't held any more.
    """
    due_at = Deployment._meta.get_field("due_at")
    rows = [
        (
            due_at.get_db_prep_save(end.due_at, connection),
            end.lines,
            end.lease.deployment_id,
            end.lease.number,
        )
        for end in ends
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_CLOSE.format(table=Deployment._meta.db_table), rows)
        held = cursor.rowcount
    if held != len(ends):
        raise LeaseLostError("One of several deployments is advanced elsewhere.")
    keep_due_if_asked([end.lease.deployment_id for end in ends])
    notify(ends[0].lease.deployment_id)


def renew_all(held: Sequence[Lease]) -> None:
    """Hold on to all for another lease time; who lost one finds out when it writes."""
    for lease in held:
        mine = Deployment.objects.filter(pk=lease.deployment_id, lease_number=lease.number)
        mine.update(lease_until=in_future(settings.LEASE_SECONDS))


def keep_due_if_asked(deployment_ids: Sequence[int]) -> None:
    """Within the transaction that ends a turn: a message that came meanwhile is looked at at once.

    Whoever writes one makes the deployment due; what the turn has just set must not undo that.
    """
    waiting = InboxMessage.objects.filter(deployment__in=deployment_ids, taken_at=None)
    asked = list(waiting.values_list("deployment", flat=True))
    if asked:
        Deployment.objects.filter(pk__in=asked).update(due_at=timezone.now())


def notify(deployment_id: int) -> None:
    """Wake the pages that show deployments; PostgreSQL only, elsewhere they poll."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify('deployment', %s)", [str(deployment_id)])
