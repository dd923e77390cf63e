"""Runs the rounds: deployments side by side, each with its kill, and the checks after a batch."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import islice
from statistics import median
from typing import Any

import psycopg

from tests.chaos import rest
from tests.chaos.child import Child
from tests.chaos.installation import Installation, UnreachableError
from tests.chaos.job import Job
from tests.chaos.kills import Killer
from tests.chaos.plan import FOLLOWERS, Aim, Round
from tests.chaos.silence import without_workers
from tests.chaos.watch import QUERY, Watch

AT_ONCE = 10
BATCH = 50
LOOK_EVERY = 0.15
PAUSE = 0.03
AGAIN_AFTER = 0.3
AIMED_WITHIN = 15.0
ENDS_WITHIN = 180.0
"""Seconds after a batch's last start in which all has to have ended."""


@dataclass
class _Flight:
    """A round that runs: its deployment and its kill to come."""

    job: Job
    killed: bool = False
    follows: bool = False
    """The release behind has been asked for."""
    again_at: float = 0.0
    fault: int = 0
    seen: int = 0
    """Calls of the aimed-at operations before the round."""
    hit_at: float = 0.0


@dataclass
class Director:
    """One run against one installation; `problems` says what didn't hold."""

    installation: Installation
    seed: int
    session: str
    pace: float
    problems: list[str] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)
    ends: Counter[str] = field(default_factory=Counter)
    done: int = 0
    in_mid_write: int = 0
    """Kills that struck while AWS worked on a write, or just after."""
    _flights: list[_Flight] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)
    _looked_at: float = 0.0
    _lowest: int = 0
    _connection: psycopg.Connection[Any] | None = None

    def __post_init__(self) -> None:
        self.killer = Killer(self.installation, self._note_kill)

    def run(self, rounds: Sequence[Round]) -> None:
        """All rounds, batch by batch; stops after the first batch in which something failed."""
        for batch in _batches(rounds):
            self._run_batch(batch)
            if batch[0] is rounds[0]:
                found = without_workers(self.installation, self.killer)
                self.problems += [f"seed {self.seed}, no worker runs: {each}" for each in found]
                self._run_batch(())
            self._check_rest(batch)
            if self.problems:
                return
            _say(f"rounds {batch[0].number}-{batch[-1].number} hold; {self.summary()}")

    def summary(self) -> str:
        """Rounds, kills by kind, deployments by end, and how soon they moved again."""
        kills = ", ".join(f"{name} {count}" for name, count in sorted(self.killer.kills.items()))
        ends = ", ".join(f"{count} {state}" for state, count in sorted(self.ends.items()))
        minutes = (time.monotonic() - self._began) / 60
        text = f"{self.done} rounds in {minutes:.1f} min; killed: {kills}"
        text += f" ({self.in_mid_write} in mid-write); deployments: {ends}"
        for name, found in (("moved again", self.watch.recoveries), ("lease", self.watch.held)):
            if found:
                text += f"; {name} median {median(found):.1f} s, longest {max(found):.1f} s"
                text += f" ({len(found)})"
        if self.killer.ended_by_themselves:
            text += f"; ended by themselves: {dict(self.killer.ended_by_themselves)}"
        return text

    def stop(self) -> None:
        """End the viewers."""
        for flight in self._flights:
            flight.job.stop()
        if self._connection:
            self._connection.close()

    # A batch

    def _run_batch(self, batch: Sequence[Round]) -> None:
        waiting, next_start = list(batch), 0.0
        deadline = time.monotonic() + ENDS_WITHIN + len(batch) * (self.pace + 5)
        while waiting or self._flights or not self.killer.all_up:
            now = time.monotonic()
            if now > deadline:
                self._tell_unfinished()
                return
            self.killer.tend()
            self._look(now)
            for flight in list(self._flights):
                self._advance(flight, now)
            if waiting and now >= next_start and len(self._flights) < AT_ONCE:
                chosen = self._next(waiting)
                if chosen:
                    waiting.remove(chosen)
                    next_start = now + self.pace
                    self._begin(chosen)
            time.sleep(PAUSE)

    def _next(self, waiting: Sequence[Round]) -> Round | None:
        busy = {flight.job.round.cell for flight in self._flights}
        return next((each for each in waiting if each.cell not in busy), None)

    def _begin(self, plan: Round) -> None:
        flight = _Flight(self._job(plan))
        if plan.aim:
            flight.seen = self._calls(plan.aim)
            flight.fault = self.installation.sandbox("POST", "/faults", {
                "service": plan.aim.service, "action": plan.aim.action,
                "region": plan.cell.region, "delay": plan.aim.delay,
                "drop": "after" if plan.aim.drop else "", "times": 1,
            })["id"]  # fmt: skip
        self._flights.append(flight)

    def _job(self, plan: Round, retry_of: int | None = None) -> Job:
        return Job(self.installation, self.watch, plan, f"chaos-{self.seed}", self.session,
                   retry_of)  # fmt: skip

    def _advance(self, flight: _Flight, now: float) -> None:
        job = flight.job
        if job.is_queued and not flight.killed:
            self._kill_when_due(flight, now)
        if job.is_queued and job.round.followed and not flight.follows:
            flight.follows = True
            self._flights.append(_Flight(self._job(job.round.follower()), killed=True))
        if now < flight.again_at:
            return
        try:
            is_done = flight.killed and job.has_ended and job.advance()
            if not (job.has_ended or is_done):
                job.advance()
        except (UnreachableError, psycopg.OperationalError):
            flight.again_at = now + AGAIN_AFTER
            return
        flight.again_at = now + (AGAIN_AFTER if job.has_ended else 0.1)
        if is_done:
            self._finish(flight)

    def _finish(self, flight: _Flight) -> None:
        job = flight.job
        self._flights.remove(flight)
        self.done += 0 if job.retry_of or job.round.number > FOLLOWERS else 1
        self.ends[job.ended_state] += 1
        self.problems += [self._words(job, problem) for problem in job.problems]
        if job.ended_state == "failed" and job.round.retry and not job.retry_of:
            again = self._job(job.round, retry_of=job.deployment)
            self._flights.append(_Flight(again, killed=True))

    # Kills

    def _kill_when_due(self, flight: _Flight, now: float) -> None:
        plan, job = flight.job.round, flight.job
        if plan.aim:
            if not flight.hit_at and self._calls(plan.aim) > flight.seen:
                flight.hit_at = now
            missed = job.has_ended or now > job.queued_at + AIMED_WITHIN
            due = missed or (flight.hit_at and now >= flight.hit_at + plan.aim.after)
        else:
            due = job.has_ended or now >= job.queued_at + plan.at
        victims = self._victims(flight) if due else []
        if not victims or not all(self.killer.is_up(child) for child in victims):
            return
        for child in victims:
            strike = self.killer.freeze if plan.victim == "frozen holder" else self.killer.kill
            strike(child, down=plan.down)
        flight.killed = True
        self.in_mid_write += 1 if flight.hit_at else 0
        if flight.fault:
            self.installation.sandbox("DELETE", f"/faults/{flight.fault}")

    def _victims(self, flight: _Flight) -> list[Child]:
        installation, plan = self.installation, flight.job.round
        workers = installation.workers
        if plan.aim:
            holder = self.watch.holder(flight.job.deployment)
            held = [worker for worker in workers if worker.pid == holder]
            return held or [workers[plan.which % len(workers)]]
        return {
            "worker": [workers[plan.which % len(workers)]],
            "all workers": list(workers),
            "web": [installation.web],
            "broker": [installation.broker],
            "database": [installation.database],
        }[plan.victim]

    def _note_kill(self, child: Child, now: float) -> None:
        if child in self.installation.workers:
            self._look(now, at_once=True)
            self.watch.worker_killed(child.pid, now)
        elif child is self.installation.database:
            self.watch.other_kill()

    def _calls(self, aim: Aim) -> int:
        calls = self.installation.sandbox("GET", "/calls")
        glob = f"{aim.service}.{aim.action}"
        return sum(entry["count"] for name, entry in calls.items() if fnmatchcase(name, glob))

    # Looking

    def _look(self, now: float, *, at_once: bool = False) -> None:
        if now < self._looked_at + LOOK_EVERY and not at_once:
            return
        self._looked_at = now
        if not self.killer.is_up(self.installation.database):
            return
        try:
            if self._connection is None:
                self._connection = psycopg.connect(
                    self.installation.database_address, autocommit=True, connect_timeout=3
                )
            rows = self._connection.execute((QUERY % self._lowest).encode()).fetchall()
        except psycopg.OperationalError:
            self._connection = None
            return
        self.watch.look(rows, a_worker_lives=self.killer.a_worker_lives, now=now)

    def _tell_unfinished(self) -> None:
        for flight in self._flights:
            row = self.watch.rows.get(flight.job.deployment)
            self.problems.append(self._words(flight.job, f"it hasn't ended: {row}"))
        if not self.killer.all_up:
            down = [c.name for c in self.installation.children if not self.killer.is_up(c)]
            self.problems.append(f"seed {self.seed}: didn't come back: {', '.join(down)}")

    def _check_rest(self, batch: Sequence[Round]) -> None:
        """What can be said once nothing runs."""
        found = rest.problems(self.installation) + [
            f"deployment {pk} stood still for {seconds:.0f} s while a worker lived"
            for pk, seconds in self.watch.standstills.items()
        ]
        where = f"seed {self.seed}, after round {batch[-1].number}"
        self.problems += [f"{where}: {problem}" for problem in found]
        if self.watch.rows:
            self._lowest = max(self.watch.rows) - 50

    def _words(self, job: Job, problem: str) -> str:
        plan = job.round
        what = f"{plan.victim} killed, {plan.cell.project} to {plan.cell.environment}"
        again = f", retry of {job.retry_of}" if job.retry_of else ""
        return (f"seed {self.seed}, round {plan.number} ({what}{again}): "
                f"deployment {job.deployment}: {problem}")  # fmt: skip


def _batches(rounds: Sequence[Round]) -> Iterator[Sequence[Round]]:
    left = iter(rounds)
    while batch := list(islice(left, BATCH)):
        yield batch


def _say(text: str) -> None:
    sys.stderr.write(f"chaos: {text}\n")
    sys.stderr.flush()
