"""The variables on a release's page, and taking them anew."""

from __future__ import annotations

import html

import pytest

from ecsportal.people.models import Role
from ecsportal.projects.models import Project
from ecsportal.releases.models import Release
from tests import builders

pytestmark = pytest.mark.django_db
PAGE = "/projects/web-shop/releases/1.0.0/"
SECRET = "planted-secret-7c1f"


@pytest.fixture
def project(db: None) -> Project:
    """A release, and variables that have changed since."""
    project = builders.project("Web shop")
    old = [{"name": "Count", "value": "2"}, {"name": "Key", "value": "old", "type": "sensitive"}]
    first = builders.variables(project, *old)
    builders.release(project, "1.0.0")
    ids = [entry["id"] for entry in first.variables]
    new = [old[0] | {"id": ids[0], "value": "3"}, old[1] | {"id": ids[1], "value": SECRET}]
    builders.variables(project, *new)
    return project


def page_for(role: str) -> str:
    client = builders.signed_in(builders.user_with_role(role))
    return html.unescape(client.get(PAGE).content.decode())


def test_the_difference_stands_on_the_page_without_secrets(project: Project) -> None:
    page = page_for(Role.LEAD)

    assert "Revision 1, frozen with the release" in page
    assert '<code class="p-was">2</code>' in page
    assert '<code class="p-is">3</code>' in page
    assert "Sensitive: the value changed" in page
    assert SECRET not in page
    assert "Update variables" in page


def test_updating_takes_the_live_variables(project: Project) -> None:
    client = builders.signed_in(builders.user_with_role(Role.LEAD))

    response = client.post(f"{PAGE}variables/", follow=True)

    assert "Variables of 1.0.0 updated: 2 values changed." in response.content.decode()
    assert "The same as the live ones." in response.content.decode()


def test_who_may_not_edit_releases_is_told_so(project: Project) -> None:
    before = Release.objects.get().variables
    page = page_for(Role.DEPLOYER)
    client = builders.signed_in(builders.user_with_role(Role.DEPLOYER))

    assert "Needs the permission ReleaseEdit in Web shop" in page
    assert client.post(f"{PAGE}variables/").status_code == 403
    assert Release.objects.get().variables == before
