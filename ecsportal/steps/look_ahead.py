"""What a step can find out in AWS before it is deployed.

The deploy page asks in the background; nothing is changed. What can't be looked up is said and
stands in nobody's way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from ecsportal.steps.contract import JsonDict


@dataclass(frozen=True)
class Foreseen:
    """One finding: `failed` would fail the deployment, `unknown` could not be looked up."""

    kind: Literal["failed", "warning", "unknown"]
    text: str
    hint: str = ""


@runtime_checkable
class LooksAhead(Protocol):
    """A step type that can look ahead."""

    def look_ahead(
        self, inputs: JsonDict, version: int, *, stack_name: str, clients: Callable[[str], Any]
    ) -> list[Foreseen]:
        """What stands in the way on one target; nothing where all is in order.

        `inputs` are evaluated as far as that is possible beforehand; `clients` gives boto3 clients
        by service name.
        """


@runtime_checkable
class Lints(Protocol):
    """A step type that can have its template looked through by a linter; takes seconds."""

    def lint(self, inputs: JsonDict, *, region: str) -> list[Foreseen]:
        """The linter's advice, as warnings."""
