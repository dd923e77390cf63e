"""Equal reasons are told once: with a count, the newest time, and what was counted."""

from __future__ import annotations

from typing import Any

import pytest

from ecsportal.ecs.tasks import Task
from ecsportal.steps.reasons import Mention, folded, of_place, told, with_quote
from ecsportal.steps.stopped_tasks import counted_in, keep_stopped_task, said_of

REFUSED = "AccessDeniedException: not authorized, request id: 0c0f{}a1-1111-2222-3333-444455556666"


def died(number: int, text: str = "exit code 1") -> Any:
    at = f"2026-11-20T14:00:{number:02}+00:00"
    return told(text, line=f"Task t{number}: {text}", noun="task", name=f"t{number}", at=at)


def test_what_was_said_once_stays_as_it_is() -> None:
    assert folded([died(1)]) == (died(1),)


def test_equal_reasons_are_one_with_the_newest_first() -> None:
    [piece] = folded([died(1), died(3), died(2)])
    assert (piece.count, piece.newest_at) == (3, "2026-11-20T14:00:03+00:00")
    assert piece.line == "3 tasks, the newest at 2026-11-20 14:00:03 UTC: exit code 1"
    assert [one.name for one in piece.each] == ["t3", "t2", "t1"]


def test_reasons_stay_in_the_order_in_which_they_were_first_told() -> None:
    pieces = folded([died(1, "a"), died(2, "b"), died(3, "a")])
    assert [(piece.text, piece.count) for piece in pieces] == [("a", 2), ("b", 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (REFUSED.format("aa"), REFUSED.format("bb")),
        ("dial tcp 10.0.1.7:443: i/o timeout", "dial tcp 10.0.2.9:443: i/o timeout"),
        ("task 88d27f14 failed health checks", "task a40be911 failed health checks"),
    ],
)
def test_ids_and_addresses_make_no_second_reason(one: str, other: str) -> None:
    [piece] = folded([died(1, one), died(2, other)])
    assert (piece.count, piece.text) == (2, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("exit code 1", "exit code 2"), ("secret shop/db-one", "secret shop/db-two")],
)
def test_what_tells_something_makes_another_reason(one: str, other: str) -> None:
    assert len(folded([died(1, one), died(2, other)])) == 2


def test_folding_again_counts_on() -> None:
    first = folded([died(1), died(2)])
    second = of_place(folded([died(3)]), "shop-2")
    [piece] = folded([*first, *second])
    assert piece.count == 3
    assert piece.each[0] == Mention("t3 on shop-2", "2026-11-20T14:00:03+00:00")


def test_lines_that_are_not_counted_stand_once() -> None:
    assert [piece.line for piece in folded([told("image: too long"), told("image: too long")])] == [
        "image: too long"
    ]


def test_the_text_that_told_the_cause_is_added_where_nothing_else_says_it() -> None:
    said = [died(1, REFUSED.format("aa"))]
    assert with_quote(said, REFUSED.format("bb")) == said
    assert [piece.text for piece in with_quote(said, "No space left")][0] == "No space left"


def test_a_full_stop_more_makes_no_second_reason_of_the_text_that_told_the_cause() -> None:
    said = [died(1, "Capacity is unavailable at this time")]
    assert with_quote(said, "Capacity is unavailable at this time.") == said


def test_tasks_that_are_let_go_are_still_counted() -> None:
    resources: dict[str, Any] = {}
    for number in range(35):
        task = Task(
            arn=f"arn:aws:ecs:eu-west-1:1:task/demo/{number:032x}", task_definition="web:2",
            status="STOPPED", stop_code="TaskFailedToStart", stop_reason="No image",
        )  # fmt: skip
        keep_stopped_task(resources, task, None, cause="image-not-found", log=())
    rows = resources["failed_tasks"]
    assert len(rows) == 20
    assert sum(map(counted_in, rows)) == 35
    [piece] = folded(map(said_of, rows))
    assert (piece.count, len(piece.each), piece.unnamed) == (35, 20, 15)
