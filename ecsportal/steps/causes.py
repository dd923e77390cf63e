"""All causes that a step may name: those that AWS's texts tell, and those that a step judges."""

from __future__ import annotations

from ecsportal.aws.causes import Cause, Mend, Naming, first_cause_of
from ecsportal.cloudformation.causes import RULES as STACK_RULES
from ecsportal.ecs.causes import RULES as SERVICE_RULES
from ecsportal.ecs.failures import EXIT_CODES
from ecsportal.steps.contract import JsonDict

JUDGED: dict[str, Mend] = {
    "unknown": Mend.RETRY,
    "no-progress": Mend.ROLL_BACK,
    "timeout": Mend.RETRY,
    "rollout-failed": Mend.ROLL_BACK,
    "rolled-back": Mend.RETRY,
    "service-gone": Mend.RETRY,
    "http-check": Mend.RETRY,
    "aborted": Mend.RETRY,
    "definition-not-found": Mend.STEP,
    "service-not-found": Mend.STEP,
    "no-execution-role": Mend.STEP,
    "task-stopped": Mend.RETRY,
    "task-forgotten": Mend.RETRY,
    "other-container-ended": Mend.STEP,
    "stack-deleted": Mend.RETRY,
    "stack-contended": Mend.RETRY,
    "delete-failed": Mend.RETRY,
    "stack-busy": Mend.RETRY,
    "stack-holds-service": Mend.RETRY,
    "stack-stuck": Mend.RETRY,
    "change-set-failed": Mend.STEP,
    "change-set-gone": Mend.RETRY,
    "termination-protection": Mend.RETRY,
    "validation": Mend.STEP,
    "unresolved-expression": Mend.VARIABLES,
    "aws-permission": Mend.RETRY,
    "aws-credentials": Mend.RETRY,
    "aws-throttled": Mend.RETRY,
    "aws-unreachable": Mend.RETRY,
    "aws-not-found": Mend.RETRY,
    "aws-validation": Mend.STEP,
    "aws-limit": Mend.RETRY,
    "aws-error": Mend.RETRY,
}
"""Causes that no single text tells."""

_MENDS: dict[str, Mend] = {
    **{code.slug: code.mend for code in EXIT_CODES.values()},
    **{rule.slug: rule.mend for rule in (*STACK_RULES, *SERVICE_RULES)},
    **JUDGED,
}


def slugs() -> list[str]:
    """Every cause that a card may show, in alphabetical order."""
    return sorted(_MENDS)


def mend_of(slug: str) -> Mend:
    """What mends a cause; trying again where nothing better is known."""
    return _MENDS.get(slug, Mend.RETRY)


def cause_of_reason(reason: str, naming: Naming) -> Cause | None:
    """The known cause behind a failed stack event, which may quote ECS; or None."""
    return first_cause_of((*STACK_RULES, *SERVICE_RULES), reason, naming)


def kept_failure(cause: Cause, code: str) -> JsonDict:
    """Why a step will fail, as it is kept until what it began has ended."""
    return {
        "code": code,
        "message": cause.sentence,
        "advice": cause.advice,
        "cause": cause.slug,
        "quote": cause.quote[:1000],
    }
