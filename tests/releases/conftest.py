"""A project whose images come from a registry that really answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from ecsportal.projects.models import Project
from tests import builders
from tests.releases.registry import Registry, running_registry


@pytest.fixture
def registry(db: None) -> Iterator[Registry]:
    """Serves `shop/web` with a few tags, as the feed "shop"."""
    cache.clear()
    with running_registry(**{"shop/web": ["1.4.1", "latest", "1.4.3", "1.4.2"]}) as running:
        builders.feed("Shop", url=running.url, registry_path="registry.example.com")
        yield running
    cache.clear()


@pytest.fixture
def project(registry: Registry) -> Project:
    """`web-shop`: one step with one container, `web`, from the registry."""
    return builders.project("Web shop", steps=[step_from_shop()])


def step_from_shop(name: str = "Deploy web", repository: str = "shop/web") -> dict[str, object]:
    """A step with one container from the feed "shop"."""
    container = {
        "name": "web",
        "image": {"reference": "web", "feed": "shop", "repository": repository},
        "essential": True,
        "ports": [{"port": 80}],
    }
    step: dict[str, object] = builders.web_step(name, inputs={"containers": [container]})
    return step
