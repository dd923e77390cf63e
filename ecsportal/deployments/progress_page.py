"""What the deployment's page shows of its state; the page and the live stream render the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from django.utils import timezone

from ecsportal.deployments import sentences
from ecsportal.deployments.cancel_plan import cancel_plan
from ecsportal.deployments.diagnosis import Diagnosis, diagnoses
from ecsportal.deployments.highlights import are_few, highlights
from ecsportal.deployments.models import (
    RUN_FINAL_STATES,
    Deployment,
    RunState,
    State,
    StepRun,
    TargetRun,
)
from ecsportal.deployments.progress_picture import progress_picture
from ecsportal.deployments.proven import with_outcome
from ecsportal.deployments.queries import (
    RUNS_FOR_EXPECTATION,
    expected_seconds,
    last_good_before,
    last_success_before,
    waiting_for,
)
from ecsportal.deployments.retrying import retried_by
from ecsportal.deployments.serving import serving
from ecsportal.deployments.stages import Stage, held_up_words, left_behind, set_aside_words
from ecsportal.deployments.timeline import timeline
from ecsportal.web.components import STATES
from ecsportal.web.moments import duration_words

LONG_NODE = 200
"""Lines above which a node is laid out only once it comes near the screen."""
EVENTS_SHOWN = 6
RUNS_SHOWN = 8
"""Runs above which the page folds what ended well."""
MOST_STEPS = 20
SAID = 3
"""Sentences of a kind that a note tells at most."""
_PARTS = ("services", "tasks", "failed_tasks", "target_groups", "stack", "events")
"""What of a run's resources the page shows; the rest is for its runner."""


@dataclass(frozen=True)
class Clock:
    """How long it runs, and how long it usually takes; seconds."""

    elapsed: float
    expected: float | None
    is_running: bool

    @property
    def percent(self) -> int:
        """For the bar: full once the usual time is over."""
        if not self.is_running:
            return 100
        if not self.expected:
            return 0
        return min(100, int(100 * self.elapsed / self.expected))

    @property
    def is_late(self) -> bool:
        """True once it takes longer than it usually does."""
        return bool(self.is_running and self.expected and self.elapsed > self.expected)

    @property
    def sentence(self) -> str:
        """What follows the running time: "of about 7 min", "1 min longer than usual"."""
        if not self.expected or not self.is_running:
            return ""
        if self.elapsed > self.expected:
            return f"{duration_words(self.elapsed - self.expected)} longer than usual"
        return f"of about {duration_words(self.expected)}"


def state_context(deployment_id: int) -> dict[str, Any]:
    """What `_state.html` shows, in a constant number of queries; no reader's rights in it."""
    deployment = (
        with_outcome(Deployment.objects.all())
        .select_related(
            "project", "environment", "release__process", "created_by", "superseded_by__release"
        )
        .get(pk=deployment_id)
    )
    steps = list(deployment.steps.prefetch_related("targets").order_by("position"))
    usual = _usual_seconds(deployment)
    stages = [_stage(number, step, usual) for number, step in enumerate(steps, start=1)]
    kinds = {state: kind for state, (kind, _) in STATES.items()}
    return {
        "deployment": deployment,
        "stages": stages,
        "clock": _clock(deployment),
        "timeline": timeline(deployment, steps, usual=usual, kinds=kinds, now=timezone.now()),
        "cancel": None if deployment.is_final else cancel_plan(deployment, steps),
        "retried_by": retried_by(deployment) if deployment.is_final else None,
        **_of_process(deployment, stages),
        **_of_what_is_asked(deployment, stages),
        **_of_what_it_came_to(deployment, steps, stages),
        **_of_runs(stages),
    }


def _of_process(deployment: Deployment, stages: Sequence[Stage]) -> dict[str, Any]:
    groups = _side_by_side(deployment, stages)
    return {"side_by_side": groups, "picture": progress_picture(groups)}


def _of_what_is_asked(deployment: Deployment, stages: Sequence[Stage]) -> dict[str, Any]:
    """What it waits for, and what holds it up."""
    return {
        "waiting_for": waiting_for(deployment),
        "asked_at": _asked_at(deployment, stages),
        "asked_next": _asked_next(deployment, stages),
        "held_up": held_up_words(stages),
    }


def _of_what_it_came_to(
    deployment: Deployment, steps: Sequence[StepRun], stages: Sequence[Stage]
) -> dict[str, Any]:
    """Causes and highlights, what serves, and what to go back to."""
    last_success = last_success_before(deployment)
    last_good = last_good_before(deployment, last_success)
    cards = diagnoses(deployment, steps, last_good, last_success)
    told = highlights(deployment, stages)
    return {
        "last_good": last_good,
        "last_success": last_success,
        "still_serving": sentences.still_serving(deployment, last_success),
        "set_aside": set_aside_words(stages),
        "left_behind": _left_behind(stages) if deployment.state == State.CANCELLED else [],
        "diagnoses": cards,
        "filled_answer": _filled_answer(deployment, cards),
        "highlights": told,
        # A failure's card says the same, and more: there the list begins folded.
        "highlights_open": are_few(told) and not cards,
    }


def _of_runs(stages: Sequence[Stage]) -> dict[str, Any]:
    """What the steps' runs show of AWS, and what they gave to later steps."""
    runs = _runs(stages)
    return {
        "resources": _resources(stages),
        # Of the plan, not of what has run so far: what a live page shows keeps its place.
        "has_one_run": len(runs) == 1,
        "most_shown": RUNS_SHOWN,
        "is_unverified": any(run.unverified for run in runs),
        "read_at": max((run.resources.get("read_at", "") for run in runs), default=""),
        "outputs": [
            (stage.run.name, run, sorted(run.outputs.items()))
            for stage in stages
            for run in stage.targets
            if run.outputs
        ],
    }


