"""One look at all stacks that change in an account and region."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ecsportal.aws.shared_look import SharedLooks
from ecsportal.cloudformation.stacks import Stack, changing_stacks, describe_stack

_looks: SharedLooks[Stack] = SharedLooks()
forget_looks = _looks.forget


def followed_stack(cfn: Any, name: str, *, place: Hashable, now: datetime) -> Stack | None:
    """The stack by name or id, at most a second old; like `describe_stack` otherwise.

    While it changes it may come without parameters, outputs and tags.
    """

    def changing(names: Sequence[str]) -> Mapping[str, Stack] | None:
        stacks = changing_stacks(cfn, most_pages=max(1, len(names) // 2))
        if stacks is None:
            return None
        return {key: stack for stack in stacks for key in (stack.id, stack.name)}

    return _looks.of(place).at(name, changing, now=now) or describe_stack(cfn, name)


def is_crowded(place: Hashable) -> bool:
    """True while several stacks are followed in this account and region."""
    return _looks.of(place).is_crowded
