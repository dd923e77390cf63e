"""A project whose steps follow scripts, ready to be deployed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ecsportal.deployments import engine, services
from ecsportal.deployments.models import Deployment
from ecsportal.infrastructure.models import Environment
from ecsportal.people.models import User
from ecsportal.steps import catalogue
from tests import builders
from tests.deployments import scripted_step


@pytest.fixture(autouse=True)
def _scripted_step() -> Iterator[None]:
    scripted_step.register()
    scripted_step.CALLS.clear()
    yield
    catalogue.unregister_all()


@pytest.fixture
def staging(transactional_db: None) -> Environment:
    """An environment with one target, tagged web. Committed: the pool has other threads."""
    environment = builders.environment("Staging")
    builders.target("shop-staging", environments=[environment])
    return environment


@pytest.fixture
def deployer(transactional_db: None) -> User:
    return builders.user_with_role(name="dora")


Queue = Callable[..., Deployment]


@pytest.fixture
def queue(staging: Environment, deployer: User) -> Queue:
    """Queues a new release of a project with the given steps."""

    def make(*steps: Any, project: Any = None, **options: Any) -> Deployment:
        project = project or builders.project(steps=steps)
        number = project.releases.count() + 1
        release = builders.release(project, f"1.0.{number}")
        return services.queue_deployment(release, environment=staging, by=deployer, **options)

    return make


def run(deployment: Deployment) -> Deployment:
    """Let the engine do all that is due; the deployment as it is then."""
    engine.advance_due()
    deployment.refresh_from_db()
    return deployment
