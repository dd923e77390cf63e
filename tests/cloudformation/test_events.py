"""What a stack's events say of themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ecsportal.cloudformation.events import STACK, StackEvent, is_consequence

EVENT = StackEvent(
    "id",
    datetime(2026, 11, 23, 14, 33, tzinfo=UTC),
    "ServiceWeb",
    "",
    "AWS::ECS::Service",
    "CREATE_FAILED",
)


@pytest.mark.parametrize(
    ("reason", "follows"),
    [
        ("Resource creation cancelled", True),
        ("Resource update cancelled", True),
        ("log group exists", False),
        ("", False),
    ],
)
def test_what_was_only_cancelled_follows_another_failure(reason: str, follows: bool) -> None:
    assert is_consequence(replace(EVENT, reason=reason)) is follows


def test_a_nested_stack_is_a_resource_of_the_one_around_it() -> None:
    own = replace(EVENT, type=STACK, stack_id="outer", physical_id="outer")
    nested = replace(own, physical_id="inner")
    assert (own.is_own, nested.is_own, EVENT.is_own) == (True, False, False)
