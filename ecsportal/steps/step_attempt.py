"""One target's attempt at an AWS step: how it waits, speaks, announces a write and ends."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from ecsportal.steps.contract import Failed, Intends, RunContext, StepError, StepLog, Waiting
from ecsportal.steps.reasons import Evidence, folded
from ecsportal.steps.run_memory import RunMemory
from ecsportal.steps.time_limit import time_is_up
from ecsportal.steps.wording import wait_lines_due

SHORTEST_WAIT, _LONGEST = 2.0, 5.0
_TROUBLE_LONGEST = 60.0
_SLOWEST_PACE, _PACE_RECOVERS = 4.0, 0.95

DEFAULT_CLUSTER = "default"
"""What ECS takes where no cluster is named."""


@dataclass
class StepAttempt:
    """The bundle that every part of a runner works on; a step type derives its own."""

    run: RunContext
    memory: RunMemory

    timeout_code: ClassVar[str] = "STEP-TIMEOUT"
    """The error code of a step that has used up its time."""

    @property
    def log(self) -> StepLog:
        return self.run.log

    @property
    def ecs(self) -> Any:
        return self.run.aws.ecs

    @property
    def cluster(self) -> str:
        return self.run.target.cluster or DEFAULT_CLUSTER

    @property
    def deadline(self) -> datetime | None:
        """When the step's time is used up; None without a limit."""
        return None

    @property
    def past_deadline(self) -> bool:
        """True once the step's time is used up."""
        return self.deadline is not None and self.run.now >= self.deadline

    @property
    def given(self) -> timedelta:
        """How much time the step has."""
        return (self.deadline or self.run.now) - self.run.started_at

    def fail_in_time(self, waited_for: str, advice: str = "") -> Failed:
        """The end of a step that has used up its time; the sentence names what it waited for."""
        cause = time_is_up(self.run, self.given, waited_for, advice)
        return self.fail(self.timeout_code, cause.sentence, cause.advice, cause=cause.slug)

    @property
    def shortest_wait(self) -> float:
        """Seconds to the next look after something has changed."""
        return SHORTEST_WAIT

    def left_running(self) -> str:
        """What goes on at AWS when the step has to end without having seen its end; or empty."""
        return ""

    def intend(self, operation: str) -> Intends:
        """Announce a write: its token is committed before the call."""
        self.memory.phase, self.memory.operation = "intent", operation
        return Intends(operation, self.run.token(operation), self.memory.dump())

    def follow(self) -> Waiting:
        """The write is accepted: follow it from now on."""
        memory = self.memory
        memory.phase, memory.operation_at = "follow", self.run.now.isoformat()
        memory.said, memory.quiet = 0, 0
        return Waiting(memory.dump(), SHORTEST_WAIT)

    def wait(self, *, changed: bool = False) -> Waiting:
        """Come back soon; later and later while nothing changes, or while AWS wants fewer calls."""
        self.memory.quiet = 0 if changed else min(self.memory.quiet + 1, 10)
        memory = self.memory
        pace = max(memory.pace, self.run.aws.slowness)
        after: float = min(_LONGEST, self.shortest_wait * 1.25**memory.quiet) * pace
        memory.pace = max(1.0, memory.pace * _PACE_RECOVERS)
        return Waiting(memory.dump(), after * random.uniform(0.9, 1.1))

    def wait_longer(self) -> Waiting:
        """AWS asks for fewer calls or doesn't answer: come back much later, spread out.

        For a while afterwards the looks stay rarer: many deployments share one account's rate.
        """
        self.memory.pace = min(_SLOWEST_PACE, self.memory.pace * 1.5)
        after: float = min(_TROUBLE_LONGEST, 5.0 * 2 ** min(self.memory.trouble - 1, 6))
        return Waiting(self.memory.dump(), after * random.uniform(0.8, 1.2))

    def say_waiting(self, text: str, seconds: float) -> None:
        """A wait line when one is due: the first after a minute, then more and more seldom."""
        due = wait_lines_due(seconds)
        if due > self.memory.said:
            self.memory.said = due
            self.log.wait(text)

    def fail(
        self, code: str, message: str, advice: str = "", *, cause: str = "", still: str = "",
        details: Iterable[str] = (), evidence: Iterable[Evidence] = (),
    ) -> Failed:  # fmt: skip
        """The end without success, with lines of detail or with evidence, told once for equal
        reasons."""
        said = folded(evidence)
        return Failed(
            StepError(
                code=code,
                message=message,
                advice=advice,
                cause=cause,
                still_serving=still,
                details=tuple(details) or tuple(piece.line for piece in said),
                evidence=said,
            )
        )
