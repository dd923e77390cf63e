"""Deploying a release right after it was created.

Deployments belong to an app that this one can't see, so `deployments` registers how to queue one in
its `AppConfig.ready`. Without it the page doesn't offer to deploy.
"""

from __future__ import annotations

from typing import Protocol

from ecsportal.infrastructure.models import Environment
from ecsportal.people.models import User
from ecsportal.releases.models import Release


class Deployer(Protocol):
    """Queues the release for the environment and answers the page to go on to.

    `request_token` is the form's: the same one again must not queue a second time. Raises a
    Problem where the release can't run there.
    """

    def __call__(
        self, release: Release, *, environment: Environment, by: User, request_token: str
    ) -> str: ...


_deployers: list[Deployer] = []


def register_deployer(deployer: Deployer) -> None:
    """Use `deployer` from now on; the last one registered counts."""
    _deployers[:] = [deployer]


def deployer() -> Deployer | None:
    """How to deploy a release at once, or None where nothing can."""
    return _deployers[0] if _deployers else None
