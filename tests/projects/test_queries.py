"""What projects tell the floors below."""

from __future__ import annotations

import pytest

from ecsportal.infrastructure.uses import uses_of
from tests import builders

pytestmark = pytest.mark.django_db


def test_a_feed_is_used_by_the_projects_whose_current_process_names_it() -> None:
    feed = builders.feed("Docker Hub")
    builders.project("Web shop")
    left = builders.project("Left it")
    builders.process(left, [builders.web_step(feed="another")])

    assert [(use.kind, use.slug, use.url) for use in uses_of("feed", feed)] == [
        ("project", "web-shop", "/projects/web-shop/process/")
    ]


def test_an_environment_is_used_by_the_steps_that_name_it() -> None:
    production = builders.environment("Production")
    builders.project("Web shop", steps=[builders.web_step(environments=["production"])])
    builders.project("Other")

    assert [use.slug for use in uses_of("environment", production)] == ["web-shop"]
