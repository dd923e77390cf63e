"""What every AWS step remembers between two polls."""

from __future__ import annotations

from datetime import UTC, datetime

from ecsportal.steps.run_memory import RunMemory, seconds_since

NOW = datetime(2026, 11, 23, 14, 34, tzinfo=UTC)


def test_a_warning_is_given_once() -> None:
    memory = RunMemory()
    assert [memory.warn_once("ecs"), memory.warn_once("ecs")] == [True, False]


def test_time_that_went_back_counts_as_none() -> None:
    assert seconds_since("2026-11-23T14:33:00+00:00", NOW) == 60
    assert seconds_since("2026-11-23T14:35:00+00:00", NOW) == 0
    assert seconds_since("", NOW) == 0
