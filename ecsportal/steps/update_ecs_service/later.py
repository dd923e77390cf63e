"""What became of a rollout that nobody waited for, one look at a time; nothing is written.

Success is only that the registered revision runs. A rollout without a circuit breaker never ends by
itself: where the watch would have given it up long ago, that is told as its end.
"""

from __future__ import annotations

from ecsportal.aws.causes import Cause
from ecsportal.ecs.failures import most_telling
from ecsportal.ecs.rollouts import Service, Verdict, describe_service
from ecsportal.steps.contract import LaterOutcome, Replaced, Succeeded, Waiting
from ecsportal.steps.service_rollout import watch
from ecsportal.steps.update_ecs_service import ending
from ecsportal.steps.update_ecs_service.attempt import UpdateAttempt
from ecsportal.steps.wording import counted

_BREAKER_SECONDS = 900
"""A circuit breaker has decided by then about a rollout whose tasks fail."""
_LONGEST_SECONDS = 3 * 3600
"""As long as CloudFormation would wait for the service."""


def outcome(attempt: UpdateAttempt) -> LaterOutcome:
    """How the rollout stands or has ended."""
    memory = attempt.memory
    memory.operation_at = memory.operation_at or attempt.run.now.isoformat()
    service = describe_service(attempt.ecs, attempt.service_cluster, memory.service)
    watch.watch(attempt, service)
    match ending.verdict_on(attempt, service):
        case Verdict.SETTLED:
            return Succeeded(ending.outputs(attempt))
        case Verdict.ROLLING:
            stuck = _given_up(attempt, service)
            return ending.failed(attempt, stuck) if stuck else Waiting(memory.dump(), 0.0)
        case Verdict.ROLLED_BACK if service is not None and (by := _replaced_by(attempt, service)):
            return Replaced(memory.task_definition.rpartition("/")[2], by)
        case verdict:
            return ending.failed(attempt, ending.why_not(attempt, service, verdict))


def _replaced_by(attempt: UpdateAttempt, service: Service) -> str:
    """The third revision that runs, where nothing tells that ours had failed before it; or empty.

    That one's rollout has an end of its own.
    """
    memory, primary = attempt.memory, service.primary
    if primary is None or primary.task_definition == memory.before_task_definition:
        return ""
    if "rolling back" in primary.reason:
        return ""
    ours = service.rollouts_of(memory.task_definition)
    return "" if any(each.state == "FAILED" for each in ours) else primary.revision


def _given_up(attempt: UpdateAttempt, service: Service | None) -> Cause | None:
    """Why a rollout that still goes on counts as failed, or None while it may succeed."""
    ran = attempt.memory.operation_seconds(attempt.run.now)
    if ran >= _BREAKER_SECONDS and (hopeless := watch.early_end(attempt)):
        return hopeless
    if ran < _LONGEST_SECONDS:
        return None
    primary = service.primary if service else None
    tasks = f"{primary.running} of {counted(primary.desired, 'task')}" if primary else "no task"
    wanted = attempt.memory.task_definition.rpartition("/")[2]
    return most_telling(watch.causes(attempt)) or Cause(
        "rollout-failed",
        f"The rollout of {wanted} has not ended after 3 h: {tasks} running.",
        "Read the service's events below, correct what they name, then deploy again.",
        heals=False,
    )
