"""What can be told about the inputs in a line."""

from __future__ import annotations

from ecsportal.steps.apply_change_set.inputs import name_of
from ecsportal.steps.bound import is_bound
from ecsportal.steps.contract import JsonDict


def summary(inputs: JsonDict) -> str:
    """`Executes a change set of shop-queue`."""
    stack, change_set = str(inputs.get("stack_id") or ""), str(inputs.get("change_set_id") or "")
    if not change_set:
        return "No change set yet"
    if is_bound(change_set) or is_bound(stack):
        return f"Executes {change_set}"
    return (
        f"Executes {change_set.rpartition('changeSet/')[2].partition('/')[0]} of {name_of(stack)}"
    )
