"""What can be told about the inputs in a line."""

from __future__ import annotations

from ecsportal.steps.contract import JsonDict


def summary(inputs: JsonDict) -> str:
    """`Deletes the stack shop-preview`."""
    name = str(inputs.get("stack_name") or "")
    kept = inputs.get("retain_resources")
    if not name:
        return "No stack yet"
    rest = f", may leave {', '.join(map(str, kept))}" if isinstance(kept, list) and kept else ""
    return f"Deletes the stack {name}{rest}"
