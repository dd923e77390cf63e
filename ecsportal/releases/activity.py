"""What forbids deleting a release now; the apps above know, and register here."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ecsportal.infrastructure.uses import Use
from ecsportal.releases.models import Release

ActivityFinder = Callable[[Release], Iterable[Use]]

_finders: list[ActivityFinder] = []


def register_activity(finder: ActivityFinder) -> None:
    """Ask `finder` before a release is deleted; registering twice counts once.

    `deployments` registers one that names the environments where the release runs or is deployed.
    """
    if finder not in _finders:
        _finders.append(finder)


def activities_of(release: Release) -> list[Use]:
    """Everything that runs the release, or is about to."""
    return [use for finder in _finders for use in finder(release)]
