"""The last lines that a failed container wrote: more often than not they name the cause."""

from __future__ import annotations

from ecsportal.aws.errors import AwsError, aws_errors
from ecsportal.ecs.tasks import Container, Task
from ecsportal.steps.deploy_ecs_service.attempt import Attempt

_LINES = 20
_LINE = 400


def last_lines(attempt: Attempt, task: Task) -> list[str]:
    """The last twenty lines of the container that failed, or none where they can't be read."""
    culprit = _culprit(task)
    if culprit is None:
        return []
    group = _log_group(attempt, culprit.name)
    if not group:
        return []
    try:
        with aws_errors:
            answer = attempt.run.aws.logs.get_log_events(
                logGroupName=group,
                logStreamName=f"ecs/{culprit.name}/{task.id}",
                limit=_LINES,
                startFromHead=False,
            )
    except AwsError as error:
        attempt.log.verbose(f"The log of container {culprit.name} can't be read: {error.message}")
        return []
    return [str(event["message"]).rstrip()[:_LINE] for event in answer["events"]]


def _culprit(task: Task) -> Container | None:
    ended = [c for c in task.containers if c.exit_code is not None]
    bad = [c for c in ended if c.exit_code != 0]
    return next(iter(bad or ended), None)


def _log_group(attempt: Attempt, container: str) -> str:
    """The CloudWatch log group of a container that logs automatically, else empty."""
    found = attempt.inputs.container(container)
    if found is None or found.logging.type != "auto":
        return ""
    return attempt.inputs.beyond.log_group_name or f"/ecs/{attempt.inputs.task_name}"
