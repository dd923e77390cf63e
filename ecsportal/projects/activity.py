"""What forbids deleting a project now; the apps above know, and register here.

A deployment that runs belongs to an app that this one can't see, so `deployments` registers a
finder in its `AppConfig.ready`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ecsportal.infrastructure.uses import Use
from ecsportal.projects.models import Project

ActivityFinder = Callable[[Project], Iterable[Use]]

_finders: list[ActivityFinder] = []


def register_activity(finder: ActivityFinder) -> None:
    """Ask `finder` before a project is deleted; registering twice counts once."""
    if finder not in _finders:
        _finders.append(finder)


def activities_of(project: Project) -> list[Use]:
    """Everything that is going on in the project and would lose its ground."""
    return [use for finder in _finders for use in finder(project)]
