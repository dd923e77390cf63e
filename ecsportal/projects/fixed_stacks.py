"""The stack that a step has had since its first deployment; the app above registers what it knows.

`deployments` remembers the names, and this app can't see it.
"""

from __future__ import annotations

from typing import Protocol

from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.projects.models import Project


class FixedStacks(Protocol):
    """Finds the name of a stack that was fixed already."""

    def __call__(
        self,
        project: Project,
        environment: Environment,
        target: DeploymentTarget,
        *,
        step: str,
        configured: str,
    ) -> str:
        """The name, or empty where the step has none there under this `stack_name` of its own."""


_finders: list[FixedStacks] = []


def register_fixed_stacks(finder: FixedStacks) -> None:
    """Let `finder` name the stacks; registering twice counts once."""
    if finder not in _finders:
        _finders.append(finder)


def fixed_stack(
    project: Project,
    environment: Environment,
    target: DeploymentTarget,
    *,
    step: str,
    configured: str,
) -> str:
    """The stack that the next deployment of the step uses there, or empty before the first."""
    found = (
        finder(project, environment, target, step=step, configured=configured)
        for finder in _finders
    )
    return next((name for name in found if name), "")
