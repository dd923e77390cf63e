"""The task list and the jump field."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ecsportal.deployments.models import Deployment, InboxMessage, State
from ecsportal.deployments.task_list import day_heading
from ecsportal.infrastructure.models import Environment
from ecsportal.people.models import Role, User
from ecsportal.projects.models import Project
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return builders.project("web-shop")


@pytest.fixture
def staging() -> Environment:
    return builders.environment("Staging")


def deployed(
    project: Project, environment: Environment, version: str, **fields: object
) -> Deployment:
    release = builders.release(project, version)
    return builders.deployment(release, environment, **fields)  # type: ignore[arg-type]


def text_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_what_runs_and_waits_stands_above_what_ended(
    project: Project, staging: Environment, client_of_administrator: Client
) -> None:
    deployed(project, staging, "1.0", state=State.EXECUTING)
    deployed(project, builders.environment("Production"), "1.1")
    html = text_of(client_of_administrator, "/tasks/")
    assert (
        html.index("Running and waiting")
        < html.index("web-shop 1.0 to Staging")
        < html.index("Today")
        < html.index("web-shop 1.1 to Production")
    )


def test_each_task_has_its_sentence(
    project: Project, client_of_administrator: Client, administrator: User
) -> None:
    places = [builders.environment() for _ in range(4)]
    deployed(project, places[0], "1.0", state=State.FAILED, error={"message": "web exits."})
    question = {"id": 1, "text": "Go to production?", "answers": ["proceed"]}
    deployed(project, places[1], "1.1", state=State.WAITING, question=question)
    deployed(project, places[2], "1.2")
    cancelled = deployed(project, places[3], "1.3", state=State.CANCELLED)
    InboxMessage.objects.create(
        deployment=cancelled, kind=InboxMessage.Kind.CANCEL, created_by=administrator
    )
    html = text_of(client_of_administrator, "/tasks/")
    for sentence in ("web exits.", "Go to production?", "1 of 1 step", "By ada"):
        assert sentence in html


def test_a_queued_task_links_what_it_waits_for(
    project: Project, staging: Environment, client_of_administrator: Client
) -> None:
    ahead = deployed(project, staging, "1.0", state=State.EXECUTING)
    deployed(project, staging, "1.1", state=State.QUEUED)
    html = text_of(client_of_administrator, "/tasks/")
    assert (
        f'Waits for <a href="/deployments/{ahead.pk}/">Deploy web-shop 1.0 to Staging</a>'
        f" (deployment {ahead.pk}), one at a time" in html
    )


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"1.0", "1.1", "2.0"}),
        ("?state=failed", {"1.1"}),
        ("?project=other", {"2.0"}),
        ("?environment=production", {"1.1"}),
        ("?q=web+1.0", {"1.0"}),
        ("?q=nothing-like-it", set()),
        ("?project=no-such", set()),
        ("?state=odd", set()),
        (f"?q={'+'.join(['web'] * 400)}", set()),
    ],
)
def test_the_filters_in_the_address_narrow_the_list(
    query: str, shown: set[str], project: Project, staging: Environment
) -> None:
    deployed(project, staging, "1.0")
    deployed(project, builders.environment("Production"), "1.1", state=State.FAILED)
    deployed(builders.project("other"), staging, "2.0")
    client = builders.signed_in(builders.user_with_role(Role.VIEWER))
    html = text_of(client, f"/tasks/{query}")
    assert {v for v in ("1.0", "1.1", "2.0") if f" {v} to " in html} == shown
    assert ("Clear the filter" in html) == (not shown)


def test_a_search_that_is_too_long_is_said_to_be(client_of_administrator: Client) -> None:
    html = text_of(client_of_administrator, f"/tasks/?q={'web+' * 400}")
    assert "A search has at most 100 characters." in html


def test_others_deployments_are_absent(project: Project, staging: Environment) -> None:
    deployed(project, staging, "1.0")
    user = builders.user_with_role(Role.VIEWER, projects=[builders.project("mine")])
    html = text_of(builders.signed_in(user), "/tasks/")
    assert "web-shop" not in html
    assert "No tasks yet" in html


def test_cancel_is_offered_only_to_those_who_may(project: Project, staging: Environment) -> None:
    running = deployed(project, staging, "1.0", state=State.EXECUTING)
    link = f"/deployments/{running.pk}/?dialog=cancel"
    viewer = builders.signed_in(builders.user_with_role(Role.VIEWER))
    deployer = builders.signed_in(builders.user_with_role(Role.DEPLOYER))
    assert link not in text_of(viewer, "/tasks/")
    assert link in text_of(deployer, "/tasks/")


def test_a_project_lists_its_own_deployments(
    project: Project, staging: Environment, client_of_administrator: Client
) -> None:
    deployed(project, staging, "1.0")
    deployed(builders.project("other"), staging, "2.0")
    html = text_of(client_of_administrator, "/projects/web-shop/deployments/")
    assert "web-shop 1.0 to Staging" in html
    assert "other 2.0" not in html


def test_days_have_headings() -> None:
    today = date(2026, 11, 23)
    assert day_heading(date(2026, 11, 23), today) == "Today"
    assert day_heading(date(2026, 11, 22), today) == "Yesterday"
    assert day_heading(date(2026, 11, 20), today) == "Friday, 20 November"
    assert day_heading(date(2025, 11, 20), today) == "Thursday, 20 November 2025"


def test_the_number_of_queries_does_not_grow_with_tasks(
    project: Project,
    staging: Environment,
    client_of_administrator: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    def fill(count: int) -> None:
        for _ in range(count):
            deployed(project, staging, "")
            deployed(project, staging, "", state=State.QUEUED)

    fill(2)
    client_of_administrator.get("/tasks/")
    with django_assert_max_num_queries(25) as few:
        client_of_administrator.get("/tasks/")
    fill(6)
    with django_assert_max_num_queries(len(few)):
        client_of_administrator.get("/tasks/")


def jump(client: Client, typed: str) -> str:
    response = client.get("/jump/", {"q": typed}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    return response.content.decode()


def test_jump_finds_a_project_a_release_a_cell_and_a_deployment(
    project: Project, client_of_administrator: Client
) -> None:
    deployment = deployed(project, builders.environment("Production"), "1.4.2")
    detail = f'href="/deployments/{deployment.pk}/"'
    assert 'href="/projects/web-shop/"' in jump(client_of_administrator, "web")
    assert 'href="/projects/web-shop/releases/1.4.2/"' in jump(client_of_administrator, "web 1.4.2")
    assert detail in jump(client_of_administrator, "web prod")
    assert detail in jump(client_of_administrator, f"#{deployment.pk}")
    assert 'href="/infrastructure/feeds/"' in jump(client_of_administrator, "feeds")


def test_jump_leads_nowhere_that_the_reader_may_not_see(
    project: Project, staging: Environment
) -> None:
    deployment = deployed(project, staging, "1.4.2")
    builders.target("web-cluster", environments=[staging])
    user = builders.user_with_role(
        Role.VIEWER, projects=[builders.project("mine")], environments=[builders.environment()]
    )
    client = builders.signed_in(user)
    for typed in ("web", "web 1.4.2", "web staging", f"#{deployment.pk}"):
        assert "Nothing matches" in jump(client, typed)


def test_jump_is_a_page_without_script(project: Project, client_of_administrator: Client) -> None:
    html = text_of(client_of_administrator, "/jump/?q=web")
    assert "<h1" in html
    assert 'href="/projects/web-shop/"' in html


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("q=prod&environment=staging", "No task matches &quot;prod&quot; in Staging."),
        ("state=failed&project=web-shop", "No failed task is there of web-shop."),
        ("state=bogus", "The filter asks for something that doesn&#x27;t exist."),
    ],
)
def test_an_empty_list_says_what_it_was_asked_for(
    project: Project, staging: Environment, client_of_administrator: Client, query: str, words: str
) -> None:
    assert words in text_of(client_of_administrator, f"/tasks/?{query}")
