"""The process page and its acts."""

from __future__ import annotations

import pytest
from django.test import Client

from ecsportal.people.models import Role, User
from ecsportal.projects.models import Project
from ecsportal.projects.queries import current_process
from tests import builders
from tests.projects.views.test_projects import text

pytestmark = pytest.mark.django_db
PROCESS = "/projects/web-shop/process/"


@pytest.fixture
def client(administrator: User) -> Client:
    return builders.signed_in(administrator)


@pytest.fixture
def project(db: None) -> Project:
    """Two steps, of which the second has a problem."""
    steps = [builders.web_step("Deploy api"), builders.web_step("Deploy web", target_tags=[])]
    return builders.project("Web shop", steps=steps)


def slugs(project: Project) -> list[str]:
    current = current_process(project)
    return [step["slug"] for step in current.steps] if current else []


def test_steps_are_shown_in_order_with_summary_and_problems(
    client: Client, project: Project
) -> None:
    page = text(client.get(PROCESS))

    assert page.index("Deploy api") < page.index("Deploy web")
    assert "web: 1 task of 0.25 vCPU and 0.5 GB, container nginx" in page
    assert "Name at least one target tag" in page
    assert "<code>target_tags</code>" in page
    assert "1 problem in this process." in page


def test_an_empty_process_offers_the_first_step(client: Client) -> None:
    builders.project("Web shop", steps=[])

    assert "Add the first step" in text(client.get(PROCESS))


def test_the_catalogue_names_every_step_type(client: Client, project: Project) -> None:
    assert "Deploy Amazon ECS Service" in text(client.get(f"{PROCESS}add/"))


def test_a_step_moves(client: Client, project: Project) -> None:
    response = client.post(f"{PROCESS}order/", {"step": "deploy-web", "direction": "up"})

    assert response.headers["Location"] == PROCESS
    assert slugs(project) == ["deploy-web", "deploy-api"]


def test_a_step_is_disabled_and_then_counts_no_problem(client: Client, project: Project) -> None:
    client.post(f"{PROCESS}deploy-web/disabled/", {"disabled": "1"})

    page = text(client.get(PROCESS))
    assert "Disabled" in page
    assert "in this process." not in page


def test_a_deleted_step_can_be_brought_back(client: Client, project: Project) -> None:
    gone = client.post(f"{PROCESS}deploy-api/delete/")
    assert slugs(project) == ["deploy-web"]
    page = text(client.get(gone.headers["Location"]))
    assert "Deploy api deleted." in page

    client.post(f"{PROCESS}undo/", {"step": "deploy-api", "revision": "1"})

    assert slugs(project) == ["deploy-api", "deploy-web"]
    assert "deleted." not in text(client.get(gone.headers["Location"]))


def test_a_step_that_is_gone_meanwhile_is_said_as_a_message(
    client: Client, project: Project
) -> None:
    response = client.post(f"{PROCESS}deploy-nothing/delete/", follow=True)

    assert 'has no step "deploy-nothing"' in text(response)


def test_the_history_says_who_changed_what(client: Client, project: Project) -> None:
    client.post(f"{PROCESS}order/", {"step": "deploy-web", "direction": "up"})

    page = text(client.get(f"{PROCESS}revisions/"))

    assert "Revision 2" in page
    assert "moved" in page
    assert "ada" in page


def test_a_revision_is_shown_read_only_and_can_be_restored(
    client: Client, project: Project
) -> None:
    client.post(f"{PROCESS}deploy-api/delete/")

    page = text(client.get(f"{PROCESS}revisions/1/"))
    assert "Deploy api" in page
    assert '"task_name": "web"' in page

    client.post(f"{PROCESS}revisions/1/restore/", {"expected": "2"})
    assert slugs(project) == ["deploy-api", "deploy-web"]


def test_restoring_over_a_newer_revision_is_refused(client: Client, project: Project) -> None:
    client.post(f"{PROCESS}deploy-api/delete/")
    client.post(f"{PROCESS}deploy-web/delete/")

    response = client.post(f"{PROCESS}revisions/1/restore/", {"expected": "2"}, follow=True)

    assert "revision 3 is the newest now" in text(response)
    assert slugs(project) == []


def test_a_revision_that_does_not_exist_is_404(client: Client, project: Project) -> None:
    assert client.get(f"{PROCESS}revisions/9/").status_code == 404


def test_viewers_read_the_process_and_change_nothing(project: Project) -> None:
    client = builders.signed_in(builders.user_with_role(Role.VIEWER))

    page = text(client.get(PROCESS))

    assert "Deploy api" in page
    assert "Needs the permission ProcessEdit in Web shop." in page
    assert "Add step" not in page
    for path in ("order/", "undo/", "deploy-api/delete/", "deploy-api/disabled/"):
        assert client.post(PROCESS + path).status_code == 403
    assert client.get(f"{PROCESS}add/").status_code == 403


def test_all_steps_are_put_in_a_new_order(client: Client, project: Project) -> None:
    response = client.post(f"{PROCESS}order/", {"order": "deploy-web,deploy-api"})

    assert response.headers["Location"] == PROCESS
    assert slugs(project) == ["deploy-web", "deploy-api"]


def test_an_order_that_names_other_steps_loses_none(client: Client, project: Project) -> None:
    client.post(f"{PROCESS}order/", {"order": "gone,deploy-web"})

    assert slugs(project) == ["deploy-web", "deploy-api"]


def test_a_process_of_several_steps_has_a_picture(client: Client, project: Project) -> None:
    page = text(client.get(PROCESS))

    assert 'aria-label="Picture of the process"' in page
    assert "2 Deploy web" in page
