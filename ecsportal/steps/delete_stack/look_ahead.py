"""Whether the stack may be deleted, found out beforehand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.stacks import describe_stack
from ecsportal.steps.bound import is_bound
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.look_ahead import Foreseen


def look_ahead(inputs: JsonDict, clients: Callable[[str], Any]) -> list[Foreseen]:
    """Termination protection would fail the step; a stack that isn't there yet may come."""
    name = inputs.get("stack_name")
    if not isinstance(name, str) or not name or is_bound(name):
        return []
    try:
        stack = describe_stack(clients("cloudformation"), name)
    except AwsError as error:
        return [Foreseen("unknown", f"Couldn't look up stack {name}", error.message)]
    if stack is not None and stack.is_protected:
        hint = "Switch it off in AWS's console if the stack may go."
        return [Foreseen("failed", f"Stack {name} has termination protection", hint)]
    return []
