"""The deploy page: what would change, what is in the way, and the button that queues once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from ecsportal.deployments.deploy_page import load_page
from ecsportal.deployments.models import Deployment, StackBinding, State, TargetRun
from ecsportal.deployments.step_changes import DiffRow
from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.people.models import Role
from ecsportal.projects.models import Project
from ecsportal.releases.models import Release
from tests import builders
from tests.releases.registry import running_registry

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return builders.project("web-shop")


@pytest.fixture
def staging() -> Environment:
    return builders.environment("Staging")


@pytest.fixture
def target(staging: Environment) -> DeploymentTarget:
    return builders.target("shop-staging", environments=[staging])


@pytest.fixture
def release(project: Project, target: DeploymentTarget) -> Release:
    return builders.release(project, "1.4.2")


def url_of(release: Release, environment: str = "staging") -> str:
    return f"/projects/{release.project.slug}/releases/{release.version}/deploy/{environment}/"


def page_of(client: Client, release: Release, query: str = "") -> str:
    answer = client.get(url_of(release) + query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def words_of(html: str) -> str:
    """The text that a reader sees, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def button_of(html: str) -> str:
    """The tag of the page's filled button."""
    found = re.search(r'<button class="btn btn-primary w-100"[^>]*>', html)
    assert found
    return found[0]


def step(**inputs: Any) -> Any:
    return builders.web_step(inputs=inputs)


# Who sees it


def test_those_who_may_not_deploy_may_look_and_read_why(release: Release) -> None:
    client = builders.signed_in(builders.user_with_role(Role.VIEWER))
    html = page_of(client, release)
    assert "disabled" in button_of(html)
    assert "Needs the permission DeploymentCreate in Staging." in words_of(html)
    sent = {"request_token": "a"}
    assert client.post(url_of(release), sent).status_code == 403
    assert not Deployment.objects.exists()


def test_an_environment_that_the_reader_may_not_see_is_not_found(release: Release) -> None:
    development = builders.environment("Development")
    client = builders.signed_in(builders.user_with_role(Role.DEPLOYER, environments=[development]))
    assert client.get(url_of(release)).status_code == 404


def test_unknown_releases_and_environments_are_named(
    release: Release, client_of_administrator: Client
) -> None:
    answer = client_of_administrator.get(url_of(release, "moon"))
    assert answer.status_code == 404
    assert "There is no environment moon." in answer.content.decode()
    answer = client_of_administrator.get("/projects/web-shop/releases/9/deploy/staging/")
    assert "The newest is 1.4.2." in answer.content.decode()


# What will change


def test_a_first_deployment_says_that_nothing_runs_yet(
    release: Release, client_of_administrator: Client
) -> None:
    html = page_of(client_of_administrator, release)
    text = words_of(html)
    assert "Nothing runs in Staging yet will run 1.4.2" in text
    assert "Added nginx image not set library/nginx:1.29" in text
    assert "Deploy 1.4.2 to Staging" in text
    assert "shop-staging Not checked eu-west-1" in text
    assert "Can be cancelled." in text


@pytest.mark.parametrize(("served", "mixed"), [("1.4.2", True), ("1.4.1", False)])
def test_going_back_after_a_failure_in_parts_is_not_told_as_nothing_to_do(
    project: Project,
    staging: Environment,
    target: DeploymentTarget,
    client_of_administrator: Client,
    served: str,
    mixed: bool,
) -> None:
    good = builders.release(project, "1.4.1")
    builders.deployment(good, staging, targets=[target])
    newer = builders.release(project, "1.4.2")
    builders.deployment(newer, staging, targets=[target], state=State.FAILED)
    revision = {"status": "PRIMARY", "running": 2, "desired": 2, "version": served}
    TargetRun.objects.filter(step_run__deployment__release=newer).update(
        resources={"services": [{"name": "shop", "revisions": [revision]}]}
    )
    text = words_of(page_of(client_of_administrator, good))
    assert ("Staging runs 1.4.2 in part, the last good one is 1.4.1" in text) is mixed
    assert ("1.4.2 didn’t succeed here, and tasks that it left still run" in text) is mixed
    assert ("Roll back Staging to 1.4.1" in text) is mixed
    assert ("1.4.1 already runs exactly like this." in text) is not mixed


