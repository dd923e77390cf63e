"""One look at all stacks of an account and region, for all deployments that follow one there.

A call for each followed stack every few seconds is what CloudFormation throttles first. Once
several stacks are followed, one paged DescribeStacks serves them all; where that doesn't pay or
isn't allowed, each stack is looked at by itself as before.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Any

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.stacks import Stack, all_stacks, describe_stack

_PAYS_FROM = 4
"""Stacks followed at the same time."""
_STILL_FOLLOWED = timedelta(seconds=20)
_FRESH = timedelta(seconds=1)
"""Shorter than the wait after any write: a look from before it is never taken for one after."""
_NOT_AGAIN_FOR = timedelta(minutes=10)


class SharedLook:
    """The look at one account and region; safe between threads, who wait for one look together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._followed: dict[str, datetime] = {}
        self._taken_at: datetime | None = None
        self._stacks: dict[str, Stack] = {}
        self._alone_until: datetime | None = None

    @property
    def is_crowded(self) -> bool:
        """True while so many stacks are followed there that one look serves them all."""
        return len(self._followed) >= _PAYS_FROM

    def stack(self, cfn: Any, name: str, *, now: datetime) -> Stack | None:
        """The stack by name or id, at most a second old; like `describe_stack` otherwise."""
        with self._lock:
            found = self._shared(cfn, name, now)
        return found or describe_stack(cfn, name)

    def _shared(self, cfn: Any, name: str, now: datetime) -> Stack | None:
        self._followed[name] = now
        for each in [key for key, at in self._followed.items() if now - at > _STILL_FOLLOWED]:
            del self._followed[each]
        pays = len(self._followed) >= _PAYS_FROM
        if not pays or (self._alone_until is not None and now < self._alone_until):
            return None
        if self._taken_at is None or abs(now - self._taken_at) >= _FRESH:
            self._look(cfn, now)
        return self._stacks.get(name)

    def _look(self, cfn: Any, now: datetime) -> None:
        most = max(1, len(self._followed) // 2)
        self._taken_at, self._stacks = now, {}
        try:
            stacks = all_stacks(cfn, most_pages=most)
        except AwsError as error:
            if error.code != "AWS-PERMISSION":
                self._taken_at = None
                raise
            stacks = None
        if stacks is None:
            self._alone_until = now + _NOT_AGAIN_FOR
            return
        for stack in stacks:
            self._stacks[stack.id] = self._stacks[stack.name] = stack


_looks: dict[Hashable, SharedLook] = {}
_registry = threading.Lock()


def forget_looks() -> None:
    """Forget what was seen anywhere: for tests that set time and AWS back."""
    with _registry:
        _looks.clear()


def shared_look(place: Hashable) -> SharedLook:
    """The look at an account and region, named by anything that tells them apart."""
    with _registry:
        return _looks.setdefault(place, SharedLook())
