"""Which deployments a reader finds, by the limits of the roles held."""

from __future__ import annotations

import pytest

from ecsportal.deployments.models import Deployment
from ecsportal.people.models import Role
from ecsportal.people.permissions import visible_pairs
from tests import builders

pytestmark = pytest.mark.django_db


def test_a_role_without_limits_finds_all_of_them() -> None:
    deployment = builders.deployment(builders.release(builders.project()), builders.environment())
    user = builders.user_with_role(Role.VIEWER)
    found = Deployment.objects.filter(visible_pairs(user, "project_id", "environment_id"))
    assert list(found) == [deployment]


def test_a_limited_role_finds_only_its_projects_in_its_environments() -> None:
    mine, other = builders.project(), builders.project()
    here, there = builders.environment(), builders.environment()
    wanted = builders.deployment(builders.release(mine), here)
    builders.deployment(builders.release(mine), there)
    builders.deployment(builders.release(other), here)
    user = builders.user_with_role(Role.VIEWER, projects=[mine], environments=[here])
    found = Deployment.objects.filter(visible_pairs(user, "project_id", "environment_id"))
    assert list(found) == [wanted]


def test_nobody_without_a_role_finds_any() -> None:
    builders.deployment(builders.release(builders.project()), builders.environment())
    user = builders.user_with_role(None)
    found = Deployment.objects.filter(visible_pairs(user, "project_id", "environment_id"))
    assert not found.exists()
