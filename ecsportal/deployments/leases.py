"""Which worker advances a deployment now.

A lease is (owner, number, until), taken by compare-and-set with the database's clock. Every
transaction that closes a piece of work is conditional on the number: if it moved, another worker
took over, and the results are thrown away. `select_for_update` is not used: SQLite ignores it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.db.models.lookups import In
from django.utils import timezone

from ecsportal.deployments.compiled import Compiled, Given
from ecsportal.deployments.masking import NOTHING_SECRET, Masker
from ecsportal.deployments.models import Deployment, InboxMessage
from ecsportal.deployments.row_writes import (
    Sql,
    compiled_expression,
    execute_each,
    update_where,
)
from ecsportal.deployments.tasklog import Line, NumberedLine, numbered, store

CLOCK_STEP = 0.002
"""SQLite's clock has milliseconds only: what was made due this instant is due."""


_CLOSE = (
    "UPDATE {table} SET lease_until = NULL, due_at = %s, change_number = change_number + 1,"
    " last_seq = last_seq + %s WHERE id = %s AND lease_number = %s"
)
"""One statement for many rows, each with its own values: `QuerySet.update` has none for it."""
_TAKE = (
    "UPDATE {table} SET lease_owner = %s, lease_number = lease_number + 1, lease_until = {until}"
    " WHERE id = %s AND lease_number = %s"
    " AND (lease_until IS NULL OR lease_until < {now}) AND due_at <= {soon}"
)
_RENEW = "UPDATE {table} SET lease_until = {until} WHERE id = %s AND lease_number = %s"
_NEXT_CHANGE = Sql("change_number + 1")


class LeaseLostError(Exception):
    """Another worker holds the lease now; what this one did must not be written."""


def in_future(seconds: float) -> Combinable:
    """The database's clock plus some seconds."""
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())


def _lease_end() -> Sql:
    """As `in_future`, for a lease that is taken or renewed now."""
    return _future_sql(connection.vendor, settings.LEASE_SECONDS)


@cache
def _future_sql(vendor: str, seconds: float) -> Sql:
    return compiled_expression(Deployment, in_future(seconds))


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
        fields = {"lease_until": _lease_end(), **fields}
        try:
            with transaction.atomic():
                self._update(rows, changed=changed, **fields)
                yield
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

    def _update(self, rows: Sequence[NumberedLine], *, changed: bool, **fields: Any) -> None:
        notice = None
        if changed:
            fields["change_number"] = _NEXT_CHANGE
            notice = _notice(self.deployment_id)
        if rows:
            fields["last_seq"] = rows[-1].seq
        if update_where(Deployment, fields, self._held, then=notice) != 1:
            raise LeaseLostError(f"Deployment {self.deployment_id} is advanced elsewhere.")
        if rows:
            store(rows)
            self.last_seq = rows[-1].seq

    @property
    def _held(self) -> Mapping[str, int]:
        """True of the deployment's row while nobody has taken the lease from this worker."""
        return {"pk": self.deployment_id, "lease_number": self.number}

    def renew(self) -> None:
        """Hold on for another lease time; raises LeaseLostError where it is too late."""
        with self.commit(changed=False):
            return

    def release(self) -> None:
        """Let the next worker in at once; does nothing where the lease was lost or let go."""
        if self.is_open:
            update_where(Deployment, {"lease_until": None}, self._held)
            self.is_open = False


def take(deployment_id: int, owner: str) -> Lease | None:
    """The lease of a deployment that is due, or None where it isn't due or another has it."""
    last = Deployment.objects.filter(pk=deployment_id)
    row = last.values_list("pk", "lease_number", "last_seq").first()
    taken = take_all([Due(*row)], owner) if row else []
    return taken[0] if taken else None


