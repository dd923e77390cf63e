"""The shared pace of an account and region."""

from __future__ import annotations

import pytest

from ecsportal.aws.pace import Pace


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def pace(time: Time) -> Pace:
    return Pace(time, time.sleep)


def test_nobody_waits_until_aws_asks_for_it(pace: Pace, time: Time) -> None:
    for _ in range(500):
        pace.admit()
        pace.answered()
    assert (time.slept, pace.slowness) == ([], 1.0)


def test_after_a_refusal_calls_are_spaced_below_what_aws_took(pace: Pace, time: Time) -> None:
    for _ in range(15):
        pace.answered()
    pace.throttled()
    for _ in range(3):
        pace.admit()
    assert time.slept == [0.095, 0.095]  # 10.5 a second
    assert 1.0 < pace.slowness < 2.0


def test_a_burst_of_refusals_counts_once(pace: Pace, time: Time) -> None:
    for _ in range(20):
        pace.answered()
    pace.throttled()
    once = pace.slowness
    pace.throttled()
    assert pace.slowness == once
    time.now += 0.6
    pace.throttled()
    assert pace.slowness > once


def test_the_rate_recovers_by_itself(pace: Pace, time: Time) -> None:
    pace.throttled()
    assert pace.slowness == 2.0
    time.now += 10
    assert 1.0 < pace.slowness <= 2.0
    time.now += 30
    pace.admit()
    assert (pace.slowness, time.slept) == (1.0, [])


def test_no_call_waits_longer_than_half_a_second(pace: Pace, time: Time) -> None:
    still = time.now
    pace.throttled()
    waits = []
    for _ in range(5):
        time.slept.clear()
        pace.admit()
        waits.append(sum(time.slept))
        time.now = still
    assert max(waits) == 0.5


def test_forgetting_makes_it_fast_again(pace: Pace, time: Time) -> None:
    pace.throttled()
    pace.reset()
    pace.admit()
    pace.admit()
    assert (pace.slowness, time.slept) == (1.0, [])


def test_turns_stand_in_line_outside_and_are_let_in_one_after_another(
    pace: Pace, time: Time
) -> None:
    for _ in range(10):
        pace.answered()
    pace.throttled()  # 7 a second: a turn of two calls each 0.286 seconds
    waits = [round(pace.hold_back(who), 3) for who in range(5)]
    assert waits == [0, 0, 0.571, 0.857, 1.143]

    time.now += 0.05
    assert round(pace.hold_back(2), 3) == 0.521  # who asks too early keeps its place

    time.now += 0.55
    assert [round(pace.hold_back(who), 3) for who in (2, 3, 4)] == [0, 0, 0.543]
    assert time.slept == []


def test_nobody_stands_in_line_longer_than_ten_seconds(pace: Pace) -> None:
    pace.throttled()
    assert max(pace.hold_back(who) for who in range(100)) == 10.0


def test_nobody_stands_in_line_once_aws_takes_all_calls(pace: Pace, time: Time) -> None:
    pace.throttled()
    assert [pace.hold_back(who) > 0 for who in range(3)] == [False, True, True]
    time.now += 60
    assert [pace.hold_back(who) for who in range(3)] == [0, 0, 0]
