"""All causes that a step may name: those that AWS's texts tell, and those that a step judges."""

from __future__ import annotations

from ecsportal.aws.causes import Cause, Mend, Naming, first_cause_of
from ecsportal.cloudformation.causes import RULES as STACK_RULES
from ecsportal.ecs.causes import RULES as SERVICE_RULES
from ecsportal.ecs.failures import EXIT_CODES
from ecsportal.steps.contract import JsonDict

JUDGED: dict[str, Mend] = {
    "unknown": Mend.ELSEWHERE,
    "no-progress": Mend.ROLL_BACK,
    "timeout": Mend.RETRY,
    "expired": Mend.RETRY,
    "rollout-failed": Mend.ROLL_BACK,
    "rolled-back": Mend.ROLL_BACK,
    "service-gone": Mend.ELSEWHERE,
    "http-check": Mend.ROLL_BACK,
    "aborted": Mend.ELSEWHERE,
    "definition-not-found": Mend.STEP,
    "service-not-found": Mend.STEP,
    "service-draining": Mend.ELSEWHERE,
    "no-execution-role": Mend.STEP,
    "task-stopped": Mend.RETRY,
    "task-forgotten": Mend.ELSEWHERE,
    "other-container-ended": Mend.STEP,
    "stack-deleted": Mend.ELSEWHERE,
    "stack-contended": Mend.RETRY,
    "delete-failed": Mend.ELSEWHERE,
    "stack-busy": Mend.RETRY,
    "stack-holds-service": Mend.ELSEWHERE,
    "stack-stuck": Mend.ELSEWHERE,
    "change-set-failed": Mend.STEP,
    "change-set-gone": Mend.AGAIN,
    "termination-protection": Mend.ELSEWHERE,
    "validation": Mend.STEP,
    "unresolved-expression": Mend.VARIABLES,
    "aws-permission": Mend.ELSEWHERE,
    "aws-credentials": Mend.ACCOUNT,
    "aws-throttled": Mend.RETRY,
    "aws-unreachable": Mend.RETRY,
    "aws-not-found": Mend.ELSEWHERE,
    "aws-validation": Mend.STEP,
    "aws-limit": Mend.ELSEWHERE,
    "aws-error": Mend.RETRY,
}
"""Causes that no single text tells; where nothing ever worked, those of the version are mended in
the step."""

_MENDS: dict[str, tuple[Mend, Mend]] = {
    **{code.slug: (code.mend, code.at_first) for code in EXIT_CODES.values()},
    **{rule.slug: (rule.mend, rule.at_first) for rule in (*STACK_RULES, *SERVICE_RULES)},
    **{slug: (mend, Mend.STEP) for slug, mend in JUDGED.items()},
}


def slugs() -> list[str]:
    """Every cause that a card may show, in alphabetical order."""
    return sorted(_MENDS)


def mend_of(slug: str, *, can_go_back: bool = True) -> Mend:
    """What mends a cause; where there is nothing to go back to, something else than that.

    A cause that isn't known here (of an older or a newer version) is mended elsewhere.
    """
    mend, at_first = _MENDS.get(slug, (Mend.ELSEWHERE, Mend.ELSEWHERE))
    return at_first if mend is Mend.ROLL_BACK and not can_go_back else mend


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
