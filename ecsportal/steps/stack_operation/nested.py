"""Nested stacks: their events, told among those of the stack that holds them.

A stack only says that a nested one is busy or has failed, not why. So the events of a nested stack
are read too, but only while its resource in the stack around it is in progress, and once more when
that has ended: a template without nested stacks costs no call.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.events import STACK, StackEvent, new_events
from ecsportal.steps.stack_operation.attempt import StackAttempt

_DEPTH = 8
_AT_ONCE = 5
"""Busy nested stacks read in one look, the longest unread first: each costs a call."""
_KNOWN_EVENTS = 10
_CLOCKS_DIFFER = timedelta(seconds=5)


@dataclass
class Nested:
    """What is remembered of a nested stack between two looks.

    `within` is the id of the stack around it, `since` when this deployment reached it (empty for a
    new stack: all its events count). `told` says that events of ours were seen in it; `by_time`
    that it gives them tokens of its own, so that only their time tells whose they are.
    """

    id: str
    within: str
    path: str
    depth: int
    since: str = ""
    busy: bool = True
    told: bool = False
    by_time: bool = False
    known: list[str] = field(default_factory=list)


def with_inner(attempt: StackAttempt, stack_id: str, events: list[StackEvent]) -> list[StackEvent]:
    """The stack's new events, those of its nested stacks between them as they happened.

    Nothing is remembered of a look that AWS breaks off.
    """
    known = [Nested(**each) for each in attempt.memory.nested]
    look = _Look(attempt.cfn, attempt.token_prefix, known)
    look.note(events, within=stack_id, path="", depth=0)
    if not look.nested or "nested events" in attempt.memory.warned:
        return events
    try:
        look.read()
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
        attempt.memory.warn_once("nested events")
        attempt.log.warning(f"{error.message} What happens in nested stacks can't be shown.")
    attempt.memory.nested = [asdict(each) for each in look.nested]
    return look.merged(stack_id, events)


def ended_with_inner(
    cfn: Any, stack_id: str, events: list[StackEvent], *, token_prefix: str
) -> list[StackEvent]:
    """The events of an operation that has ended, with those of its nested stacks, read at once.

    `events` are all of the operation. What may not be read is left out.
    """
    look = _Look(cfn, token_prefix, [])
    look.note(events, within=stack_id, path="", depth=0)
    try:
        look.read()
    except AwsError as error:
        if error.code != "AWS-PERMISSION":
            raise
    return look.merged(stack_id, events)


class _Look:
    """One look into the nested stacks that are busy or have just ended."""

    def __init__(self, cfn: Any, token_prefix: str, nested: list[Nested]) -> None:
        self._cfn, self._token_prefix = cfn, token_prefix
        self.nested = nested
        self._ended: set[str] = set()
        self._found: dict[str, list[StackEvent]] = {}

    def note(self, events: Iterable[StackEvent], *, within: str, path: str, depth: int) -> None:
        """Take from a stack's events which nested ones of it are busy, and which have ended."""
        for event in events:
            is_nested = event.type == STACK and not event.is_own
            if not (is_nested and event.physical_id) or depth == _DEPTH:
                continue
            inner = next((each for each in self.nested if each.id == event.physical_id), None)
            if inner is None:
                name = f"{path} / {event.logical_id}" if path else event.logical_id
                since = "" if event.status.startswith("CREATE_") else event.at.isoformat()
                inner = Nested(event.physical_id, within, name, depth + 1, since)
                self.nested.append(inner)
            inner.busy = event.in_progress
            if not inner.busy:
                self._ended.add(inner.id)

    def read(self) -> None:
        """Read outer stacks first: their events tell which inner ones have begun or ended."""
        left = _AT_ONCE
        for depth in range(1, _DEPTH + 1):
            for inner in [each for each in self.nested if each.depth == depth]:
                if inner.id not in self._ended and not (inner.busy and left > 0):
                    continue
                left -= inner.busy
                events = self._read(inner)
                self.note(events, within=inner.id, path=inner.path, depth=depth)
                self._found[inner.id] = [replace(event, path=inner.path) for event in events]
                self.nested.remove(inner)  # to the end: others come first in the next look
                self.nested.append(inner)

    def _read(self, inner: Nested) -> list[StackEvent]:
        """The new events of this operation, by token; where there is none, by time.

        If all of them still carry another token when the nested stack has ended, tokens don't reach
        it: then its events since the begin of this operation count.
        """
        since = datetime.fromisoformat(inner.since) - _CLOCKS_DIFFER if inner.since else None
        events = new_events(self._cfn, inner.id, known=inner.known, since=since)
        prefix = self._token_prefix
        ours = [event for event in events if not event.token or event.token.startswith(prefix)]
        if not ours and not inner.told and inner.id in self._ended:
            inner.by_time = True
        if inner.by_time:
            ours = events
        if not ours:
            return []
        inner.told = True
        inner.known = (inner.known + [event.id for event in events])[-_KNOWN_EVENTS:]
        return ours

    def merged(self, stack_id: str, events: list[StackEvent]) -> list[StackEvent]:
        """All that was found, each nested stack's events put into those of the stack around it."""
        found = defaultdict(list, self._found)
        found[stack_id] = events
        for inner in sorted(self.nested, key=lambda each: -each.depth):
            if found[inner.id]:
                found[inner.within] = _merged(found[inner.within], found[inner.id], inner.id)
        return found[stack_id]


def _merged(outer: list[StackEvent], inner: list[StackEvent], inner_id: str) -> list[StackEvent]:
    """By time, each list in its own order; at the same instant before the nested stack's end."""
    merged: list[StackEvent] = []
    rest = list(inner)
    for event in outer:
        is_end = event.physical_id == inner_id and not event.in_progress
        while rest and (rest[0].at < event.at or (is_end and rest[0].at == event.at)):
            merged.append(rest.pop(0))
        merged.append(event)
    return merged + rest