def test_what_was_deleted_behind_the_portal_is_not_said_to_run(
    release: Release, staging: Environment, client_of_administrator: Client
) -> None:
    builders.deployment(release, staging)
    StackBinding.objects.create(
        project=release.project,
        environment=staging,
        step="web",
        target="shop-staging",
        stack_name="shop",
        found=False,
    )
    text = words_of(page_of(client_of_administrator, release))
    assert "Nothing runs in Staging any more, the last good one was 1.4.2" in text
    assert "The stacks here were deleted outside of the portal" in text
    assert "already runs exactly like this." not in text


def test_changes_are_told_against_the_last_that_succeeded_here(
    project: Project, staging: Environment, target: DeploymentTarget
) -> None:
    builders.process(project, [step(desired_count=2)])
    running = builders.release(project, "1.4.1", tag="1.28")
    builders.deployment(running, staging, targets=[target])
    builders.process(project, [step(desired_count=4, cpu="512")])
    release = builders.release(project, "1.4.2")
    page = load_page(release, staging)
    digest = release.images.get().digest
    rows = {(row.subject, row.setting): row for row in page.steps[0].rows}
    assert rows["nginx", "image"] == DiffRow(
        "changed",
        "nginx",
        "image",
        was="library/nginx:1.28",
        was_digest=digest,
        now="library/nginx:1.29",
        now_digest=digest,
    )
    assert rows["", "desired count"] == DiffRow("changed", "", "desired count", was="2", now="4")
    assert rows["", "cpu"] == DiffRow("changed", "", "cpu", was="256", now="512")
    assert page.changes == 3
    assert page.steps[0].verdict == ("ok", "New revision, updated in place")


def test_a_setting_of_a_container_is_named_by_it_and_by_its_key(
    project: Project, staging: Environment, target: DeploymentTarget
) -> None:
    def containers(level: str) -> Any:
        image = {"reference": "nginx", "feed": "docker-hub", "repository": "library/nginx"}
        row = {"type": "plain", "key": "LOG_LEVEL", "value": level}
        return [{"name": "web", "image": image, "environment": [row]}]

    builders.process(project, [step(containers=containers("info"))])
    builders.deployment(builders.release(project, "1.4.1"), staging, targets=[target])
    builders.process(project, [step(containers=containers("debug"))])
    page = load_page(builders.release(project, "1.4.2"), staging)
    (row,) = (row for row in page.steps[0].rows if row.kind == "changed")
    assert (row.subject, row.setting) == ("web", "environment LOG_LEVEL value")
    assert (row.was, row.now) == ("info", "debug")


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("task_name", "shop", "A second service starts beside it, then the old one is deleted"),
        ("stack_name", "other", "A new stack is made; the old one and its service stay"),
    ],
)
def test_what_does_not_update_in_place_is_marked(
    project: Project,
    staging: Environment,
    target: DeploymentTarget,
    client_of_administrator: Client,
    setting: str,
    value: str,
    words: str,
) -> None:
    builders.process(project, [step(stack_name="web-stack")])
    builders.deployment(builders.release(project, "1.4.1"), staging, targets=[target])
    builders.process(project, [step(**{"stack_name": "web-stack", setting: value})])
    html = page_of(client_of_administrator, builders.release(project, "1.4.2"))
    assert "p-diff--danger" in html
    assert words in words_of(html)
    assert "Service is re-created" in words_of(html)


def test_steps_that_came_and_went_are_told(
    project: Project,
    staging: Environment,
    target: DeploymentTarget,
    client_of_administrator: Client,
) -> None:
    builders.deployment(builders.release(project, "1.4.1"), staging, targets=[target])
    builders.process(project, [builders.web_step("Deploy api")])
    text = words_of(page_of(client_of_administrator, builders.release(project, "1.4.2")))
    assert "Deploy web no longer a step; its stack and service stay" in text
    assert "1 Deploy api main on shop-staging Created" in text


