"""A failure in one sentence where there are several targets: how many failed, then the cause.

The number comes first, because a cell may have to cut the end; and a cause of one of them alone
says on which, so that nobody takes it for the cause of all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LIVED = re.compile(r" \w+ seconds? after it starts")
"""What differs between targets where one cause ends the same container."""


@dataclass(frozen=True)
class FailedRun:
    """What one run of a step failed of; `target` is empty for a step without targets."""

    step: str
    target: str
    target_name: str
    message: str

    @property
    def cause(self) -> tuple[str, str]:
        """Equal for runs that failed of the same."""
        return (self.step, _LIVED.sub("", self.message))


def sentence_of(failed: Sequence[FailedRun], *, targets: int) -> str:
    """`2 of 3 targets failed. <cause>`; the cause alone where no more than one target failed.

    `failed` has at least one run, `targets` is the number of all that the deployment has.
    """
    first = failed[0]
    bad = {run.target for run in failed if run.target}
    if len(bad) < 2:
        return first.message
    count = f"{len(bad)} of {targets} targets failed"
    causes = len({run.cause for run in failed})
    if causes == 1:
        return f"{count}. {first.message}"
    where = f"On {first.target_name}: " if first.target else ""
    return f"{count} for {causes} reasons. {where}{first.message}"
