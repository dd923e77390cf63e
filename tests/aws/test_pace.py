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
    for _ in range(10):
        pace.answered()
    pace.throttled()
    for _ in range(3):
        pace.admit()
    assert time.slept == [0.143, 0.143]  # 7 a second
    assert pace.slowness > 2


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
    assert pace.slowness == 4.0
    time.now += 10
    assert 1.0 < pace.slowness < 4.0
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