def test_what_runs_exactly_like_this_can_be_deployed_anyway(
    release: Release,
    staging: Environment,
    target: DeploymentTarget,
    client_of_administrator: Client,
) -> None:
    builders.deployment(release, staging, targets=[target])
    text = words_of(page_of(client_of_administrator, release))
    assert "1.4.2 already runs exactly like this." in text
    assert "Deploy 1.4.2 anyway" in text
    assert "No changes" in text


def test_going_back_says_what_does_not_come_back(
    release: Release,
    project: Project,
    staging: Environment,
    target: DeploymentTarget,
    client_of_administrator: Client,
) -> None:
    newer = builders.release(project, "1.5.0", tag="1.30")
    builders.deployment(newer, staging, targets=[target])
    text = words_of(page_of(client_of_administrator, release))
    assert "Roll back Staging to 1.4.2" in text
    assert "Staging runs 1.5.0" in text
    assert "Going back returns images and settings to 1.4.2." in text
    assert "CloudFormation then returns to 1.5.0." in text


def test_the_expected_duration_is_the_median_of_the_last_ones(
    release: Release,
    project: Project,
    staging: Environment,
    client_of_administrator: Client,
) -> None:
    now = timezone.now()
    for minutes in (3, 7, 30):
        times: dict[str, Any] = {
            "started_at": now - timedelta(minutes=minutes),
            "finished_at": now,
        }
        builders.deployment(builders.release(project), staging, **times)
    assert "About 7 min, the median" in words_of(page_of(client_of_administrator, release))


# What is in the way


def test_a_step_without_a_target_disables_the_button_and_says_why(
    release: Release, target: DeploymentTarget, client_of_administrator: Client
) -> None:
    target.environments.clear()
    html = page_of(client_of_administrator, release)
    assert "disabled" in button_of(html)
    assert 'Deploy web: no deployment target in Staging carries "web".' in words_of(
        html.replace("&quot;", '"')
    )


def test_disabled_targets_are_named(
    release: Release, target: DeploymentTarget, client_of_administrator: Client
) -> None:
    target.disabled = True
    target.save()
    html = page_of(client_of_administrator, release)
    assert "disabled" in button_of(html)
    assert "every matching target in Staging is disabled (shop-staging)" in words_of(html)


def test_a_step_with_problems_leads_to_its_editor(
    project: Project,
    staging: Environment,
    target: DeploymentTarget,
    client_of_administrator: Client,
) -> None:
    builders.process(project, [step(memory="999"), builders.web_step("Deploy api")])
    release = builders.release(project, "1.4.3")
    html = page_of(client_of_administrator, release)
    assert "disabled" in button_of(html)
    assert "1 Deploy web has 1 problem" in words_of(html)
    assert 'href="/projects/web-shop/process/deploy-web/"' in html
    # What was known before is what a click would have said.
    answer = client_of_administrator.post(url_of(release), {"request_token": "a"})
    assert answer.status_code == 422
    assert not Deployment.objects.exists()


def test_leaving_out_the_step_with_problems_enables_the_button(
    project: Project,
    staging: Environment,
    target: DeploymentTarget,
    client_of_administrator: Client,
) -> None:
    builders.process(project, [step(memory="999"), builders.web_step("Deploy api")])
    release = builders.release(project, "1.4.3")
    html = page_of(client_of_administrator, release, "?skip_steps=deploy-web")
    assert "disabled" not in button_of(html)
    assert "1 Deploy web Excluded from this deployment." in words_of(html)
    assert "1 left out · all matching targets · now" in words_of(html)
    assert re.search(r'name="skip_steps" value="deploy-web"[^>]* checked', html)


def test_leaving_out_every_step_is_refused_before_the_click(
    release: Release, client_of_administrator: Client
) -> None:
    html = page_of(client_of_administrator, release, "?skip_steps=deploy-web&targets=moon")
    assert "disabled" in button_of(html)
    assert "No step is left that would run." in words_of(html)


def test_an_image_without_a_digest_and_an_unhealthy_target_warn_only(
    release: Release, target: DeploymentTarget, client_of_administrator: Client
) -> None:
    release.images.update(digest="")
    target.health, target.health_message = "unhealthy", "AccessDenied on ecs:DescribeClusters"
    target.save()
    html = page_of(client_of_administrator, release)
    text = words_of(html)
    assert "disabled" not in button_of(html)
    assert "2 warnings" in text
    assert "No digest is known of library/nginx:1.29" in text
    assert "shop-staging is unhealthy AccessDenied on ecs:DescribeClusters" in text


