"""Every stack status, and what a deployment does in it."""

from __future__ import annotations

import pytest

from ecsportal.cloudformation.states import STATES, Next, state_of, what_next


@pytest.mark.parametrize(
    ("status", "then"),
    [
        (None, Next.CREATE),
        ("DELETE_COMPLETE", Next.CREATE),
        ("CREATE_COMPLETE", Next.UPDATE),
        ("UPDATE_COMPLETE", Next.UPDATE),
        ("UPDATE_FAILED", Next.ROLL_BACK),
        ("UPDATE_ROLLBACK_COMPLETE", Next.UPDATE),
        ("IMPORT_COMPLETE", Next.UPDATE),
        ("CREATE_IN_PROGRESS", Next.WAIT),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", Next.WAIT),
        ("UPDATE_ROLLBACK_IN_PROGRESS", Next.WAIT),
        ("DELETE_IN_PROGRESS", Next.WAIT),
        ("CREATE_FAILED", Next.DELETE),
        ("ROLLBACK_COMPLETE", Next.DELETE),
        ("ROLLBACK_FAILED", Next.DELETE),
        ("DELETE_FAILED", Next.DELETE),
        ("REVIEW_IN_PROGRESS", Next.DISCARD),
        ("UPDATE_ROLLBACK_FAILED", Next.CONTINUE),
    ],
)
def test_what_a_deployment_does_with_a_stack_it_finds(status: str | None, then: Next) -> None:
    assert what_next(status) is then


def test_the_unsuccessful_ends_are_those_of_the_reference() -> None:
    bad = {s.status for s in STATES.values() if s.ended and s.good is False}
    assert bad - {"IMPORT_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_FAILED"} == {
        "CREATE_FAILED",
        "ROLLBACK_COMPLETE",
        "ROLLBACK_FAILED",
        "DELETE_FAILED",
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_FAILED",
    }


def test_a_new_version_is_live_while_old_parts_are_still_removed() -> None:
    cleaning = state_of("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    assert (cleaning.live, cleaning.ended, cleaning.next) == (True, False, Next.WAIT)


def test_a_running_rollback_is_known_to_have_failed() -> None:
    assert state_of("ROLLBACK_IN_PROGRESS").good is False
    assert state_of("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS").rolls_back


@pytest.mark.parametrize(
    ("status", "ended", "good"),
    [
        ("REFRESH_IN_PROGRESS", False, None),
        ("REFRESH_ROLLBACK_IN_PROGRESS", False, False),
        ("REFRESH_FAILED", True, False),
        ("REFRESH_COMPLETE", True, True),
    ],
)
def test_a_status_of_the_future_is_judged_by_its_ending(
    status: str, ended: bool, good: bool | None
) -> None:
    state = state_of(status)
    assert (state.ended, state.good) == (ended, good)
