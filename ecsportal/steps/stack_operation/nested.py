"""Failures inside nested stacks: their parent only says that one of them failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.events import STACK, StackEvent, first_cause, new_events
from ecsportal.steps.stack_operation.attempt import StackAttempt

_DEPTH = 4
_CLOCKS_DIFFER = timedelta(seconds=5)


@dataclass(frozen=True)
class InnerFailure:
    """The first failure inside; `path` leads there (`Network/Subnet`)."""

    path: str
    event: StackEvent


def failure_inside(attempt: StackAttempt, logical_id: str, stack_id: str) -> InnerFailure | None:
    """What failed first in the nested stack of this id; None where that can't be seen."""
    path = logical_id
    found: InnerFailure | None = None
    for _ in range(_DEPTH):
        try:
            event = first_cause(_events(attempt, stack_id))
        except AwsError as error:
            if error.transient:
                raise
            attempt.log.verbose(f"The events of {path} can't be read: {error.message}")
            return found
        if event is None or event.physical_id == stack_id:
            return found
        path = f"{path}/{event.logical_id}"
        found = InnerFailure(path, event)
        if event.type != STACK:
            return found
        stack_id = event.physical_id
    return found


def _events(attempt: StackAttempt, stack_id: str) -> list[StackEvent]:
    """This operation's events: by token, or by time where the inner stack has tokens of its own."""
    events = new_events(attempt.cfn, stack_id, known=())
    ours = [event for event in events if event.token.startswith(attempt.token_prefix)]
    if ours or not attempt.memory.operation_at:
        return ours
    began = datetime.fromisoformat(attempt.memory.operation_at) - _CLOCKS_DIFFER
    return [event for event in events if event.at >= began]
