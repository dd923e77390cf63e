"""Why a stack operation failed that nobody waited for, told from its events alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ecsportal.aws.causes import Cause, Naming
from ecsportal.cloudformation.events import StackEvent, is_consequence
from ecsportal.cloudformation.states import state_of
from ecsportal.steps.contract import StepError
from ecsportal.steps.reasons import folded, with_quote
from ecsportal.steps.stack_operation import failure
from ecsportal.steps.stack_operation.nested import ended_with_inner

_REASONS = 30


def why_it_failed(
    cfn: Any, stack_name: str, own: Sequence[StackEvent], *, token_prefix: str, naming: Naming
) -> StepError:
    """The failure of an operation that has ended; `own` are all its events, the oldest first.

    As where it is waited for, what failed in a nested stack is named with its own reason.
    """
    events = ended_with_inner(cfn, own[0].stack_id, list(own), token_prefix=token_prefix)
    failed = [event for event in events if _counts(event)]
    of_resources = [event for event in failed if not event.is_own]
    status = own[-1].status
    cause = _cause(stack_name, status, events, of_resources, naming)
    said = [failure.of_event(failure.as_failed(event)) for event in failed]
    evidence = folded(with_quote(said, cause.quote))[:_REASONS]
    serves = any(event.type == "AWS::ECS::Service" for event in events)
    back = ""
    if status == "UPDATE_ROLLBACK_COMPLETE":
        back = "What ran before serves again." if serves else "The stack is what it was before."
    return StepError(
        code=_code(status, serves=serves),
        message=cause.sentence,
        advice=cause.advice,
        cause=cause.slug,
        details=tuple(piece.line for piece in evidence),
        still_serving=back,
        evidence=evidence,
    )


def deleted_meanwhile(stack_name: str) -> StepError:
    """The failure of an operation that had not ended when somebody deleted its stack."""
    return StepError(
        code="CFN-DEPLOY-FAILED",
        message=f"Stack {stack_name} was deleted before it was complete.",
        advice="Find out who deleted it, then deploy again.",
        cause="stack-deleted",
    )


def _counts(event: StackEvent) -> bool:
    """What a nested stack says of itself, the stack around it tells as well."""
    return event.failed and not is_consequence(event) and not (event.path and event.is_own)


def _code(status: str, *, serves: bool) -> str:
    if status == "DELETE_FAILED":
        return "CFN-DELETE-FAILED"
    return "ECS-DEPLOY-FAILED" if serves else "CFN-DEPLOY-FAILED"


def _cause(
    stack_name: str,
    status: str,
    events: Sequence[StackEvent],
    failed: Sequence[StackEvent],
    naming: Naming,
) -> Cause:
    """The oldest failed resource's, else what the stack says of itself."""
    if failed:
        known = failure.cause_of_event(failure.as_failed(failed[0]), naming)
        return failure.unwatched(replace(known, quote=known.quote or failed[0].reason))
    turns = [event for event in events if event.is_own and not event.path]
    bad = [event for event in turns if state_of(event.status).good is False and event.reason]
    return Cause(
        "unknown",
        f"Stack {stack_name} ended in {status}.",
        "Read AWS's words below, correct what they name, then deploy again.",
        heals=True,
        quote=bad[0].reason if bad else "",
    )
