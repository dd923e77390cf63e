"""What a deployment asks a person, who may answer, and what an answer has to hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ecsportal.deployments.models import Deployment, RunState, State, TargetRun
from ecsportal.deployments.notifying import tell_on_commit
from ecsportal.people.models import Role, User
from ecsportal.people.permissions import grants_of
from ecsportal.problems import FieldError, NotAllowed, ValidationProblem
from ecsportal.steps.contract import Asks

_RANKS: list[str] = list(Role.values)
"""From the least to the one that may do everything."""
BEYOND_PERMISSIONS = (Role.LEAD, Role.ADMINISTRATOR)
"""Whom a question may ask for: whoever may answer at all is a deployer."""
MOST_QUESTIONS = 1_000
"""Of one run: its questions' ids don't meet those of the next run."""


def ask(run: TargetRun, asked: Asks) -> None:
    """Let the run wait with this question."""
    run.questions += 1
    run.state, run.due_at = RunState.WAITING, None
    run.question = {
        "id": run.pk * MOST_QUESTIONS + run.questions % MOST_QUESTIONS,
        "text": asked.question,
        "situation": asked.situation,
        "does": dict(asked.does),
        "code": asked.code,
        "answers": list(asked.answers),
        "instructions": asked.instructions,
        "responsible": list(asked.responsible),
        "note_required": asked.note_required,
        "holds_others": asked.holds_others,
    }


def next_question(deployment: Deployment) -> tuple[str, dict[str, Any] | None]:
    """The deployment's state and the question it asks now: the oldest that a run waits with."""
    if deployment.state == State.CANCELLING:
        return State.CANCELLING, None
    run = (
        TargetRun.objects.filter(step_run__deployment=deployment, question__isnull=False)
        .select_related("step_run")
        .order_by("pk")
        .first()
    )
    if run is None or run.question is None:
        return State.EXECUTING, None
    where = {"run": run.pk, "step": run.step_run.slug, "target": run.target_slug}
    return State.WAITING, {**run.question, **where}


def ask_next(deployment: Deployment) -> None:
    """Have the deployment ask the oldest question of its runs, or go on without one.

    Within the lease's transaction. A question that is new is told to the notification hooks.
    """
    before = deployment.question
    state, question = next_question(deployment)
    if (state, question) == (deployment.state, before):
        return
    Deployment.objects.filter(pk=deployment.pk).update(state=state, question=question)
    deployment.state, deployment.question = state, question
    if question and (not before or before["id"] != question["id"]):
        tell_on_commit(deployment, question)


def check_answer(
    deployment: Deployment, asked: dict[str, Any], *, answer: str, note: str, by: User
) -> None:
    """Raise NotAllowed for somebody who isn't responsible, ValidationProblem for a wrong answer."""
    refusal = who_may_answer(deployment, asked, by)
    if refusal:
        raise NotAllowed(refusal, code="NOT_RESPONSIBLE")
    errors = []
    if answer not in asked["answers"]:
        errors.append(FieldError("answer", f"One of: {', '.join(asked['answers'])}.", "choice"))
    if asked.get("note_required") and not note.strip():
        errors.append(FieldError("note", "Write a note: this question needs one.", "missing"))
    if errors:
        raise ValidationProblem(errors)


def who_may_answer(deployment: Deployment, asked: dict[str, Any], user: User) -> str:
    """Why this user may not answer, or nothing where they may. A higher role covers a lower one."""
    least = least_role(asked.get("responsible") or ())
    if not least or least in covered_roles(deployment, user):
        return ""
    return (
        f"Only a {responsible_words(asked['responsible'])} of {deployment.environment.name} "
        "may answer this. Ask one of them."
    )


def covered_roles(deployment: Deployment, user: User) -> list[str]:
    """The roles that the user holds for this deployment, with those below them."""
    held = [
        _RANKS.index(grant.role)
        for grant in grants_of(user)
        if grant.covers(deployment.project_id, deployment.environment_id)
    ]
    return _RANKS[: max(held, default=-1) + 1]


def least_role(responsible: Sequence[str]) -> str:
    """The lowest role that may answer; empty where none is named.

    An unknown one counts for none: then only administrators are left.
    """
    if not responsible:
        return ""
    known = [_RANKS.index(role) for role in responsible if role in _RANKS]
    return _RANKS[min(known, default=len(_RANKS) - 1)]


def responsible_words(roles: Sequence[str]) -> str:
    """`lead or administrator`."""
    *most, last = roles
    return f"{', '.join(most)} or {last}" if most else last
