"""The list of releases, and the page of one."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ecsportal.deployments.models import State
from ecsportal.people.models import Role, User
from ecsportal.projects.models import Project
from ecsportal.releases.models import Release, ReleaseImage
from tests import builders
from tests.projects.views.test_projects import text

pytestmark = pytest.mark.django_db
RELEASES = "/projects/web-shop/releases/"


@pytest.fixture
def client(administrator: User) -> Client:
    return builders.signed_in(administrator)


@pytest.fixture
def project(db: None) -> Project:
    return builders.project("Web shop")


def test_the_list_is_newest_first_and_marks_changed_images(
    client: Client, project: Project
) -> None:
    builders.release(project, "1.0", tag="1.28")
    builders.release(project, "1.1", tag="1.29")
    builders.release(project, "1.2", tag="1.29")

    page = text(client.get(RELEASES))

    assert page.index(">1.2<") < page.index(">1.1<") < page.index(">1.0<")
    assert page.count('class="new"') == 1


def test_the_first_line_of_the_notes_is_shown(client: Client, project: Project) -> None:
    release = builders.release(project, "1.0")
    Release.objects.filter(pk=release.pk).update(notes="# Gift cards\n\nand more")

    page = text(client.get(RELEASES))

    assert "Gift cards" in page
    assert "and more" not in page


def test_the_list_needs_the_same_queries_whatever_its_length(
    client: Client, project: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(25):
        builders.release(project, f"1.{number}")

    with django_assert_num_queries(12, exact=False):
        client.get(RELEASES)


def test_an_empty_list_offers_the_first_release(client: Client, project: Project) -> None:
    assert "Create the first release" in text(client.get(RELEASES))


def test_a_project_without_steps_leads_to_its_process(client: Client) -> None:
    builders.project("Web shop", steps=[])

    assert "Go to the process" in text(client.get(RELEASES))


def test_a_release_shows_what_it_froze(client: Client, project: Project) -> None:
    release = builders.release(project, "1.0", tag="1.29")
    ReleaseImage.objects.filter(release=release).update(digest="sha256:" + "ab" * 32)

    page = text(client.get(f"{RELEASES}1.0/"))

    assert "docker.io/library/nginx:1.29" in page
    assert "sha256:" + "ab" * 32 in page
    assert 'href="/projects/web-shop/process/revisions/1/"' in page


def test_a_release_lists_its_deployments(client: Client, project: Project) -> None:
    release = builders.release(project, "1.0")
    deployment = builders.deployment(
        release, builders.environment("Production"), state=State.FAILED
    )

    page = text(client.get(f"{RELEASES}1.0/"))

    assert f'href="/deployments/{deployment.pk}/"' in page
    assert "Failed" in page


def test_deployments_to_other_peoples_environments_are_not_listed(project: Project) -> None:
    mine, theirs = builders.environment("Mine"), builders.environment("Theirs")
    release = builders.release(project, "1.0")
    builders.deployment(release, theirs)
    client = builders.signed_in(builders.user_with_role(Role.DEPLOYER, environments=[mine]))

    page = text(client.get(f"{RELEASES}1.0/"))

    assert "Not deployed yet." in page
    assert "Theirs" not in page


def test_an_unknown_digest_is_said(client: Client, project: Project) -> None:
    release = builders.release(project, "1.0")
    ReleaseImage.objects.filter(release=release).update(digest="")

    assert "Not known: the feed didn't answer" in text(client.get(f"{RELEASES}1.0/"))


def test_notes_are_markdown_and_never_markup(client: Client, project: Project) -> None:
    release = builders.release(project, "1.0")
    notes = (
        "# Big\n**bold** <script>alert(1)</script> [x](javascript:alert(1)) ![i](https://e.org/i)"
    )
    Release.objects.filter(pk=release.pk).update(notes=notes)

    page = text(client.get(f"{RELEASES}1.0/"))

    assert "<h3>Big</h3>" in page
    assert "<strong>bold</strong>" in page
    assert "<script>alert" not in page
    assert 'href="javascript' not in page
    assert 'src="https://e.org' not in page


def test_a_release_that_does_not_exist_names_the_newest(client: Client, project: Project) -> None:
    builders.release(project, "1.4.3")

    response = client.get(f"{RELEASES}1.4.9/")

    assert response.status_code == 404
    assert "There is no release 1.4.9 of Web shop. The newest is 1.4.3." in text(response)


def test_the_actions_name_every_environment(client: Client, project: Project) -> None:
    builders.environment("Development", order=1)
    builders.environment("Production", order=2)
    builders.release(project, "1.0")

    page = text(client.get(f"{RELEASES}1.0/"))

    assert f'href="{RELEASES}1.0/deploy/development/"' in page
    assert f'href="{RELEASES}1.0/deploy/production/"' in page
    assert f'href="{RELEASES}new/?copy=1.0"' in page


@pytest.mark.parametrize(
    ("late_error", "filled"), [(None, "Production"), ({"message": "It crashed."}, "Staging")]
)
def test_the_filled_button_leads_to_where_the_release_has_yet_to_succeed(
    client: Client, project: Project, late_error: dict[str, str] | None, filled: str
) -> None:
    staging, _ = builders.environment("Staging"), builders.environment("Production")
    release = builders.release(project)
    builders.deployment(release, staging, state=State.SUCCEEDED, late_error=late_error)
    html = text(client.get(f"/projects/{project.slug}/releases/{release.version}/"))
    button = html.partition('class="btn btn-primary"')[2].partition("</a>")[0]
    assert f"Deploy to {filled}…" in button


def test_viewers_see_what_they_lack(project: Project) -> None:
    builders.environment("Development")
    builders.release(project, "1.0")
    client = builders.signed_in(builders.user_with_role(Role.VIEWER))

    page = text(client.get(f"{RELEASES}1.0/"))

    assert "Needs the permission DeploymentCreate in Development." in page
    assert "/deploy/development/" not in page
    assert client.post(f"{RELEASES}1.0/delete/").status_code == 403


def test_a_release_is_deleted(client: Client, project: Project) -> None:
    builders.release(project, "1.0")

    assert client.post(f"{RELEASES}1.0/delete/").headers["Location"] == RELEASES
    assert not Release.objects.exists()


def test_deleting_is_refused_while_it_runs(client: Client, project: Project) -> None:
    release = builders.release(project, "1.0")
    builders.deployment(release, builders.environment("Production"), state=State.SUCCEEDED)

    response = client.post(f"{RELEASES}1.0/delete/", follow=True)

    assert "Release 1.0 is still needed: Deploy 1.0 to Production." in text(response)
    assert Release.objects.exists()