def _left_behind(stages: Sequence[Stage]) -> list[str]:
    """What a cancel left in AWS, and what served when that was last seen; the first few of each."""
    cancelled = [run for run in _runs(stages) if run.state == RunState.CANCELLED]
    seen = serving([stage.run for stage in stages], cancelled)
    return [*left_behind(stages)[:SAID], *(row.sentence for row in seen[:SAID])]


def _resources(stages: Sequence[Stage]) -> list[dict[str, Any]]:
    """What the runs show of AWS; where they are many, those that ended well are folded."""
    shown = [
        (stage, run)
        for stage in stages
        for run in stage.targets
        if any(run.resources.get(part) for part in _PARTS)
    ]
    many = len(shown) > RUNS_SHOWN
    return [
        {
            "stage": stage,
            "run": run,
            # Nor is one looked after that failed and waits for somebody to decide.
            "is_final": run.state in RUN_FINAL_STATES or run.error is not None,
            "is_quiet": stage.folds(run)
            or (many and run.state in (RunState.SUCCEEDED, RunState.SKIPPED)),
        }
        | run.resources
        | _events(run)
        for stage, run in shown
    ]


def _side_by_side(deployment: Deployment, stages: Sequence[Stage]) -> list[list[Stage]]:
    """Stages that run together in one group: a step may start with the one before it."""
    together = {
        step["slug"]
        for step in deployment.release.process.steps
        if step.get("start") == "with_previous"
    }
    groups: list[list[Stage]] = []
    for stage in stages:
        if groups and stage.run.slug in together:
            groups[-1].append(stage)
        else:
            groups.append([stage])
    return groups


def _runs(stages: Sequence[Stage]) -> list[TargetRun]:
    return [run for stage in stages for run in stage.targets]


def _asked_at(deployment: Deployment, stages: Sequence[Stage]) -> str:
    """Which step asks, and for which target: "2 Deploy web on shop-prod"."""
    run = _asked_of(deployment, stages)
    stage = next((each for each in stages if run in each.targets), None)
    return "" if run is None or stage is None else _named(stage, run)


def _asked_next(deployment: Deployment, stages: Sequence[Stage]) -> list[str]:
    """What else waits to be asked about, in the order of asking, after the open question."""
    asked = _asked_of(deployment, stages)
    waiting = [(run.pk, stage, run) for stage in stages for run in stage.targets if run.question]
    waiting.sort(key=lambda row: row[0])
    return [_named(stage, run) for _, stage, run in waiting if asked and run != asked]


def _named(stage: Stage, run: TargetRun) -> str:
    where = f" on {run.target_name}" if run.target_name else ""
    return f"{stage.number} {stage.run.name}{where}"


def _asked_of(deployment: Deployment, stages: Sequence[Stage]) -> TargetRun | None:
    """The run that asks; one that failed has its error."""
    asked = deployment.question or {}
    wanted = (asked.get("step"), asked.get("target"))
    runs = ((stage.run.slug, run) for stage in stages for run in stage.targets)
    return next((run for slug, run in runs if (slug, run.target_slug) == wanted), None)


def _filled_answer(deployment: Deployment, cards: Sequence[Diagnosis]) -> str:
    """The answer to fill: as the failure's cause says, else the one that changes nothing."""
    answers = (deployment.question or {}).get("answers") or [""]
    if cards and cards[0].filled_answer in answers:
        return cards[0].filled_answer
    return "retry" if "retry" in answers else str(answers[0])


def _events(run: TargetRun) -> dict[str, Any]:
    """The newest events, newest first, and the older ones apart."""
    events = run.resources.get("events") or []
    return {"events": events[:EVENTS_SHOWN], "older_events": events[EVENTS_SHOWN:]}


def _usual_seconds(deployment: Deployment) -> dict[str, float]:
    """By step's slug the median of what it took in the last deployments to this environment.

    What takes less than a second isn't worth foretelling.
    """
    ended = StepRun.objects.filter(
        deployment__project_id=deployment.project_id,
        deployment__environment_id=deployment.environment_id,
        state=RunState.SUCCEEDED,
        started_at__isnull=False,
        finished_at__isnull=False,
    ).exclude(deployment=deployment)
    # Enough rows for ten deployments of an ordinary process; old ones of a long one are left out.
    rows = ended.order_by("-pk").values_list("slug", "started_at", "finished_at")
    took: dict[str, list[float]] = defaultdict(list)
    for slug, started, finished in rows[: RUNS_FOR_EXPECTATION * MOST_STEPS]:
        if started and finished and len(took[slug]) < RUNS_FOR_EXPECTATION:
            took[slug].append((finished - started).total_seconds())
    usual = {slug: median(seconds) for slug, seconds in took.items()}
    return {slug: seconds for slug, seconds in usual.items() if seconds >= 1}


def _stage(number: int, step: StepRun, usual: dict[str, float]) -> Stage:
    targets = list(step.targets.all())
    states = {run.state for run in targets}
    state = step.state
    if state == RunState.EXECUTING:
        state = next((s for s in (RunState.WAITING, RunState.CANCELLING) if s in states), state)
    return Stage(
        number=number,
        run=step,
        state=state,
        targets=targets,
        note=step.reason if state in RUN_FINAL_STATES else "",
        expected=usual.get(step.slug),
    )


def _clock(deployment: Deployment) -> Clock:
    started: datetime | None = deployment.started_at
    end = deployment.finished_at or timezone.now()
    return Clock(
        elapsed=(end - started).total_seconds() if started else 0,
        expected=expected_seconds(deployment),
        is_running=started is not None and not deployment.is_final,
    )
