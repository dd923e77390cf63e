"""What every stack state means, and what a deployment has to do in it.

Source: the stack status codes of the CloudFormation User Guide, and the reference product's list of
states that cannot be updated. Pure: no calls, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Next(StrEnum):
    """What a deployment does with a stack that it finds."""

    CREATE = "create"
    UPDATE = "update"
    WAIT = "wait"
    DELETE = "delete"
    """Delete it, wait, create it anew."""
    DISCARD = "discard"
    """A change set that was never executed: holds nothing and never ends by itself."""
    ROLL_BACK = "roll_back"
    """It failed with its rollback switched off: go back first, then update."""
    CONTINUE = "continue"
    """The rollback broke off while something may still serve: mend or delete, a choice."""


@dataclass(frozen=True)
class StackState:
    """One status: what comes next, whether the operation has ended, and how it went.

    `good` is None while that is open. `rolls_back` is true from the moment the operation is known
    to have failed and CloudFormation goes back.
    """

    status: str
    next: Next
    ended: bool
    good: bool | None
    rolls_back: bool = False

    @property
    def live(self) -> bool:
        """True when the new version is in place, even if old parts are still being removed."""
        return self.good is True


def _running(status: str, *, rolls_back: bool = False) -> StackState:
    return StackState(status, Next.WAIT, False, False if rolls_back else None, rolls_back)


def _good(status: str, then: Next = Next.UPDATE) -> StackState:
    return StackState(status, then, True, True)


def _bad(status: str, then: Next, *, rolls_back: bool = False) -> StackState:
    return StackState(status, then, True, False, rolls_back)


STATES: dict[str, StackState] = {
    state.status: state
    for state in (
        _running("CREATE_IN_PROGRESS"),
        _good("CREATE_COMPLETE"),
        _bad("CREATE_FAILED", Next.DELETE),
        _running("ROLLBACK_IN_PROGRESS", rolls_back=True),
        _bad("ROLLBACK_COMPLETE", Next.DELETE, rolls_back=True),
        _bad("ROLLBACK_FAILED", Next.DELETE, rolls_back=True),
        _running("UPDATE_IN_PROGRESS"),
        StackState("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Next.WAIT, False, True),
        _good("UPDATE_COMPLETE"),
        _bad("UPDATE_FAILED", Next.ROLL_BACK),
        _running("UPDATE_ROLLBACK_IN_PROGRESS", rolls_back=True),
        _running("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", rolls_back=True),
        _bad("UPDATE_ROLLBACK_COMPLETE", Next.UPDATE, rolls_back=True),
        _bad("UPDATE_ROLLBACK_FAILED", Next.CONTINUE, rolls_back=True),
        _running("DELETE_IN_PROGRESS"),
        _good("DELETE_COMPLETE", Next.CREATE),
        _bad("DELETE_FAILED", Next.DELETE),
        StackState("REVIEW_IN_PROGRESS", Next.DISCARD, False, None),
        _running("IMPORT_IN_PROGRESS"),
        _good("IMPORT_COMPLETE"),
        _running("IMPORT_ROLLBACK_IN_PROGRESS", rolls_back=True),
        _bad("IMPORT_ROLLBACK_COMPLETE", Next.UPDATE, rolls_back=True),
        _bad("IMPORT_ROLLBACK_FAILED", Next.DELETE, rolls_back=True),
    )
}


def state_of(status: str) -> StackState:
    """The meaning of a status; one that AWS adds later is judged by its ending."""
    known = STATES.get(status)
    if known is not None:
        return known
    if status.endswith("_IN_PROGRESS"):
        return _running(status, rolls_back="ROLLBACK" in status)
    if status.endswith("_FAILED") or "ROLLBACK" in status:
        return _bad(status, Next.UPDATE, rolls_back="ROLLBACK" in status)
    return _good(status)


def what_next(status: str | None) -> Next:
    """What to do with a stack in this status; None means that there is no stack."""
    return Next.CREATE if status is None else state_of(status).next
