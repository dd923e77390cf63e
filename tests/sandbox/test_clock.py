"""The clock and its agenda."""

from __future__ import annotations

from datetime import datetime, timedelta

from ecsportal.sandbox.clock import Clock


def test_actions_run_in_order_and_see_their_own_due_time() -> None:
    clock = Clock("manual")
    began = clock.now()
    seen: list[tuple[str, timedelta]] = []

    def note(name: str) -> None:
        seen.append((name, clock.now() - began))

    clock.after(10, lambda: note("late"))
    clock.after(5, lambda: note("early"))
    clock.after(5, lambda: note("early, second"))
    clock.advance(60)
    assert seen == [
        ("early", timedelta(seconds=5)),
        ("early, second", timedelta(seconds=5)),
        ("late", timedelta(seconds=10)),
    ]
    assert clock.now() - began == timedelta(seconds=60)


def test_what_an_action_plans_counts_from_its_due_time() -> None:
    clock = Clock("manual")
    began = clock.now()
    seen: list[datetime] = []
    clock.after(5, lambda: clock.after(5, lambda: seen.append(clock.now())))
    clock.advance(100)
    assert seen == [began + timedelta(seconds=10)]


def test_a_manual_clock_stands_still() -> None:
    clock = Clock("manual")
    assert clock.now() == clock.now()


def test_a_fast_clock_runs_as_often_as_asked() -> None:
    clock = Clock("fast", speed=100_000)
    began = clock.now()
    assert clock.now() > began
    clock.set_mode("manual")
    assert clock.now() == clock.now()


def test_clearing_forgets_the_agenda() -> None:
    clock = Clock("manual")
    clock.after(1, lambda: (_ for _ in ()).throw(AssertionError))
    clock.clear()
    clock.advance(10)
