"""The release grid: what each cell says and what it lets its reader do."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from ecsportal.deployments.models import RunState, State, StepRun
from ecsportal.deployments.release_grid import GridCell, build_grid
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
    return builders.environment("Staging", order=2)


def cells_of(user: User, project: Project) -> dict[str, list[GridCell]]:
    grid = build_grid(user, project, now=timezone.now())
    return {row.release.version: list(row.cells) for row in grid.rows}


def test_without_a_process_the_page_asks_for_a_step(client_of_administrator: Client) -> None:
    builders.project("web-shop", steps=[])
    html = client_of_administrator.get("/projects/web-shop/").content.decode()
    assert "Describe what to deploy" in html
    assert "Add a step" in html


def test_without_a_release_the_page_offers_the_first(
    project: Project, client_of_administrator: Client
) -> None:
    html = client_of_administrator.get("/projects/web-shop/").content.decode()
    assert "Create the first release" in html


def test_who_may_not_create_releases_reads_which_permission_is_missing(project: Project) -> None:
    client = builders.signed_in(builders.user_with_role(Role.VIEWER))
    html = client.get("/projects/web-shop/").content.decode()
    assert "Needs the permission ReleaseCreate in web-shop." in html


def test_a_hidden_project_is_not_found(project: Project) -> None:
    user = builders.user_with_role(Role.VIEWER, projects=[builders.project()])
    assert builders.signed_in(user).get("/projects/web-shop/").status_code == 404


def test_the_newest_release_may_come_next_with_the_one_filled_button(
    administrator: User, project: Project, staging: Environment
) -> None:
    development = builders.environment("Development", order=1)
    older = builders.release(project, "1.4.2")
    builders.release(project, "1.4.3")
    builders.deployment(older, development)
    cells = cells_of(administrator, project)
    assert [(c.look, c.note, c.verb, c.main) for c in cells["1.4.3"]] == [
        ("next", "Replaces 1.4.2", "Deploy", True),
        ("next", "Nothing runs here yet", "Deploy", False),
    ]
    assert [c.look for c in cells["1.4.2"]] == ["runs", "next"]


def test_a_release_that_failed_or_is_on_its_way_has_no_filled_button(
    administrator: User, project: Project, staging: Environment
) -> None:
    development = builders.environment("Development", order=1)
    good = builders.release(project, "1.4.2")
    builders.deployment(good, development)
    newest = builders.release(project, "1.4.3")
    builders.deployment(newest, development, state=State.FAILED, error={"message": "Boom."})
    cells = cells_of(administrator, project)
    assert [c.main for c in cells["1.4.3"]] == [False, False]
    assert [c.main for c in cells["1.4.2"]] == [False, True]
    builders.deployment(newest, development, state=State.EXECUTING)
    cells = cells_of(administrator, project)
    assert not any(cell.main for row in cells.values() for cell in row)


def test_what_runs_may_be_deployed_again_and_what_ran_rolled_back_to(
    administrator: User, project: Project, staging: Environment
) -> None:
    for version in ("1.4.0", "1.4.1"):
        builders.deployment(builders.release(project, version), staging)
    cells = cells_of(administrator, project)
    assert (cells["1.4.1"][0].look, cells["1.4.1"][0].verb) == ("runs", "Redeploy")
    assert (cells["1.4.0"][0].look, cells["1.4.0"][0].verb) == ("past", "Roll back")


def test_an_older_release_that_never_ran_here_has_nothing_to_say(
    administrator: User, project: Project, staging: Environment
) -> None:
    builders.release(project, "1.3.0")
    builders.deployment(builders.release(project, "1.4.0"), staging)
    assert [(c.look, c.verb) for c in cells_of(administrator, project)["1.3.0"]] == [("none", "")]


def test_a_failure_names_its_step_and_cause_and_the_release_before_still_runs(
    administrator: User, project: Project, staging: Environment
) -> None:
    builders.process(project, [builders.web_step("Deploy api"), builders.web_step("Deploy web")])
    builders.deployment(builders.release(project, "1.4.1"), staging)
    failed = builders.deployment(
        builders.release(project, "1.4.2"), staging, state=State.FAILED, error={"message": "Boom."}
    )
    StepRun.objects.filter(deployment=failed, position=0).update(state="succeeded")
    cells = cells_of(administrator, project)
    cell = cells["1.4.2"][0]
    assert (cell.look, cell.word, cell.sentence, cell.verb) == (
        "failed",
        "Failed at step 2 of 2",
        "Boom.",
        "Retry",
    )
    assert (cells["1.4.1"][0].look, cells["1.4.1"][0].verb) == ("runs", "Roll back")


def test_an_old_failure_is_only_a_remark(
    administrator: User, project: Project, staging: Environment
) -> None:
    builders.deployment(builders.release(project, "1.0"), staging, state=State.FAILED)
    builders.deployment(builders.release(project, "1.1"), staging)
    assert cells_of(administrator, project)["1.0"][0].look == "past_bad"


@pytest.mark.parametrize(
    ("state", "look"),
    [
        (State.EXECUTING, "running"),
        (State.CANCELLING, "running"),
        (State.QUEUED, "queued"),
        (State.WAITING, "waiting"),
    ],
)
def test_an_unfinished_deployment_is_told_and_offers_nothing(
    administrator: User, project: Project, staging: Environment, state: str, look: str
) -> None:
    builders.deployment(builders.release(project, "1.0"), staging, state=state)
    cell = cells_of(administrator, project)["1.0"][0]
    assert (cell.look, cell.verb) == (look, "")


def test_changed_images_come_first_and_are_marked(administrator: User, project: Project) -> None:
    builders.environment()
    builders.release(project, "1.0", tag="1.28")
    builders.release(project, "1.1", tag="1.29")
    rows = build_grid(administrator, project, now=timezone.now()).rows
    assert [(i.name, i.tag, i.changed) for i in rows[0].images] == [("nginx", "1.29", True)]
    assert [i.changed for i in rows[1].images] == [False]


def test_who_may_not_deploy_sees_disabled_buttons_and_the_permission(
    project: Project, staging: Environment
) -> None:
    builders.release(project, "1.0")
    client = builders.signed_in(builders.user_with_role(Role.VIEWER))
    html = client.get("/projects/web-shop/").content.decode()
    assert "Deploying needs the permission DeploymentCreate in Staging." in html
    assert 'disabled aria-describedby="no-deploy">Deploy…</button>' in html
    assert "/deploy/staging/" not in html


def test_deploy_is_one_click_from_the_project(
    project: Project, staging: Environment, client_of_administrator: Client
) -> None:
    builders.release(project, "1.0")
    html = client_of_administrator.get("/projects/web-shop/").content.decode()
    assert 'href="/projects/web-shop/releases/1.0/deploy/staging/"' in html


def test_the_grid_answers_htmx_alone(
    project: Project, staging: Environment, client_of_administrator: Client
) -> None:
    builders.release(project, "1.0")
    response = client_of_administrator.get("/projects/web-shop/", headers={"HX-Request": "true"})
    assert response.content.decode().lstrip().startswith('<div class="p-panel p-board" id="grid"')


def test_only_deployed_releases_on_request(
    administrator: User, project: Project, staging: Environment
) -> None:
    builders.deployment(builders.release(project, "1.0"), staging)
    builders.release(project, "1.1")
    grid = build_grid(administrator, project, now=timezone.now(), show="deployed")
    assert [row.release.version for row in grid.rows] == ["1.0"]
    assert grid.all_count == 2


def test_the_number_of_queries_does_not_grow_with_releases(
    administrator: User, project: Project, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = builders.signed_in(administrator)
    environments = [builders.environment() for _ in range(3)]

    def fill(count: int) -> None:
        for _ in range(count):
            release = builders.release(project)
            for environment in environments:
                builders.deployment(release, environment)

    fill(2)
    client.get("/projects/web-shop/")
    with django_assert_max_num_queries(30) as few:
        client.get("/projects/web-shop/")
    fill(5)
    with django_assert_max_num_queries(len(few)):
        client.get("/projects/web-shop/")


def test_a_service_that_another_release_serves_says_which(
    project: Project, staging: Environment, client_of_administrator: Client
) -> None:
    """A target that was excluded, or whose failure was ignored, still runs what it ran."""
    deployment = builders.deployment(builders.release(project, "1.4.3"), staging, warnings=True)
    step = deployment.steps.create(
        position=0, slug="web", name="Web", type="x", version=1, state=RunState.SUCCEEDED
    )
    for target, version in (("east", "1.4.3"), ("west", "1.4.2")):
        revision = {"status": "PRIMARY", "running": 2, "desired": 2, "version": version}
        services = [{"name": f"shop-{target}", "revisions": [revision]}]
        step.targets.create(
            target_slug=target,
            target_name=target,
            state=RunState.SUCCEEDED,
            resources={"services": services},
        )
    html = client_of_administrator.get("/projects/web-shop/").content.decode()
    head = html[: html.index("</thead>")]
    assert 'shop-west <b class="p-strong">1.4.2</b>' in head
    assert "shop-east</span>" in head


@pytest.mark.parametrize(
    ("served", "words"), [("1.4.3", "Last good 1.4.2|Last good"), ("1.4.2", "Runs 1.4.2|Runs here")]
)
def test_after_a_failure_in_parts_the_last_good_release_is_not_said_to_run(
    administrator: User,
    project: Project,
    staging: Environment,
    client_of_administrator: Client,
    served: str,
    words: str,
) -> None:
    builders.deployment(builders.release(project, "1.4.2"), staging)
    failed = builders.release(project, "1.4.3")
    deployment = builders.deployment(failed, staging, state=State.FAILED)
    step = deployment.steps.create(
        position=0, slug="web", name="Web", type="x", version=1, state=RunState.FAILED
    )
    revision = {"status": "PRIMARY", "running": 2, "desired": 2, "version": served}
    step.targets.create(
        target_slug="east",
        target_name="east",
        state=RunState.SUCCEEDED,
        resources={"services": [{"name": "shop", "revisions": [revision]}]},
    )
    step.targets.create(target_slug="west", target_name="west", state=RunState.FAILED)
    html = client_of_administrator.get("/projects/web-shop/").content.decode()
    in_head, in_row = words.split("|")
    head = html[: html.index("</thead>")].replace('<b class="p-strong">', "")
    assert f"<span>{in_head}</b></span>" in head
    assert cells_of(administrator, project)["1.4.2"][0].word == in_row
