from __future__ import annotations

import pytest

from ecsportal.people.models import Role
from tests import builders


@pytest.mark.django_db
def test_builders_make_a_deployed_release_of_a_project() -> None:
    production = builders.environment("Production")
    target = builders.target(environments=[production])
    project = builders.project("Web shop")
    release = builders.release(project, "1.0.0")

    deployment = builders.deployment(release, production, targets=[target])
    builders.log_lines(deployment, "one", "two")

    assert project.slug == "web-shop"
    assert [image.tag for image in release.images.all()] == ["1.29"]
    assert [run.state for run in deployment.steps.get().targets.all()] == ["succeeded"]
    assert [line.seq for line in deployment.lines.all()] == [1, 2]


@pytest.mark.django_db
def test_a_built_user_signs_in_and_has_a_key() -> None:
    user = builders.user_with_role(Role.VIEWER)

    answer = builders.api_client(user).get("/api/v1/me")

    assert answer.json()["roles"] == [{"role": "viewer", "projects": [], "environments": []}]
