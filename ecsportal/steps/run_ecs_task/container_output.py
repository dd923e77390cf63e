"""What the containers write, line by line into the task log while they run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecsportal.aws.errors import AwsError
from ecsportal.ecs.container_logs import Stream, last_lines, next_lines, stream_of
from ecsportal.ecs.tasks import Task
from ecsportal.steps.run_ecs_task.attempt import TaskAttempt

TAIL = 50
MOST_LINES = 5000
"""Told per attempt: a task that writes without end belongs into CloudWatch."""


def tell_output(attempt: TaskAttempt, tasks: Iterable[Task]) -> bool:
    """Tell the lines written since the last look; True when there were any.

    What can't be read is said once and changes nothing: exit codes decide.
    """
    before = attempt.memory.told
    for task, container, stream in _streams(attempt, tasks):
        try:
            _tell_stream(attempt, task, container, stream)
        except AwsError as error:
            if error.transient or error.expired:
                raise
            if attempt.memory.warn_once("logs"):
                attempt.log.warning(
                    f"{error.message} The container's lines can't be shown; its exit code decides."
                )
            return False
    return attempt.memory.told > before


def tail(attempt: TaskAttempt, task: Task, container: str) -> list[str]:
    """The last lines that the container wrote, or none where they can't be read.

    They are asked for at the end: what a container writes may hold secrets, so nothing of it is
    remembered between two polls.
    """
    stream = stream_for(attempt, task, container)
    if stream is None:
        return []
    try:
        return list(last_lines(attempt.run.aws.logs, stream, TAIL))
    except AwsError as error:
        attempt.log.verbose(f"The last lines of {container} can't be read: {error.message}")
        return []


def stream_for(attempt: TaskAttempt, task: Task, container: str) -> Stream | None:
    """Where that container of the task writes; None where it can't be read."""
    found = (stream for _, name, stream in _streams(attempt, [task]) if name == container)
    return next(found, None)


def _streams(attempt: TaskAttempt, tasks: Iterable[Task]) -> Iterator[tuple[Task, str, Stream]]:
    region = attempt.run.target.region
    for task in tasks:
        for container in attempt.memory.logging:
            stream = stream_of(container, task.id)
            if stream is not None and stream.region in ("", region):
                yield task, container["name"], stream


def _tell_stream(attempt: TaskAttempt, task: Task, container: str, stream: Stream) -> None:
    memory = attempt.memory
    piece = next_lines(attempt.run.aws.logs, stream, memory.positions.get(stream.name, ""))
    if piece is None:
        return
    memory.positions[stream.name] = piece.position
    head = _head(attempt, task, container)
    for line in piece.lines:
        memory.told += 1
        if memory.told <= MOST_LINES:
            attempt.log.info(f"{head}{line}")
        elif memory.told == MOST_LINES + 1:
            attempt.log.warning(
                f"The container has written {MOST_LINES} lines; the rest is in CloudWatch only,"
                f" log group {stream.group}."
            )


def _head(attempt: TaskAttempt, task: Task, container: str) -> str:
    """Says whose line it is, where there are several who write."""
    parts = []
    if len(attempt.memory.tasks) > 1:
        parts.append(task.short_id)
    if len(attempt.memory.logging) > 1:
        parts.append(container)
    return f"{' '.join(parts)}: " if parts else ""
