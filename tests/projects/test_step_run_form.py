"""When and where a step runs, as its editor asks."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from ecsportal.people.models import User
from ecsportal.projects.models import Project
from ecsportal.projects.queries import current_process
from tests import builders
from tests.page_form import fields_of
from tests.projects.views.test_projects import text

pytestmark = pytest.mark.django_db
SECOND = "/projects/web-shop/process/migrate/"


@pytest.fixture
def client(administrator: User) -> Client:
    return builders.signed_in(administrator)


@pytest.fixture
def project(db: None) -> Project:
    builders.feed("Docker Hub")
    builders.environment("Production")
    return builders.project(
        "Web shop", steps=[builders.web_step(), builders.web_step("Migrate", window=2)]
    )


def stored(project: Project) -> dict[str, Any]:
    current = current_process(project)
    assert current is not None
    return dict(current.steps[1])


def opened(client: Client) -> dict[str, list[str]]:
    """The form's fields as the page has them."""
    return fields_of(client.get(SECOND).content.decode(), having="_runs")


def test_what_was_typed_is_saved(client: Client, project: Project) -> None:
    typed = opened(client) | {
        "runs-start": ["with_previous"],
        "runs-condition": ["expression"],
        "runs-expression": ["#{Migrate}"],
        "runs-environments": ["production"],
        "runs-attempts": ["3"],
        "runs-window": [""],
        "runs-required": ["on"],
    }

    assert client.post(SECOND, typed).status_code == 302

    step = stored(project)
    assert step["start"] == "with_previous"
    assert (step["condition"], step["expression"]) == ("expression", "#{Migrate}")
    assert step["environments"] == ["production"]
    assert (step["attempts"], step["window"]) == (3, None)
    assert (step["required"], step["disabled"]) == (True, False)


def test_a_form_that_is_saved_as_it_was_opened_changes_nothing(
    client: Client, project: Project
) -> None:
    before = stored(project)

    client.post(SECOND, opened(client))

    after = stored(project)
    assert {key: after[key] for key in after if key != "inputs"} == {
        key: before[key] for key in before if key != "inputs"
    }


def test_a_post_without_these_fields_leaves_them(client: Client, project: Project) -> None:
    typed = opened(client)
    del typed["_runs"], typed["runs-window"]

    client.post(SECOND, typed | {"step_name": ["Migrations"]})

    assert (stored(project)["name"], stored(project)["window"]) == ("Migrations", 2)


def test_a_condition_without_its_expression_is_told_beside_the_field(
    client: Client, project: Project
) -> None:
    response = client.post(SECOND, opened(client) | {"runs-condition": ["expression"]})

    assert response.status_code == 422
    assert "Write the expression that decides." in text(response)
    assert stored(project)["condition"] == "success"


@pytest.mark.parametrize(
    ("field", "junk"), [("window", "0"), ("window", "x"), ("attempts", "9"), ("start", "never")]
)
def test_junk_is_refused_and_kept_in_sight(
    client: Client, project: Project, field: str, junk: str
) -> None:
    before = stored(project)

    response = client.post(SECOND, opened(client) | {f"runs-{field}": [junk]})

    assert response.status_code == 422
    assert stored(project) == before


def test_an_environment_that_is_gone_stays_ticked_and_is_named(
    client: Client, project: Project
) -> None:
    builders.process(
        project, [builders.web_step(), builders.web_step("Migrate", environments=["x"])]
    )

    assert "x (gone, or out of your sight)" in text(client.get(SECOND))
    assert opened(client)["runs-environments"] == ["x"]


def test_the_folded_section_says_what_is_set(client: Client, project: Project) -> None:
    assert "2 targets at a time" in text(client.get(SECOND))


def test_two_editors_choose_between_their_settings(client: Client, project: Project) -> None:
    typed = opened(client) | {"runs-attempts": ["2"]}
    client.post(SECOND, opened(client) | {"runs-required": ["on"]})

    response = client.post(SECOND, typed)

    assert response.status_code == 409
    assert "<code>attempts</code>" in text(response)
    assert "<code>required</code>" in text(response)


def test_inputs_may_be_called_as_these_settings_are(client: Client, project: Project) -> None:
    new = "/projects/web-shop/process/new/http-check/"
    fields = fields_of(client.get(new).content.decode(), having="_runs")
    typed = {"step_name": ["Check"], "url": ["https://shop.example/"], "runs-attempts": ["2"]}

    assert client.post(new, fields | typed).status_code == 302

    saved = current_process(project)
    assert saved is not None
    assert saved.steps[-1]["attempts"] == 2
    assert saved.steps[-1]["inputs"]["attempts"] == 10
