"""The dashboard: strip, matrix, filters, fragments, the first-run guide."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from ecsportal.deployments.dashboard import build_dashboard
from ecsportal.deployments.models import Deployment, State, TargetRun
from ecsportal.infrastructure.models import DeploymentTarget
from ecsportal.people.models import Role, User
from tests import builders

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def page(client: Client, path: str = "/", **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_an_empty_installation_shows_the_guide_with_its_first_step_open(
    client_of_administrator: Client,
) -> None:
    html = page(client_of_administrator)
    assert "Five steps to the first deployment. 0 of 5 are done" in html
    assert 'aria-current="step"' in html
    assert html.index("Add an environment") < html.index("Deployment targets")


def test_done_steps_of_the_guide_show_their_proof(client_of_administrator: Client) -> None:
    builders.environment("Development")
    builders.environment("Production")
    builders.account("shop-nonprod", account_id="902614337781", tested_at=timezone.now())
    html = page(client_of_administrator)
    assert "Development and Production, in this order." in html
    assert "shop-nonprod works: account 902614337781." in html
    assert "2 of 5 are done" in html


def test_a_viewer_of_an_empty_installation_is_told_whom_to_ask() -> None:
    html = page(builders.signed_in(builders.user_with_role(Role.VIEWER)))
    assert "A project appears here once it is yours to see. Ask an administrator." in html


def test_a_quiet_dashboard_says_so_in_one_line(client_of_administrator: Client) -> None:
    builders.deployment(builders.release(builders.project()), builders.environment())
    html = page(client_of_administrator)
    assert "Nothing needs attention" in html
    assert "Last deployment" in html


def test_a_failure_is_told_with_its_cause_and_what_still_serves(
    client_of_administrator: Client,
) -> None:
    project, environment = builders.project("web-shop"), builders.environment("Production")
    builders.deployment(builders.release(project, "1.4.1"), environment)
    failed = builders.deployment(
        builders.release(project, "1.4.2"),
        environment,
        state=State.FAILED,
        error={"message": "web exits with code 1.", "still_serving": "1.4.1 still serves web."},
    )
    html = page(client_of_administrator)
    assert "web-shop 1.4.2 → Production" in html
    assert html.count("web exits with code 1.") >= 2
    assert "1.4.1 still serves web." in html
    assert f'href="/deployments/{failed.pk}/"' in html


@pytest.mark.parametrize(
    ("state", "late_error", "word"),
    [
        (State.TIMED_OUT, None, "Timed out"),
        (State.FAILED, None, "Failed"),
        (State.SUCCEEDED, {"message": "It crashed."}, "Failed later"),
    ],
)
def test_strip_and_cell_have_one_word_for_a_failure(
    client_of_administrator: Client, state: State, late_error: dict[str, str] | None, word: str
) -> None:
    release = builders.release(builders.project())
    builders.deployment(release, builders.environment(), state=state, late_error=late_error)
    html = page(client_of_administrator)
    assert re.findall(r'p-is-failed">.*?</svg>([^<]+)<', html) == [word, word]


def test_a_failure_that_a_newer_deployment_mends_needs_nobody(administrator: User) -> None:
    project, environment = builders.project(), builders.environment()
    builders.deployment(builders.release(project), environment, state=State.FAILED)
    builders.deployment(builders.release(project), environment)
    assert build_dashboard(administrator, now=timezone.now()).attention == []


def test_the_strip_has_six_rows_the_worst_and_newest_first(administrator: User) -> None:
    environment = builders.environment()
    for number in range(8):
        builders.deployment(
            builders.release(builders.project(f"p{number}")),
            environment,
            state=State.WAITING if number == 7 else State.FAILED,
            question={"id": 1, "text": "Go on?", "answers": ["proceed"]} if number == 7 else None,
        )
    dashboard = build_dashboard(administrator, now=timezone.now())
    assert [item.word for item in dashboard.attention] == ["Failed"] * 7 + ["Waiting"]
    assert [item.where.split()[0] for item in dashboard.shown_attention][0] == "p6"
    assert (len(dashboard.shown_attention), dashboard.more_attention) == (6, 2)


def test_a_question_needs_attention_though_a_newer_deployment_is_queued_behind_it(
    administrator: User,
) -> None:
    release, environment = builders.release(builders.project("shop")), builders.environment("Live")
    question = {"id": 1, "text": "Go on?", "answers": ["proceed"]}
    asking = builders.deployment(release, environment, state=State.WAITING, question=question)
    builders.deployment(release, environment, state=State.QUEUED)
    [item] = build_dashboard(administrator, now=timezone.now()).attention
    assert (item.word, item.url) == ("Waiting", f"/deployments/{asking.pk}/")
    assert item.where == f"shop {release.version} → Live"
    hidden = builders.user_with_role(Role.VIEWER, projects=[builders.project()])
    assert build_dashboard(hidden, now=timezone.now()).attention == []


@pytest.mark.parametrize(
    ("question", "cause"),
    [
        ({"text": "Web failed on shop: No such image.", "cause": "No such image.", "guided": True},
         "No such image."),
        ({"text": "Has the mail gone out?"}, "Has the mail gone out?"),
    ],
)  # fmt: skip
def test_a_waiting_cell_says_in_short_why_and_has_all_of_it_in_its_title(
    client_of_administrator: Client, question: dict[str, Any], cause: str
) -> None:
    release, environment = builders.release(builders.project("shop")), builders.environment("Live")
    builders.deployment(release, environment)
    builders.deployment(
        builders.release(release.project, "1.4.9"), environment, state=State.WAITING,
        question={"id": 1, "answers": ["retry"]} | question,
    )  # fmt: skip
    html = client_of_administrator.get("/dashboard/cells/shop/live/").content.decode()
    assert f'<span class="p-why" title="{cause}">{cause}</span>' in html
    assert f"Waits for a decision · {release.version} was the last to succeed" in html
    grid = client_of_administrator.get("/projects/shop/").content.decode()
    assert f'<span class="p-why" title="{cause}">{cause}</span>' in grid


def test_an_unreachable_target_needs_attention(administrator: User) -> None:
    builders.target(
        "shop-prod", health=DeploymentTarget.Health.UNHEALTHY, health_message="AccessDenied."
    )
    builders.target("spare", health=DeploymentTarget.Health.UNHEALTHY, disabled=True)
    attention = build_dashboard(administrator, now=timezone.now()).attention
    assert [(item.word, item.where, item.sentence) for item in attention] == [
        ("Unreachable", "shop-prod", "AccessDenied.")
    ]


def test_a_running_cell_tells_how_far_it_is(administrator: User) -> None:
    project, environment = builders.project(), builders.environment()
    target = builders.target(environments=[environment])
    now = timezone.now()
    earlier = builders.deployment(builders.release(project), environment)
    Deployment.objects.filter(pk=earlier.pk).update(
        started_at=now - timedelta(minutes=20), finished_at=now - timedelta(minutes=16)
    )
    running = builders.deployment(
        builders.release(project), environment, state=State.EXECUTING, targets=[target]
    )
    Deployment.objects.filter(pk=running.pk).update(started_at=now - timedelta(minutes=1))
    revision = {"status": "PRIMARY", "running": 1, "desired": 2}
    TargetRun.objects.update(resources={"services": [{"name": "web", "revisions": [revision]}]})
    cell = build_dashboard(administrator, now=now).rows[0].cells[0]
    assert cell is not None
    assert (cell.word, cell.progress, cell.line) == (
        "Deploying",
        25,
        "Deploy web · 1 of 2 tasks up",
    )


def test_a_queued_cell_names_what_is_ahead_and_what_was_the_last_to_succeed(
    administrator: User,
) -> None:
    project, environment = builders.project(), builders.environment()
    builders.deployment(builders.release(project, "0.8.4"), environment)
    running = builders.release(project, "0.9.0")
    ahead = builders.deployment(running, environment, state=State.EXECUTING)
    builders.deployment(builders.release(project, "0.9.1"), environment, state=State.QUEUED)
    cell = build_dashboard(administrator, now=timezone.now()).rows[0].cells[0]
    assert cell is not None
    line = f"Behind 0.9.0, deployment {ahead.pk} · 0.8.4 was the last to succeed"
    assert (cell.word, cell.line) == ("Queued", line)


@pytest.mark.parametrize(
    ("running", "said"),
    [
        ((("1.4.9", 2),), "1.4.9 served when last seen"),
        ((("1.4.9", 1), ("1.4.8", 1)), "1.4.9 and 1.4.8 served when last seen"),
        ((("1.4.9", 0),), "nothing served when last seen"),
    ],
)
def test_a_waiting_cell_says_what_its_deployment_saw_and_not_what_succeeded_last(
    client_of_administrator: Client, running: Sequence[tuple[str, int]], said: str
) -> None:
    release, environment = builders.release(builders.project("shop")), builders.environment("Live")
    builders.deployment(release, environment)
    waiting = builders.deployment(
        builders.release(release.project, "1.4.9"), environment, state=State.WAITING,
        question={"id": 1, "answers": ["proceed"], "text": "Has the mail gone out?"},
        targets=[builders.target("shop-live")],
    )  # fmt: skip
    revisions = [
        {"revision": "web:2", "version": version, "running": count, "desired": 2, "pending": 0,
         "failed": 0}
        for version, count in running
    ]  # fmt: skip
    TargetRun.objects.filter(step_run__deployment=waiting).update(
        resources={"services": [{"name": "web", "revisions": revisions}]}
    )
    html = client_of_administrator.get("/dashboard/cells/shop/live/").content.decode()
    assert f"Waits for a decision · {said}" in html
    assert f"{release.version} was" not in html


def test_projects_and_environments_of_others_are_absent() -> None:
    mine, other = builders.project("mine"), builders.project("secret")
    here, there = builders.environment("Here"), builders.environment("Hidden")
    for project in (mine, other):
        builders.deployment(
            builders.release(project), there, state=State.FAILED, error={"message": "Oh."}
        )
    user = builders.user_with_role(Role.VIEWER, projects=[mine], environments=[here])
    html = page(builders.signed_in(user))
    assert "secret" not in html
    assert "Hidden" not in html
    assert "Nothing needs attention" in html


def test_a_viewer_is_offered_no_deployment() -> None:
    project = builders.project()
    builders.environment("Development")
    builders.release(project, "0.2.0")
    viewer = page(builders.signed_in(builders.user_with_role(Role.VIEWER)))
    deployer = page(builders.signed_in(builders.user_with_role(Role.DEPLOYER)))
    assert "Deploy 0.2.0…" not in viewer
    assert "Deploy 0.2.0…" in deployer


def test_the_filter_answers_htmx_with_the_board_alone(client_of_administrator: Client) -> None:
    environment = builders.environment()
    for name in ("web-shop", "checkout"):
        builders.deployment(builders.release(builders.project(name)), environment)
    response = client_of_administrator.get("/?q=WEB", headers=HTMX)
    html = response.content.decode()
    assert html.lstrip().startswith('<div class="p-panel p-board" id="board"')
    assert "web-shop" in html
    assert "checkout" not in html
    assert "HX-Request" in response["Vary"]


def test_a_filter_without_match_offers_to_clear_it(client_of_administrator: Client) -> None:
    builders.deployment(builders.release(builders.project()), builders.environment())
    assert "Clear the filter" in page(client_of_administrator, "/?q=nowhere")


def test_mine_are_the_projects_that_the_reader_deployed_or_released(administrator: User) -> None:
    environment = builders.environment()
    released, deployed = builders.project("released"), builders.project("deployed")
    builders.release(released, by=administrator)
    builders.deployment(builders.release(deployed), environment, by=administrator)
    builders.deployment(builders.release(builders.project("others")), environment)
    dashboard = build_dashboard(administrator, now=timezone.now(), show="mine")
    assert [row.project.name for row in dashboard.rows] == ["deployed", "released"]
    assert (dashboard.all_count, dashboard.mine_count) == (3, 2)


def test_strip_and_cell_have_fragments_of_their_own(client_of_administrator: Client) -> None:
    project, environment = builders.project("web-shop"), builders.environment("Staging")
    builders.deployment(builders.release(project), environment)
    strip = page(client_of_administrator, "/dashboard/attention/")
    cell = page(client_of_administrator, "/dashboard/cells/web-shop/staging/")
    assert strip.lstrip().startswith('<section class="p-panel" id="attention"')
    assert cell.lstrip().startswith('<td data-env="Staging" id="cell-web-shop-staging"')


def test_the_cell_of_a_hidden_project_is_not_found() -> None:
    builders.project("secret")
    builders.environment("Staging")
    user = builders.user_with_role(Role.VIEWER, projects=[builders.project()])
    response = builders.signed_in(user).get("/dashboard/cells/secret/staging/")
    assert response.status_code == 404


def test_the_number_of_queries_does_not_grow_with_projects(
    administrator: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    environments = [builders.environment() for _ in range(3)]
    client = builders.signed_in(administrator)

    def fill(count: int) -> None:
        for _ in range(count):
            project = builders.project()
            release = builders.release(project)
            for state in (State.SUCCEEDED, State.FAILED, State.EXECUTING):
                builders.deployment(release, environments[0], state=state)
                builders.deployment(release, environments[1], state=State.QUEUED)

    fill(2)
    client.get("/")
    with django_assert_max_num_queries(30) as few:
        client.get("/")
    fill(6)
    with django_assert_max_num_queries(len(few)):
        client.get("/")