def test_what_is_ahead_in_the_queue_is_named(
    release: Release, staging: Environment, client_of_administrator: Client
) -> None:
    ahead = builders.deployment(release, staging, state=State.EXECUTING)
    html = page_of(client_of_administrator, release)
    assert f'href="/deployments/{ahead.pk}/"' in html
    assert "One deployment at a time per environment." in html


# The button


def test_a_double_click_queues_once(release: Release, client_of_administrator: Client) -> None:
    token = re.search(
        r'name="request_token" value="([^"]+)"', page_of(client_of_administrator, release)
    )
    assert token
    sent = {"request_token": token[1], "comment": "CHG-20871"}
    first, second = (client_of_administrator.post(url_of(release), sent) for _ in range(2))
    made = Deployment.objects.get()
    assert first.headers["Location"] == second.headers["Location"] == f"/deployments/{made.pk}/"
    assert made.comment == "CHG-20871"


def test_options_are_carried_out(
    release: Release, staging: Environment, client_of_administrator: Client
) -> None:
    builders.target("shop-2", environments=[staging])
    sent = {"request_token": "a", "targets": ["shop-2"]}
    client_of_administrator.post(url_of(release), sent)
    runs = Deployment.objects.get().steps.get().targets.all()
    assert [run.target_slug for run in runs] == ["shop-2"]


def test_a_time_is_read_in_the_readers_zone(
    release: Release, client_of_administrator: Client
) -> None:
    client_of_administrator.cookies["tz"] = "Asia/Kathmandu"
    at = (timezone.now() + timedelta(days=2)).astimezone(ZoneInfo("Asia/Kathmandu"))
    sent = {"request_token": "a", "not_before": f"{at:%Y-%m-%dT%H:%M}"}
    client_of_administrator.post(url_of(release), sent)
    assert Deployment.objects.get().not_before == at.replace(second=0, microsecond=0)
    html = page_of(client_of_administrator, release)
    assert "In your zone, +0545." in words_of(html)


def test_what_was_typed_stays_after_a_refusal(
    release: Release, client_of_administrator: Client
) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    sent = {
        "request_token": "a",
        "comment": "CHG-20871 <first>",
        "not_before": f"{yesterday:%Y-%m-%dT%H:%M}",
        "skip_steps": ["deploy-web"],
    }
    answer = client_of_administrator.post(url_of(release), sent)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "has passed. Choose a later time, or none to start now." in html
    assert "CHG-20871 &lt;first&gt;" in html
    assert f'value="{yesterday:%Y-%m-%dT%H:%M}"' in html
    assert re.search(r'name="skip_steps" value="deploy-web"[^>]* checked', html)
    assert 'name="request_token" value="a"' in html
    assert '<details class="p-panel p-sec" id="options" open>' in html


def test_a_target_that_went_meanwhile_is_refused_with_the_rest_kept(
    release: Release, target: DeploymentTarget, client_of_administrator: Client
) -> None:
    target.delete()
    sent = {"request_token": "a", "comment": "CHG-1"}
    answer = client_of_administrator.post(url_of(release), sent)
    assert answer.status_code == 422
    assert "no deployment target in Staging carries" in answer.content.decode()
    assert "CHG-1" in answer.content.decode()


# Moved tags


MOVED = "/remote/projects/web-shop/releases/1.4.2/moved-tags/"


def test_a_tag_that_was_pushed_again_is_a_warning(
    release: Release, client_of_administrator: Client
) -> None:
    with running_registry(**{"library/nginx": ["1.29"]}) as registry:
        builders.feed("Docker Hub", url=registry.url)
        html = client_of_administrator.get(MOVED).content.decode()
    assert "Tag 1.29 of library/nginx was pushed again" in words_of(html)
    assert "p-is-warning" in html


