"""The pages of projects."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ecsportal.deployments.models import State
from ecsportal.people.models import Role, User
from ecsportal.projects.models import Project
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(administrator: User) -> Client:
    return builders.signed_in(administrator)


def text(response: object) -> str:
    """The answer's page, entities of quotes undone."""
    content: bytes = response.content  # type: ignore[attr-defined]
    return content.decode().replace("&quot;", '"').replace("&#x27;", "'")


def test_the_list_shows_projects_with_their_steps(client: Client) -> None:
    builders.project("Web shop")
    builders.project("Empty", steps=[])

    page = text(client.get("/projects/"))

    assert "Web shop" in page
    assert "1 step" in page
    assert "revision 1" in page
    # "Empty" has a first revision without steps.
    assert "No steps yet" in page


def test_an_empty_list_offers_the_first_project(client: Client) -> None:
    page = text(client.get("/projects/"))

    assert "No projects yet" in page
    assert 'href="/projects/new/"' in page


def test_a_search_that_finds_nothing_can_be_cleared(client: Client) -> None:
    builders.project("Web shop")

    page = text(client.get("/projects/?q=nothing"))

    assert 'No project matches "nothing".' in page
    assert "Clear the filter" in page


def test_the_filter_answers_htmx_with_the_list_alone(client: Client) -> None:
    builders.project("Web shop")
    builders.project("Other")

    response = client.get("/projects/?q=shop", headers={"HX-Request": "true"})

    assert text(response).startswith('<section class="p-panel" id="projects"')
    assert "Other" not in text(response)
    assert "HX-Request" in response["Vary"]


def test_the_list_is_paged(client: Client) -> None:
    for number in range(51):
        builders.project(f"Project {number:03}", steps=[])

    assert "Project 050" not in text(client.get("/projects/"))
    assert "Project 050" in text(client.get("/projects/?page=2"))


def test_the_list_needs_the_same_queries_whatever_its_length(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    builders.project("One")
    client.get("/projects/")
    with django_assert_num_queries(8, exact=False):
        client.get("/projects/")
    for number in range(30):
        builders.project(f"Project {number}")
    with django_assert_num_queries(8, exact=False):
        client.get("/projects/")


def test_other_projects_are_neither_listed_nor_found() -> None:
    mine, theirs = builders.project("Mine"), builders.project("Theirs")
    client = builders.signed_in(builders.user_with_role(Role.LEAD, projects=[mine]))

    page = text(client.get("/projects/"))

    assert ("Mine" in page, "Theirs" in page) == (True, False)
    for path in ("settings/", "process/", "process/revisions/", "releases/", "releases/new/"):
        assert client.get(f"/projects/{theirs.slug}/{path}").status_code == 404
        assert client.get(f"/projects/{mine.slug}/{path}").status_code == 200


def test_a_project_is_created_and_its_process_comes_next(client: Client) -> None:
    response = client.post("/projects/new/", {"name": "Web shop", "description": "Sells"})

    assert response.headers["Location"] == "/projects/web-shop/process/"
    assert Project.objects.get().description == "Sells"


def test_a_taken_name_is_said_beside_its_field_and_nothing_is_lost(client: Client) -> None:
    builders.project("Web shop")

    response = client.post("/projects/new/", {"name": "web SHOP", "description": "Sells"})

    assert response.status_code == 422
    assert 'There is a project "web SHOP" already.' in text(response)
    assert 'value="web SHOP"' in text(response)
    assert "Sells</textarea>" in text(response)


def test_settings_are_saved(client: Client) -> None:
    builders.project("Web shop")

    response = client.post(
        "/projects/web-shop/settings/", {"name": "Shop", "description": "", "revision": "1"}
    )

    assert response.headers["Location"] == "/projects/web-shop/settings/"
    assert Project.objects.get().name == "Shop"


def test_a_second_editor_sees_both_versions_and_may_save_again(client: Client) -> None:
    project = builders.project("Web shop")
    Project.objects.filter(pk=project.pk).update(name="Theirs", revision=2)
    mine = {"name": "Mine", "description": "", "revision": "1"}

    response = client.post("/projects/web-shop/settings/", mine)

    assert response.status_code == 409
    assert 'the name is "Theirs" now' in text(response)
    assert 'value="Mine"' in text(response)
    assert 'name="revision" value="2"' in text(response)


def test_settings_are_readable_for_viewers_and_say_what_is_missing() -> None:
    builders.project("Web shop")
    client = builders.signed_in(builders.user_with_role(Role.VIEWER))

    page = text(client.get("/projects/web-shop/settings/"))

    assert "Needs the permission ProjectEdit in Web shop." in page
    assert "Save settings" not in page
    refused = client.post("/projects/web-shop/settings/", {"name": "Mine"})
    assert refused.status_code == 403


def test_deleting_needs_the_name(client: Client) -> None:
    builders.project("Web shop")

    wrong = client.post("/projects/web-shop/delete/", {"confirm": "web"})
    assert wrong.status_code == 422
    assert 'Type "Web shop" to delete it.' in text(wrong)

    right = client.post("/projects/web-shop/delete/", {"confirm": "Web shop"})
    assert right.headers["Location"] == "/projects/"
    assert not Project.objects.exists()


def test_deleting_is_refused_while_it_deploys(client: Client) -> None:
    project = builders.project("Web shop")
    release = builders.release(project, "1.0")
    builders.deployment(release, builders.environment("Production"), state=State.EXECUTING)

    response = client.post("/projects/web-shop/delete/", {"confirm": "Web shop"})

    assert response.status_code == 422
    assert "Deploy 1.0 to Production" in text(response)
    assert Project.objects.exists()