def take_all(due_now: Sequence[Due], owner: str) -> list[Lease]:
    """The leases of those that are due still and that nobody else has taken.

    Whoever writes a log holds the lease: where its number is as it was, so is the newest line.
    """
    seen = {each.deployment_id: each for each in due_now}
    if not seen:
        return []
    if _take_all(sorted(seen), seen, owner) != len(seen):
        return _held_of(seen, owner)
    return [Lease(pk, owner, each.lease_number + 1, each.last_seq) for pk, each in seen.items()]


def _held_of(seen: Mapping[int, Due], owner: str) -> list[Lease]:
    """Those of them that were taken just now, where not all could be.

    Number and owner alone don't tell: this owner may have had that very lease, and let it go since
    the deployment was seen to be due.
    """
    held = Deployment.objects.filter(pk__in=seen, lease_owner=owner, lease_until__isnull=False)
    return [
        Lease(pk, owner, number, last_seq)
        for pk, number, last_seq in held.values_list("pk", "lease_number", "last_seq")
        if number == seen[pk].lease_number + 1
    ]


def _take_all(ids: Sequence[int], due_now: Mapping[int, Due], owner: str) -> int:
    """Take each that can be taken; how many there were. In one order, so that nobody deadlocks."""
    until, now, soon = (
        _future_sql(connection.vendor, seconds)
        for seconds in (settings.LEASE_SECONDS, 0.0, CLOCK_STEP)
    )
    text = _TAKE.format(
        table=Deployment._meta.db_table, until=until.text, now=now.text, soon=soon.text
    )
    rows = [
        (owner, *until.params, pk, due_now[pk].lease_number, *now.params, *soon.params)
        for pk in ids
    ]
    return execute_each(text, rows)


def due(limit: int) -> list[Due]:
    """Deployments that are due and that nobody advances, the longest due first."""
    return [Due(*row) for row in _due_at_most(limit).rows()]


@cache
def _due_at_most(limit: int) -> Compiled[Sequence[int]]:
    def select() -> QuerySet[Deployment, Any]:
        found = _takeable().order_by("due_at").values_list("pk", "lease_number", "last_seq")
        return found[:limit]

    return Compiled(select)


def _takeable() -> QuerySet[Deployment]:
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    return Deployment.objects.filter(free, due_at__lte=in_future(CLOCK_STEP))


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
    if execute_each(_CLOSE.format(table=Deployment._meta.db_table), rows) != len(ends):
        raise LeaseLostError("One of several deployments is advanced elsewhere.")
    keep_due_if_asked([end.lease.deployment_id for end in ends])
    notify(ends[0].lease.deployment_id)


def renew_all(held: Sequence[Lease]) -> None:
    """Hold on to all for another lease time; who lost one finds out when it writes."""
    if not held:
        return
    until = _lease_end()
    text = _RENEW.format(table=Deployment._meta.db_table, until=until.text)
    execute_each(text, [(*until.params, lease.deployment_id, lease.number) for lease in held])


def keep_due_if_asked(deployment_ids: Sequence[int]) -> None:
    """Within the transaction that ends a turn: a message that came meanwhile is looked at at once.

    Whoever writes one makes the deployment due; what the turn has just set must not undo that.
    """
    asked = [row[0] for row in _ASKED.rows(*deployment_ids)]
    if asked:
        Deployment.objects.filter(pk__in=asked).update(due_at=timezone.now())


def _asked(*deployments: Given) -> QuerySet[InboxMessage, Any]:
    waiting = InboxMessage.objects.filter(In(F("deployment_id"), deployments), taken_at=None)
    return waiting.values_list("deployment")


_ASKED: Compiled[Sequence[int]] = Compiled(_asked)


def notify(deployment_id: int) -> None:
    """Wake the pages that show deployments; PostgreSQL only, elsewhere they poll."""
    notice = _notice(deployment_id)
    if notice:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {notice.text}", notice.params)


def _notice(deployment_id: int) -> Sql | None:
    if connection.vendor != "postgresql":
        return None
    return Sql("pg_notify('deployment', %s)", (str(deployment_id),))