def test_a_feed_that_does_not_answer_is_no_promise(
    release: Release, client_of_administrator: Client
) -> None:
    builders.feed("Docker Hub", url="http://127.0.0.1:9")
    text = words_of(client_of_administrator.get(MOVED).content.decode())
    assert text.startswith("library/nginx:1.29 could not be looked up.")
    assert "No tag has moved" not in text


def test_moved_tags_of_a_hidden_project_are_not_found(release: Release) -> None:
    user = builders.user_with_role(Role.VIEWER, projects=[builders.project()])
    assert builders.signed_in(user).get(MOVED).status_code == 404


# Figures


def test_the_number_of_queries_depends_on_nothing(
    project: Project,
    staging: Environment,
    target: DeploymentTarget,
    client_of_administrator: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    builders.deployment(builders.release(project, "1.4.1"), staging, targets=[target])
    release = builders.release(project, "1.4.2")
    page_of(client_of_administrator, release)
    with django_assert_num_queries(QUERIES):
        page_of(client_of_administrator, release)
    builders.process(project, [builders.web_step(f"Step {number}") for number in range(9)])
    for number in range(5):
        more = builders.target(f"more-{number}", environments=[staging])
        builders.deployment(builders.release(project), staging, targets=[more])
    large = builders.release(project, "1.6.0")
    with django_assert_num_queries(QUERIES):
        page_of(client_of_administrator, large)


QUERIES = 20
"""Sign-in, rights, variables and the worker's beat included."""


# Schedule, expiry, guided failure, required steps


def test_a_schedule_has_an_expiry(release: Release, client_of_administrator: Client) -> None:
    start, end = timezone.now() + timedelta(hours=1), timezone.now() + timedelta(hours=2)
    sent = {
        "request_token": "a",
        "not_before": f"{start:%Y-%m-%dT%H:%M}",
        "expires_at": f"{end:%Y-%m-%dT%H:%M}",
    }
    client_of_administrator.post(url_of(release), sent)
    made = Deployment.objects.get()
    assert made.expires_at == end.replace(second=0, microsecond=0)
    html = words_of(client_of_administrator.get(f"/deployments/{made.pk}/").content.decode())
    assert re.search(r"Starts (today|tomorrow), \d\d:\d\d , in 59 min", html)
    assert "Gives up if it hasn't started by" in html


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ({"not_before": timedelta(days=31)}, "At most 30 days ahead."),
        ({"expires_at": -timedelta(hours=1)}, "Choose a time after now."),
        (
            {"not_before": timedelta(hours=2), "expires_at": timedelta(hours=1)},
            "Choose a time after the start.",
        ),
    ],
)
def test_times_that_make_no_sense_are_told_beside_their_field(
    release: Release,
    client_of_administrator: Client,
    times: dict[str, timedelta],
    words: str,
) -> None:
    sent = {name: f"{timezone.now() + ahead:%Y-%m-%dT%H:%M}" for name, ahead in times.items()}
    answer = client_of_administrator.post(
        url_of(release), {"request_token": "a", "comment": "Kept.", **sent}
    )
    html = answer.content.decode()
    assert answer.status_code == 422
    assert words in html
    assert "Kept." in html
    assert all(text in html for text in sent.values())
    assert not Deployment.objects.exists()


@pytest.mark.parametrize(("chosen", "guided"), [("on", True), ("off", False), ("", True)])
def test_whether_a_failure_asks_is_chosen_with_the_deployment(
    release: Release, client_of_administrator: Client, chosen: str, guided: bool
) -> None:
    Environment.objects.update(guided_failure=True)
    assert "As set here: ask a person what to do" in words_of(
        client_of_administrator.get(url_of(release)).content.decode()
    )
    client_of_administrator.post(url_of(release), {"request_token": "a", "guided_failure": chosen})
    assert Deployment.objects.get().guided_failure is guided


def test_a_required_step_is_not_offered_for_leaving_out(
    release: Release, client_of_administrator: Client
) -> None:
    revision = release.process
    revision.steps[0]["required"] = True
    revision.save()
    html = client_of_administrator.get(url_of(release)).content.decode()
    assert f"{revision.steps[0]['name']} can&#x27;t be left out." in html
    assert f'name="skip_steps" value="{revision.steps[0]["slug"]}"' not in html
