"""The rounds of a run, decided before it begins: the same seed gives the same rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from tests.chaos.sample import Cell

GOOD_TAGS = ("1.2.0", "1.3.0", "1.3.1", "1.4.0", "1.5.0", "1.6.0")
BAD_TAGS = ("1.4.2-crash", "1.4.1-missing", "1.4.4-oom")
VICTIMS = {
    "worker": 35,
    "holder": 35,
    "all workers": 7,
    "web": 25,
    "broker": 8,
    "database": 8,
    "frozen holder": 6,
}
"""Weights. `holder` is the worker that holds the round's deployment just then; a frozen one isn't
killed but stopped for longer than its lease, and goes on as if nothing had been."""
FOLLOWERS = 100_000
"""Added to a round's number for the release that follows it."""
WRITES = {
    "service": (("cloudformation", "*Stack"),),
    "gate": (("cloudformation", "*Stack"), ("ecs", "RunTask")),
    "template": (("cloudformation", "*Stack"),),
    "update": (("ecs", "RegisterTaskDefinition"), ("ecs", "UpdateService")),
}


@dataclass(frozen=True)
class Aim:
    """Kill while a write to AWS is under way: the sandbox answers it late, or not at all."""

    service: str
    action: str
    delay: float
    """Seconds for which the sandbox holds the call before it carries it out."""
    after: float
    """Seconds from the call's arrival to the kill; beyond `delay` it was carried out."""
    drop: bool
    """The call is carried out and its answer lost."""


@dataclass(frozen=True)
class Round:
    """One deployment and one kill, with what people do meanwhile."""

    number: int
    cell: Cell
    tag: str
    victim: str
    which: int
    """Of several workers."""
    at: float
    """Seconds from the deployment's queueing to the kill, where nothing is aimed at."""
    aim: Aim | None
    down: float
    """Seconds until the victim is started again, or goes on."""
    cancel_at: float | None
    """Seconds from the queueing to a cancel."""
    cancel_again_after: float | None
    answer: str
    """To what an approval asks."""
    retry: bool
    """Whether a failure is retried."""
    watched: bool
    """Whether a viewer reads its live stream."""
    followed: bool = False
    """Whether another release is queued behind it in the same cell."""

    def follower(self) -> Round:
        """The release behind it: no kill of its own, nothing else asked of it."""
        number = self.number + FOLLOWERS
        return replace(self, number=number, followed=False, cancel_at=None, retry=False)


def rounds(seed: int, count: int, cells: Sequence[Cell]) -> list[Round]:
    """So many rounds; each depends on the seed and its own number only."""
    return [_round(number, Random(f"{seed}/{number}"), cells) for number in range(1, count + 1)]


def _round(number: int, chance: Random, cells: Sequence[Cell]) -> Round:
    cell = chance.choice(cells)
    is_service = cell.kind in ("service", "gate")
    bad = is_service and chance.random() < 0.12
    cancelled = cell.kind != "update" and chance.random() < 0.15
    [victim] = chance.choices(list(VICTIMS), list(VICTIMS.values()))
    return Round(
        number=number,
        cell=cell,
        tag=chance.choice(BAD_TAGS if bad else GOOD_TAGS),
        victim=victim,
        which=chance.randrange(1000),
        at=chance.uniform(0, 6),
        aim=_aim(cell, chance, frozen=victim != "holder") if "holder" in victim else None,
        down=chance.uniform(11, 14) if victim == "frozen holder" else chance.uniform(0.1, 3),
        cancel_at=chance.uniform(0, 5) if cancelled else None,
        cancel_again_after=chance.uniform(0, 2) if cancelled and chance.random() < 0.3 else None,
        answer="abort" if chance.random() < 0.15 else "proceed",
        retry=chance.random() < 0.5,
        watched=chance.random() < 0.6,
        followed=not bad and not cancelled and cell.kind != "gate" and chance.random() < 0.2,
    )


def _aim(cell: Cell, chance: Random, *, frozen: bool) -> Aim:
    service, action = chance.choice(WRITES[cell.kind])
    delay, after = chance.uniform(0.3, 1.5), chance.uniform(0, 2)
    drop = chance.random() < 0.3
    if frozen:  # within the call, so that it wakes up with an answer and a lost lease
        return Aim(service, action, delay + 0.5, min(after, delay), drop=False)
    return Aim(service, action, delay, after, drop)
