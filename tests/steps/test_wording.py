"""How the runner's lines say durations, and how often it says that it waits."""

from __future__ import annotations

import pytest

from ecsportal.steps.wording import broken_inputs, counted, duration, sentence, wait_lines_due


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min 0 s"), (335, "5 min 35 s"), (7380, "2 h 3 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_wait_lines_grow_rare() -> None:
    at = [
        second for second in range(4 * 3600) if wait_lines_due(second) > wait_lines_due(second - 1)
    ]
    minutes = [second // 60 for second in at]
    assert minutes == [1, 2, 3, 5, 10, 15, 20, 30, 60, 90, 120, 150, 180, 210]


@pytest.mark.parametrize(
    ("paths", "named"),
    [
        (["cpu", "cpu"], "Input cpu breaks a rule"),
        (["cpu", "memory"], "Inputs cpu and memory break rules"),
        (["a", "b", "c"], "Inputs a, b and c break rules"),
        (["a", "b", "c", "d", "e"], "Inputs a, b, c and 2 more break rules"),
        ([""], "The inputs break a rule"),
    ],
)
def test_what_breaks_a_rule_is_named_as_far_as_it_fits(paths: list[str], named: str) -> None:
    assert broken_inputs(paths) == f"{named} once the expressions are filled in."


def test_counts_have_their_noun() -> None:
    assert [counted(1, "task"), counted(2, "task")] == ["1 task", "2 tasks"]


def test_a_sentence_ends_before_the_next_one_begins() -> None:
    assert sentence('It said "no"') == 'It said "no".'
    assert sentence('It said "No."') == 'It said "No."'
    assert sentence("It ended.") == "It ended."
