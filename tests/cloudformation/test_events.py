"""Which of a stack's events was the cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from ecsportal.cloudformation.events import STACK, StackEvent, first_cause

AT = datetime(2026, 11, 23, 14, 33, tzinfo=UTC)


def event(
    status: str, *, reason: str = "", logical: str = "ServiceWeb", kind: str = ""
) -> StackEvent:
    return StackEvent("id", AT, logical, "", kind or "AWS::ECS::Service", status, reason)


def test_the_oldest_failure_is_the_cause() -> None:
    first = event("CREATE_FAILED", reason="image", logical="ServiceWeb")
    later = event("CREATE_FAILED", reason="other", logical="ServiceApi")
    assert first_cause([event("CREATE_IN_PROGRESS"), first, later]) is first


def test_what_was_only_cancelled_is_no_cause() -> None:
    cancelled = event("CREATE_FAILED", reason="Resource creation cancelled")
    updated = event("UPDATE_FAILED", reason="Resource update cancelled")
    real = event("CREATE_FAILED", reason="log group exists", logical="AwsLogGroupWeb")
    assert first_cause([cancelled, updated, real]) is real
    assert first_cause([cancelled, updated]) is None


def test_a_nested_stack_is_a_resource_too() -> None:
    own = replace(event("ROLLBACK_FAILED", kind=STACK), stack_id="outer", physical_id="outer")
    nested = replace(own, status="CREATE_FAILED", physical_id="inner", reason="Embedded stack")
    assert (own.is_own, nested.is_own) == (True, False)
    assert first_cause([own, nested]) is nested


def test_a_resource_counts_before_the_stack_itself() -> None:
    stack = event("CREATE_FAILED", reason="failed to create: [ServiceWeb]", kind=STACK)
    resource = event("CREATE_FAILED", reason="image")
    assert first_cause([stack, resource]) is resource
    assert first_cause([stack]) is stack
