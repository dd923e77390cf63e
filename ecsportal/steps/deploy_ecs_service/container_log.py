"""The last lines that a failed container wrote: more often than not they name the cause."""

from __future__ import annotations

from ecsportal.aws.errors import AwsError, aws_errors
from ecsportal.ecs.failures import culprit_of
from ecsportal.ecs.tasks import Task
from ecsportal.steps.deploy_ecs_service.attempt import Attempt

LINES = 50
_LONGEST = 400


def last_lines(attempt: Attempt, task: Task) -> list[str]:
    """The last fifty lines of the container that failed, or none where they can't be read."""
    culprit = culprit_of(task)
    if culprit is None or culprit.exit_code is None:
        return []  # it never ran
    group = log_group(attempt, culprit.name)
    if not group:
        return []
    try:
        with aws_errors:
            answer = attempt.run.aws.logs.get_log_events(
                logGroupName=group,
                logStreamName=stream_of(culprit.name, task),
                limit=LINES,
                startFromHead=False,
            )
    except AwsError as error:
        attempt.log.verbose(f"The log of container {culprit.name} can't be read: {error.message}")
        return []
    return [str(event["message"]).rstrip()[:_LONGEST] for event in answer["events"]]


def stream_of(container: str, task: Task) -> str:
    """The log stream of a container that logs automatically."""
    return f"ecs/{container}/{task.id}"


def log_groups(attempt: Attempt) -> list[str]:
    """The log groups that the service's containers write to, each once."""
    names = [log_group(attempt, container.name) for container in attempt.inputs.containers]
    return list(dict.fromkeys(name for name in names if name))


def log_group(attempt: Attempt, container: str) -> str:
    """The CloudWatch log group of a container that logs automatically, else empty."""
    found = attempt.inputs.container(container)
    if found is None or found.logging.type != "auto":
        return ""
    return attempt.inputs.beyond.log_group_name or f"/ecs/{attempt.inputs.task_name}"
