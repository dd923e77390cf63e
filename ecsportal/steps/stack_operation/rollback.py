"""The way back as a part of its own: its lines, when it began, and how it ended."""

from __future__ import annotations

from ecsportal.cloudformation.stacks import Stack
from ecsportal.steps.contract import ROLLBACK
from ecsportal.steps.stack_operation.attempt import StackAttempt
from ecsportal.steps.wording import iso

_GOING_BACK = ("create", "update", "execute", "cancel")
"""Operations whose rollback is this attempt's own; a broken one that is continued is older."""


def began(attempt: StackAttempt) -> None:
    """From here on lines tell of the way back; nothing new where it has begun already."""
    memory = attempt.memory
    if memory.rollback_at or memory.operation not in _GOING_BACK:
        return
    memory.rollback_at = attempt.run.now.isoformat()
    attempt.run.resources["rollback"] = {"began": iso(attempt.run.now), "ended": "", "status": ""}
    attempt.log.enter(ROLLBACK)


def goes_on(attempt: StackAttempt) -> None:
    """At the beginning of a turn: its lines belong to the way back, if that has begun."""
    if attempt.memory.rollback_at:
        attempt.log.enter(ROLLBACK)


def ended(attempt: StackAttempt, stack: Stack) -> None:
    """It has come to its end: what is said now is the step's own again."""
    if not attempt.memory.rollback_at:
        return
    attempt.memory.rollback_at = ""
    shown = attempt.run.resources.get("rollback") or {}
    shown.update(ended=iso(attempt.run.now), status=stack.status)
    attempt.run.resources["rollback"] = shown
    attempt.log.enter("")
