"""Which input values wait for substitution."""

from __future__ import annotations

from typing import TypeGuard

from ecsportal import octostache


def is_bound(value: object) -> TypeGuard[str]:
    """True for text that holds an expression: its real value is known only when deploying."""
    return isinstance(value, str) and octostache.is_bound(value)
