"""The last lines that a failed container wrote: more often than not they name the cause."""

from __future__ import annotations

from ecsportal.aws.errors import AwsError
from ecsportal.ecs import container_logs
from ecsportal.ecs.failures import culprit_of
from ecsportal.ecs.tasks import Task
from ecsportal.steps.service_rollout.attempt import RolloutAttempt

LINES = 50
_LONGEST = 400


def last_lines(attempt: RolloutAttempt, task: Task) -> list[str]:
    """The last fifty lines of the container that failed, or none where they can't be read."""
    culprit = culprit_of(task)
    if culprit is None or culprit.exit_code is None:
        return []  # it never ran
    stream = attempt.log_stream(culprit.name, task)
    if stream is None:
        return []
    try:
        found = container_logs.last_lines(attempt.run.aws.logs, stream, LINES)
    except AwsError as error:
        attempt.log.verbose(f"The log of container {culprit.name} can't be read: {error.message}")
        return []
    return [line[:_LONGEST] for line in found]
