"""What is said of a deployment in one sentence: on the dashboard, the grid, the task list.

The same cause reads the same everywhere (ux.md section 2: the cell, the strip, the page).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone

from ecsportal.deployments.models import Deployment, RunState, State, StepRun


@dataclass(frozen=True)
class ServiceFacts:
    """A service as a deployment saw it last: tasks of the revision that it brought."""

    name: str
    running: int
    desired: int
    pending: int = 0
    failed: int = 0
    version: str = ""
    serves: tuple[str, ...] = ()
    """The versions of which tasks ran, of any revision."""


def serve_another(services: Iterable[ServiceFacts], version: str) -> bool:
    """True where tasks of another version than this one run."""
    return any(each != version for service in services for each in service.serves)


FAILED_LATER = "Failed later"
"""The word for what was accepted without waiting, and failed after the deployment's end."""
REPLACED = "Replaced"
"""The word for what was accepted without waiting, and made way for a third revision."""
UNSEEN = "Outcome unknown"
"""The word for what was accepted without waiting, and whose end nobody has seen."""
OUTCOME_OPEN = "Outcome open"
"""The word for what was accepted without waiting, while its end is still looked for."""
WITH_WARNINGS = "With warnings"
ACCEPTED = "AWS has accepted it, its end isn’t seen yet"
SET_ASIDE = "What failed was set aside"
"""What stands under a success of which it isn't known that its release runs."""
DECISION = "Waits for a decision"
"""What stands under the question of a deployment that waits."""
HELD_UP = "waits for another operation on its stack"
"""What stands beside a step whose stack somebody else is changing."""
GONE = "Nothing runs there: the stack is gone. The next deployment creates it."
"""What stands where a stack was deleted behind the portal's back."""


def word(deployment: Deployment) -> str:
    """A deployment's state in a word or two, as cell, grid and strip say it."""
    if late := late_word(deployment):
        return late
    if deployment.state == State.SUCCEEDED and deployment.warnings:
        return WITH_WARNINGS
    shorter = {State.EXECUTING: "Deploying", State.WAITING: "Waiting"}
    return shorter.get(State(deployment.state)) or str(deployment.get_state_display())


def cause(deployment: Deployment) -> str:
    """Why a deployment ended without success, or what failed after its end."""
    if deployment.late_error:
        return str(deployment.late_error["message"])
    if deployment.error and deployment.error.get("message"):
        return str(deployment.error["message"])
    if deployment.state == State.TIMED_OUT:
        return "It didn’t start before it expired."
    if deployment.state == State.FAILED:
        return "We don’t know this cause yet. Its task log says all that is known."
    return ""


def late_word(deployment: Deployment) -> str:
    """What became of a step that didn't wait, in a word or two; empty where nothing is to tell."""
    if deployment.late_error:
        return FAILED_LATER
    if deployment.late_verdict:
        return UNSEEN if deployment.late_verdict["verdict"] == "unseen" else REPLACED
    return OUTCOME_OPEN if deployment.outcome_open else ""


def late_kind(deployment: Deployment) -> str:
    """The kind of status that goes with `late_word`."""
    if deployment.late_error:
        return "failed"
    return "warning" if deployment.late_verdict or deployment.warnings else "pending"


def named(deployment: Deployment) -> str:
    """ "deployment 41 (shop 1.4.0 to Production)": by its number, and what that brings where."""
    what = f"{deployment.project.name} {deployment.release.version}"
    return f"deployment {deployment.pk} ({what} to {deployment.environment.name})"


def still_serving(deployment: Deployment, last_good: Deployment | None) -> str:
    """What serves users after a deployment that didn't succeed; empty where nobody knows."""
    error = deployment.late_error or deployment.error or {}
    if error.get("still_serving"):
        return str(error["still_serving"])
    if last_good is not None:
        return f"{last_good.release.version} was the last to succeed."
    return ""


def tasks_words(services: Iterable[ServiceFacts]) -> str:
    """ "9 of 9 tasks" over all services; empty where no service is known."""
    known = list(services)
    if not known:
        return ""
    running, desired = sum(s.running for s in known), sum(s.desired for s in known)
    return f"{running} of {desired} {'task' if desired == 1 else 'tasks'}"


def served(services: Iterable[ServiceFacts]) -> str:
    """ "1.4.1 served when last seen" over all services; empty where no service is known."""
    known = list(services)
    if not known:
        return ""
    versions = list(dict.fromkeys(version for service in known for version in service.serves))
    return f"{' and '.join(versions) or 'nothing'} served when last seen"


def doing(
    steps: Sequence[StepRun],
    services: Sequence[ServiceFacts] = (),
    *,
    held_up: bool = False,
) -> str:
    """What a running deployment does now: the names of the steps that run, and tasks so far."""
    names = [s.name for s in steps if s.state in (RunState.EXECUTING, RunState.WAITING)]
    names = names or [s.name for s in steps if s.state == RunState.CANCELLING]
    tasks = tasks_words(services)
    said = ", ".join(names) or "Between two steps"
    if held_up:
        return f"{said} · {HELD_UP}"
    return f"{said} · {tasks} up" if tasks else said


def failed_at(steps: Sequence[StepRun]) -> str:
    """ "Failed at step 4 of 6"; plain "Failed" where no step failed."""
    for number, step in enumerate(steps, start=1):
        if step.state == RunState.FAILED:
            return f"Failed at step {number} of {len(steps)}"
    return "Failed"


def waits_until(deployment: Deployment) -> str:
    """For a deployment that was given a time: when it may start."""
    if deployment.not_before is None or deployment.not_before <= timezone.now():
        return ""
    local = timezone.localtime(deployment.not_before)
    day = "" if local.date() == timezone.localdate() else f" on {local.day} {local:%b}"
    return f"Starts at {local:%H:%M}{day}"


def asked(deployment: Deployment) -> str:
    """What a waiting deployment asks a person; of a stack, how it stands."""
    question = deployment.question or {}
    return str(question.get("situation") or question.get("text") or "Waits for a person.")


def asked_in_short(deployment: Deployment) -> str:
    """What it asks, where there is little room: of a failure its cause, which says most."""
    return str((deployment.question or {}).get("cause") or asked(deployment))


def cancelled_by(deployment: Deployment, person: object = None) -> str:
    """Who or what ended a deployment before its end; empty where nobody knows."""
    if deployment.superseded_by:
        return f"Superseded by {deployment.superseded_by.release.version}"
    return f"By {person}" if person else ""


def result(deployment: Deployment, steps: Sequence[StepRun]) -> str:
    """What came of a deployment that succeeded."""
    if deployment.late_verdict:
        return str(deployment.late_verdict["message"])
    if deployment.outcome_open:
        return ACCEPTED
    ran = sum(step.state == RunState.SUCCEEDED for step in steps)
    skipped = sum(step.state == RunState.SKIPPED for step in steps)
    warned = ", with warnings" if deployment.warnings else ""
    left_out = f", {skipped} skipped" if skipped else ""
    return f"{ran} of {len(steps)} {'step' if len(steps) == 1 else 'steps'}{left_out}{warned}"
