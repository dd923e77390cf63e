from __future__ import annotations

from tests.chaos.plan import VICTIMS, rounds
from tests.chaos.sample import Cell

CELLS = [
    Cell(kind, kind, "staging", "eu-central-1")
    for kind in ("service", "gate", "template", "update")
]


def test_a_seed_gives_the_same_rounds_however_many_are_asked_for() -> None:
    assert rounds(7, 40, CELLS)[:10] == rounds(7, 10, CELLS)
    assert rounds(8, 10, CELLS) != rounds(7, 10, CELLS)


def test_many_rounds_have_every_victim_and_every_extra() -> None:
    plan = rounds(1, 300, CELLS)
    assert {each.victim for each in plan} == set(VICTIMS)
    processes = [each for each in plan if each.victim not in ("broker", "database")]
    assert len(processes) > 240  # mostly worker and web
    assert any(each.cancel_again_after is not None for each in plan)
    assert 10 < sum(each.followed for each in plan) < 60
    assert {each.answer for each in plan} == {"proceed", "abort"}
    assert {each.aim.action for each in plan if each.aim} == {
        "*Stack", "RunTask", "RegisterTaskDefinition", "UpdateService",
    }  # fmt: skip
