from __future__ import annotations

from tests.chaos.watch import Watch

LEASED = (7, "executing", 1, 1, "host:41:99", True)


def watch() -> Watch:
    made = Watch()
    made.look([LEASED], a_worker_lives=True, now=100.0)
    return made


def test_a_deployment_that_moves_again_counts_from_the_kill() -> None:
    seen = watch()
    seen.worker_killed(41, 101.0)
    seen.look([LEASED], a_worker_lives=True, now=105.0)
    seen.worker_killed(42, 106.0)
    seen.look([(7, "executing", 1, 2, "host:42:99", True)], a_worker_lives=True, now=112.5)
    assert (seen.recoveries, seen.held) == ([11.5], [11.5])


def test_a_lease_of_another_worker_is_not_held_by_the_killed_one() -> None:
    seen = watch()
    assert seen.holder(7) == 41
    seen.worker_killed(42, 101.0)
    seen.look([(7, "executing", 2, 1, "host:41:99", True)], a_worker_lives=True, now=101.5)
    assert (seen.recoveries, seen.held) == ([0.5], [])


def test_a_standstill_counts_only_while_a_worker_lives() -> None:
    seen = watch()
    for second in range(101, 141):
        seen.look([LEASED], a_worker_lives=True, now=float(second))
    for second in range(141, 241):
        seen.look([LEASED], a_worker_lives=False, now=float(second))
    assert seen.standstills == {}
    for second in range(241, 263):
        seen.look([LEASED], a_worker_lives=True, now=float(second))
    assert seen.standstills == {7: 62.0}


def test_who_waits_for_a_person_stands_still_rightly() -> None:
    seen = Watch()
    for second in range(100, 300):
        row = (7, "waiting", 1, 1, "", False)
        seen.look([row], a_worker_lives=True, now=float(second))
    assert seen.standstills == {}
