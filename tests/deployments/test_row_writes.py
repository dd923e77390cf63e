"""Statements of our own write what Django reads."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from ecsportal.deployments.models import Deployment, LogLine, StackBinding, State
from ecsportal.deployments.row_writes import (
    Sql,
    insert_rows,
    update_row,
    update_rows,
    update_where,
    upsert_row,
)
from ecsportal.deployments.tasklog import NumberedLine
from tests import builders

pytestmark = pytest.mark.django_db


def deployment(**fields: Any) -> Deployment:
    release = builders.release(builders.project())
    return builders.deployment(release, builders.environment(), **fields)


def test_values_and_pieces_of_sql_are_written_where_all_conditions_hold() -> None:
    first, second = deployment(lease_number=3), deployment(lease_number=4)
    now = timezone.now()
    values = {
        "change_number": Sql("change_number + %s", (5,)),
        "superseded_by": second,
        "question": {"text": "Go on?"},
        "error": None,
        "finished_at": now,
    }
    assert update_where(Deployment, values, {"pk": first.pk, "lease_number": 3}) == 1
    assert update_where(Deployment, values, {"pk": second.pk, "lease_number": 3}) == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.change_number, first.superseded_by, first.error) == (5, second, None)
    assert (first.question, first.finished_at) == ({"text": "Go on?"}, now)
    assert (second.change_number, second.question) == (0, None)


def test_each_row_gets_its_own_values_and_keeps_the_rest() -> None:
    rows = [deployment(comment="as it was") for _ in range(3)]
    for number, row in enumerate(rows):
        row.error, row.comment = {"number": number}, "not written"
    update_rows(["error"], rows)
    stored = Deployment.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")
    assert [(row.error, row.comment) for row in stored] == [
        ({"number": number}, "as it was") for number in range(3)
    ]


def test_no_rows_are_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        update_rows(["error"], [])
        insert_rows(LogLine, NumberedLine._fields, [])


def test_a_row_is_written_whole() -> None:
    row = deployment()
    row.state, row.comment, row.prompted = State.FAILED, "why", [{"name": "A", "value": "1"}]
    update_row(row)
    stored = Deployment.objects.get(pk=row.pk)
    assert (stored.state, stored.comment, stored.prompted) == (row.state, "why", row.prompted)


def test_many_rows_are_inserted_in_a_few_statements(django_assert_max_num_queries: Any) -> None:
    of = deployment()
    # Also what means something to PostgreSQL's COPY.
    texts = [f"100 % of line {seq}\tC:\\new\\.\\N" for seq in range(1, 250)] + ["\\."]
    with django_assert_max_num_queries(3):
        insert_lines(of, *enumerate(texts, start=1))
    assert list(of.lines.order_by("seq").values_list("text", flat=True)) == texts


@pytest.mark.parametrize("rows", [2, 200])
def test_a_row_that_can_not_be_inserted_keeps_the_others_out(rows: int) -> None:
    of = deployment()
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_lines(of, *((seq, "a line") for seq in range(1, rows + 1)), (1, "first again"))
    assert not of.lines.exists()


def insert_lines(of: Deployment, *lines: tuple[int, str]) -> None:
    at = "2026-11-23 14:33:52.125"
    rows = [NumberedLine(of.pk, seq, at, "info", "web", "main", "", text) for seq, text in lines]
    insert_rows(LogLine, NumberedLine._fields, rows)


def test_a_row_that_is_there_already_gets_the_new_values() -> None:
    of = deployment()
    place = {"project": of.project, "environment": of.environment, "step": "web", "target": "main"}
    unique = tuple(place)
    upsert_row(StackBinding(**place, stack_name="first", found=True), unique=unique)
    upsert_row(StackBinding(**place, stack_name="second"), unique=unique)
    (stored,) = StackBinding.objects.all()
    assert (stored.stack_name, stored.found) == ("second", None)
