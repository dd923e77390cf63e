"""When each step, target and way back ran: bars over the time that the deployment took.

Places are percents of that time, for a drawing that is as wide as its page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime

from ecsportal.deployments.models import Deployment, StepRun
from ecsportal.deployments.stages import look_of

_NARROWEST = 0.4
"""Percent below which a bar would not be seen."""


@dataclass(frozen=True)
class Bar:
    """One row: `kind` is a kind of status, `depth` 0 for steps and 1 for what is within one.

    `usual` is how wide it would be if it took its usual time; None where that isn't known.
    """

    label: str
    kind: str
    depth: int
    began: datetime
    ended: datetime | None
    x: float
    width: float
    usual: float | None = None


def timeline(
    deployment: Deployment,
    steps: Sequence[StepRun],
    *,
    usual: dict[str, float],
    kinds: dict[str, str],
    now: datetime,
) -> list[Bar]:
    """The bars in order; none before the deployment has begun. `kinds` has the kind of a state."""
    if deployment.started_at is None:
        return []
    scale = _Scale(deployment.started_at, _end(deployment, steps, usual, now), now)
    return list(_bars(steps, scale, usual, kinds))


@dataclass(frozen=True)
class _Scale:
    start: datetime
    end: datetime
    now: datetime

    def percent(self, seconds: float) -> float:
        return round(100 * seconds / max((self.end - self.start).total_seconds(), 1), 2)

    def bar(
        self,
        label: str,
        kind: str,
        depth: int,
        began: datetime,
        ended: datetime | None,
        usual: float | None = None,
    ) -> Bar:
        x = self.percent((began - self.start).total_seconds())
        width = self.percent(((ended or self.now) - began).total_seconds())
        return Bar(
            label=label,
            kind=kind,
            depth=depth,
            began=began,
            ended=ended,
            x=min(max(x, 0), 100 - _NARROWEST),
            width=min(max(width, _NARROWEST), 100 - max(x, 0)),
            usual=self.percent(usual) if usual else None,
        )


def _end(
    deployment: Deployment, steps: Sequence[StepRun], usual: dict[str, float], now: datetime
) -> datetime:
    """The drawing's right edge: the end, or as far as what runs will usually take."""
    if deployment.finished_at:
        return deployment.finished_at
    expected = [
        step.started_at + timedelta(seconds=usual[step.slug])
        for step in steps
        if step.started_at and not step.finished_at and step.slug in usual
    ]
    return max(now, *expected) if expected else now


def _bars(
    steps: Sequence[StepRun], scale: _Scale, usual: dict[str, float], kinds: dict[str, str]
) -> Iterator[Bar]:
    for number, step in enumerate(steps, start=1):
        if step.started_at is None:
            continue
        label = f"{number} {step.name}"
        expected = None if step.finished_at else usual.get(step.slug)
        runs = list(step.targets.all())
        kind = kinds[look_of(step.state, runs)]
        yield scale.bar(label, kind, 0, step.started_at, step.finished_at, expected)
        for run in runs:
            if len(runs) > 1 and run.started_at:
                kind = kinds[look_of(run.state, [run])]
                yield scale.bar(run.target_name, kind, 1, run.started_at, run.finished_at)
            back: dict[str, Any] = run.resources.get("rollback") or {}
            began = parse_datetime(back.get("began") or "")
            if began:
                ended = parse_datetime(back.get("ended") or "") or run.finished_at
                name = f"Rollback of {run.target_name}"
                yield scale.bar(name, "rolledback", 1, began, ended)
