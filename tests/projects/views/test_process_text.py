"""The process as one text: the page and the file."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from ecsportal.people.models import Role, User
from ecsportal.projects.models import Project
from ecsportal.projects.process_text_editing import text_of
from ecsportal.projects.queries import current_process
from tests import builders
from tests.projects.views.test_projects import text as text_on

pytestmark = pytest.mark.django_db
PAGE = "/projects/web-shop/process/text/"


@pytest.fixture
def client(administrator: User) -> Client:
    return builders.signed_in(administrator)


@pytest.fixture
def project(db: None) -> Project:
    return builders.project("Web shop", steps=[builders.web_step()])


@pytest.fixture
def text(project: Project) -> str:
    return text_of(project, current_process(project))


def number(project: Project) -> int:
    current = current_process(project)
    return current.number if current else 0


def test_the_page_shows_the_process_and_its_revision(client: Client, text: str) -> None:
    page = text_on(client.get(PAGE))

    assert "slug: deploy-web" in page
    assert "Revision 1" in page


def test_a_look_shows_what_changes_and_saves_nothing(
    client: Client, project: Project, text: str
) -> None:
    changed = text.replace("task_name: web", "task_name: shop")
    page = text_on(client.post(PAGE, {"text": changed, "revision": "1", "act": "look"}))

    assert "web → shop" in page
    assert "Save process" in page
    assert number(project) == 1


def test_saving_leads_to_the_process(client: Client, project: Project, text: str) -> None:
    changed = text.replace("name: Deploy web", "name: Ship")
    response = client.post(PAGE, {"text": changed, "revision": "1", "act": "save"})

    assert response.headers["Location"] == "/projects/web-shop/process/"
    assert number(project) == 2


def test_a_file_takes_the_place_of_the_text(client: Client, project: Project, text: str) -> None:
    file = SimpleUploadedFile("p.yaml", text.replace("name: Deploy web", "name: Ship").encode())
    page = text_on(client.post(PAGE, {"text": "", "file": file, "revision": "1", "act": "look"}))

    assert "Deploy web → Ship" in page
    assert "name: Ship" in page


def test_a_file_that_is_no_text_is_refused(client: Client, project: Project) -> None:
    file = SimpleUploadedFile("p.yaml", b"\xff\xfe\x00")
    response = client.post(PAGE, {"text": "steps: []", "file": file, "act": "look"})

    assert response.status_code == 422
    assert "The file isn't text in UTF-8." in text_on(response)


def test_errors_name_their_lines_and_nothing_typed_is_lost(
    client: Client, project: Project, text: str
) -> None:
    wrong = text.replace("name: Deploy web", "name: Deploy web\n  colour: red")
    response = client.post(PAGE, {"text": wrong, "revision": "1", "act": "save"})

    page = text_on(response)
    assert response.status_code == 422
    assert 'data-text-line="5"' in page
    assert "colour: red" in page
    assert "Save process" not in page


def test_broken_rules_are_saved_only_when_asked(
    client: Client, project: Project, text: str
) -> None:
    wrong = {"text": text.replace('memory: "512"', 'memory: "513"'), "revision": "1"}

    refused = client.post(PAGE, wrong | {"act": "save"})
    assert refused.status_code == 422
    assert "Save with 1 problem" in text_on(refused)

    client.post(PAGE, wrong | {"act": "save_with_problems"})
    assert number(project) == 2


def test_the_second_of_two_editors_is_shown_what_the_first_changed(
    client: Client, project: Project, text: str
) -> None:
    client.post(
        PAGE,
        {"text": text.replace("task_name: web", "task_name: shop"), "revision": "1", "act": "save"},
    )
    mine = {"text": text.replace("name: Deploy web", "name: Ship"), "revision": "1", "act": "save"}

    response = client.post(PAGE, mine)

    page = text_on(response)
    assert response.status_code == 409
    assert "Somebody saved revision 2 meanwhile" in page
    assert "web → shop" in page
    assert "shop → web" in page
    assert 'name="revision" value="2"' in page
    assert number(project) == 2


def test_a_reader_sees_the_text_and_cannot_save(project: Project, text: str) -> None:
    reader = builders.signed_in(builders.user_with_role(Role.VIEWER))

    page = text_on(reader.get(PAGE))
    assert "readonly" in page
    assert "Show what changes" not in page
    assert reader.post(PAGE, {"text": text, "act": "save"}).status_code == 403


def test_the_file_is_the_text(client: Client, project: Project, text: str) -> None:
    response = client.get("/projects/web-shop/process.yaml")

    assert response.content.decode() == text
    assert response["Content-Disposition"] == 'attachment; filename="web-shop-process.yaml"'


def test_a_clone_stands_behind_its_step(client: Client, project: Project) -> None:
    response = client.post("/projects/web-shop/process/deploy-web/clone/")

    current = current_process(project)
    assert response.headers["Location"] == "/projects/web-shop/process/deploy-web-copy/"
    assert current is not None
    assert [step["name"] for step in current.steps] == ["Deploy web", "Deploy web copy"]


def test_a_copy_goes_to_the_end_of_another_project(client: Client, project: Project) -> None:
    other = builders.project("Billing", steps=[builders.web_step()])

    response = client.post("/projects/web-shop/process/deploy-web/copy/", {"to": "billing"})

    current = current_process(other)
    assert response.headers["Location"] == "/projects/billing/process/deploy-web-2/"
    assert current is not None
    assert [step["name"] for step in current.steps] == ["Deploy web", "Deploy web 2"]
    assert number(project) == 1


def test_a_copy_goes_only_where_one_may_edit(project: Project) -> None:
    builders.project("Billing")
    lead = builders.signed_in(builders.user_with_role(Role.LEAD, projects=[project]))

    page = text_on(lead.get("/projects/web-shop/process/deploy-web/copy/"))
    assert "There is no other project" in page
    refused = lead.post("/projects/web-shop/process/deploy-web/copy/", {"to": "billing"})
    assert refused.status_code == 422


def test_a_revision_is_compared_with_any_other(client: Client, project: Project, text: str) -> None:
    for cpu in ("512", "1024"):
        steps = [builders.web_step()]
        steps[0]["inputs"]["cpu"] = cpu
        builders.process(project, steps)

    page = text_on(client.get("/projects/web-shop/process/revisions/3/?against=1"))
    assert "256 → 1024" in page
    assert '+     cpu: "1024"' in page
    assert "512 → 1024" in text_on(client.get("/projects/web-shop/process/revisions/3/"))
