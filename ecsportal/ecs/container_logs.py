"""What containers write, as CloudWatch keeps it under the awslogs driver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecsportal.aws.errors import AwsError, aws_errors

_AT_ONCE = 500
LONGEST_LINE = 2000


@dataclass(frozen=True)
class Stream:
    """One container's log stream; `region` is empty for the task's own region."""

    group: str
    name: str
    region: str = ""


@dataclass(frozen=True)
class Piece:
    """The next lines of a stream, and where to go on."""

    lines: tuple[str, ...]
    position: str


def stream_of(container: Mapping[str, Any], task_id: str) -> Stream | None:
    """Where a container of a task definition writes; None where CloudWatch doesn't have it.

    Without a prefix the stream is named by Docker's own id, which ECS doesn't tell.
    """
    configuration = container.get("logConfiguration") or {}
    options = configuration.get("options") or {}
    prefix, group = options.get("awslogs-stream-prefix"), options.get("awslogs-group")
    if configuration.get("logDriver") != "awslogs" or not prefix or not group:
        return None
    name = f"{prefix}/{container['name']}/{task_id}"
    return Stream(group, name, options.get("awslogs-region", ""))


def next_lines(logs: Any, stream: Stream, position: str = "") -> Piece | None:
    """The lines after `position`, oldest first; None while there is no such stream yet."""
    where = {"nextToken": position} if position else {}
    answer = _events(logs, stream, startFromHead=True, limit=_AT_ONCE, **where)
    if answer is None:
        return None
    return Piece(_texts(answer), str(answer.get("nextForwardToken") or position))


def last_lines(logs: Any, stream: Stream, count: int) -> tuple[str, ...]:
    """The newest lines, oldest of them first; none where there is no such stream."""
    answer = _events(logs, stream, startFromHead=False, limit=count)
    return _texts(answer) if answer else ()


def _events(logs: Any, stream: Stream, **asked: Any) -> Mapping[str, Any] | None:
    """What GetLogEvents answers; None where there is no such group or stream."""
    try:
        with aws_errors:
            answer: Mapping[str, Any] = logs.get_log_events(
                logGroupName=stream.group, logStreamName=stream.name, **asked
            )
    except AwsError as error:
        if error.aws_code == "ResourceNotFoundException":
            return None
        raise
    return answer


def _texts(answer: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(event["message"]).rstrip()[:LONGEST_LINE] for event in answer["events"])
