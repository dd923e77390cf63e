"""A deployment's page: the sentence first, the log as a tree, and what its reader may do."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from ecsportal.deployments.models import (
    Deployment,
    InboxMessage,
    Level,
    LogLine,
    RunState,
    State,
    TargetRun,
)
from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.people.models import Role
from ecsportal.projects.models import Project
from tests import builders

pytestmark = pytest.mark.django_db

CAUSE = 'Container web exits with code 1 five seconds after it starts: "FATAL: no DATABASE_URL"'
ARN = "arn:aws:ecs:eu-west-1:123456789012:task/demo/6c377da0c4df571c3848bfa7a0bbc108"
ERROR = {
    "code": "ECS-DEPLOY-FAILED",
    "message": CAUSE,
    "advice": "Read the last lines of container web. Correct what they name.",
    "cause": "crash",
    "still_serving": "1.4.1 still serves web: 2 of 2 tasks running, not interrupted.",
    "details": ["Task 6c377da0 (web:2): EssentialContainerExited"],
}
RESOURCES: dict[str, Any] = {
    "services": [
        {
            "name": "web",
            "cluster": "demo",
            "console_url": "https://console.example/web",
            "revisions": [
                {"revision": "web:2", "version": "1.4.2", "desired": 0, "running": 0,
                 "pending": 0, "failed": 3},
                {"revision": "web:1", "version": "1.4.1", "desired": 2, "running": 2,
                 "pending": 0, "failed": 0},
            ],
        }
    ],
    "stack": {
        "name": "cf-ecs-demo-web",
        "status": "UPDATE_ROLLBACK_COMPLETE",
        "console_url": "https://console.example/stack",
        "note": "",
        "resources": [
            {"logical_id": "ServiceWeb", "type": "AWS::ECS::Service", "status": "UPDATE_COMPLETE",
             "began": "2026-11-20T14:00:00+00:00", "since": "2026-11-20T14:01:05+00:00",
             "reason": ""},
        ],
    },
    "events": [
        {"at": f"2026-11-20T14:00:{second:02}+00:00", "text": f"event {second}"}
        for second in range(20, 10, -1)
    ],
    "failed_tasks": [
        {"task": "6c377da0", "arn": ARN, "revision": "web:2", "container": "web", "exit_code": 1,
         "container_reason": "", "stop_code": "EssentialContainerExited",
         "reason": "Essential container in task exited", "lived_seconds": 5, "cause": "crash",
         "log": ["Starting web", "FATAL: no DATABASE_URL", "<b>Exiting</b>"]},
        {"task": "a1d898af", "arn": ARN, "revision": "web:2", "container": "web", "exit_code": 1,
         "container_reason": "", "stop_code": "EssentialContainerExited",
         "reason": "Essential container in task exited", "lived_seconds": 4, "cause": "crash",
         "log": []},
    ],
    "limits": {"failed_tasks": 1, "fail_after_stopped_tasks": 3, "no_progress_minutes": 15,
               "deadline": "2026-11-20T14:48:00+00:00"},
    "read_at": "2026-11-20T14:02:00+00:00",
}  # fmt: skip


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
def executing(project: Project, staging: Environment, target: DeploymentTarget) -> Deployment:
    release = builders.release(project, "1.4.2")
    return builders.deployment(release, staging, state=State.EXECUTING, targets=[target])


@pytest.fixture
def failed(project: Project, staging: Environment, target: DeploymentTarget) -> Deployment:
    """Failed after 1.4.1 had succeeded there."""
    builders.deployment(builders.release(project, "1.4.1"), staging, targets=[target])
    release = builders.release(project, "1.4.2")
    deployment = builders.deployment(
        release, staging, state=State.FAILED, targets=[target], error=ERROR
    )
    TargetRun.objects.filter(step_run__deployment=deployment).update(
        error=ERROR, resources=RESOURCES
    )
    return deployment


def page_of(client: Client, deployment: Deployment) -> str:
    answer = client.get(f"/deployments/{deployment.pk}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def words_of(html: str) -> str:
    """The text that a reader sees, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


# Who sees it


def test_a_deployment_that_does_not_exist_is_named(client_of_administrator: Client) -> None:
    answer = client_of_administrator.get("/deployments/4711/")
    assert answer.status_code == 404
    assert "There is no deployment 4711." in answer.content.decode()


@pytest.mark.parametrize("part", ["", "tail/", "log.txt"])
def test_who_may_not_see_the_project_finds_nothing(executing: Deployment, part: str) -> None:
    stranger = builders.user_with_role(Role.DEPLOYER, projects=[builders.project()])
    client = builders.signed_in(stranger)
    assert client.get(f"/deployments/{executing.pk}/{part}").status_code == 404


def test_a_deployer_of_this_environment_may_cancel(executing: Deployment) -> None:
    deployer = builders.user_with_role(Role.DEPLOYER, environments=[executing.environment])
    client = builders.signed_in(deployer)
    html = page_of(client, executing)
    assert 'data-dialog="cancel"' in html
    assert f'action="/deployments/{executing.pk}/cancel/"' in html


def test_who_deploys_elsewhere_only_reads_what_is_missing(executing: Deployment) -> None:
    elsewhere = builders.user_with_role(Role.VIEWER)
    grant = elsewhere.grants.create(role=Role.DEPLOYER, all_projects=True, all_environments=False)
    grant.environments.add(builders.environment("Development"))
    client = builders.signed_in(elsewhere)
    html = page_of(client, executing)
    assert 'data-dialog="cancel"' not in html
    assert "/cancel/" not in html
    assert "Needs the permission TaskCancel in Staging." in words_of(html)
    assert client.post(f"/deployments/{executing.pk}/cancel/").status_code == 403
    assert not InboxMessage.objects.exists()


def test_the_readers_rights_stand_on_the_page_for_what_comes_live(failed: Deployment) -> None:
    viewer = builders.signed_in(builders.user_with_role(Role.VIEWER))
    deployer = builders.signed_in(builders.user_with_role(Role.DEPLOYER))
    assert 'data-may=""' in page_of(viewer, failed)
    assert 'data-may="TaskCancel DeploymentCreate InterruptionSubmit"' in page_of(deployer, failed)
    assert "Needs the permission DeploymentCreate in Staging." in words_of(page_of(viewer, failed))


# The diagnosis


def test_a_failure_is_told_before_all_else(
    failed: Deployment, client_of_administrator: Client
) -> None:
    html = page_of(client_of_administrator, failed)
    text = words_of(html[html.index("p-diag") :])
    assert html.index("p-diag") < html.index('class="p-process"')
    assert "FATAL: no DATABASE_URL" in text
    assert "Step 1 Deploy web on shop-staging. 2 tasks failed; the step ended after 2 min." in text
    assert "Read the last lines of container web. Correct what they name." in text
    assert "1 an error of the application" in text
    assert "EssentialContainerExited" in text
    assert "1.4.1 still serves web: 2 of 2 tasks running, not interrupted." in text
    assert "Stack cf-ecs-demo-web is in UPDATE_ROLLBACK_COMPLETE. Nothing is in progress." in text
    assert f'data-copy="{ARN}"' in html


def test_the_line_that_names_the_cause_is_marked_and_nothing_in_it_is_markup(
    failed: Deployment, client_of_administrator: Client
) -> None:
    html = page_of(client_of_administrator, failed)
    assert '<span class="bad">FATAL: no DATABASE_URL</span>' in html
    assert "&lt;b&gt;Exiting&lt;/b&gt;" in html
    assert "Container exited with code 1 after 5 s" in html


def test_after_a_crash_that_was_rolled_back_the_way_back_is_offered_first(
    failed: Deployment, client_of_administrator: Client
) -> None:
    html = page_of(client_of_administrator, failed)
    assert re.search(
        r'class="btn btn-primary" data-needs="DeploymentCreate"'
        r' href="/projects/web-shop/releases/1.4.1/deploy/staging/"',
        html,
    )
    assert re.search(r'class="btn" type="submit">.*?Retry', html)
    assert len(re.findall(r'btn-primary"(?! data-lacks)', html)) == 1


def test_where_part_of_it_arrived_going_back_is_offered_first(
    failed: Deployment, client_of_administrator: Client
) -> None:
    step = failed.steps.get()
    other = builders.target("shop-2", environments=[failed.environment])
    step.targets.create(
        target=other, target_slug=other.slug, target_name="shop-2", state=RunState.SUCCEEDED
    )
    html = page_of(client_of_administrator, failed)
    assert re.search(
        r'class="btn btn-primary" data-needs="DeploymentCreate" href="[^"]*1\.4\.1', html
    )
    assert len(re.findall(r'btn-primary"(?! data-lacks)', html)) == 1


def test_each_distinct_cause_has_its_card_with_its_targets(
    failed: Deployment, client_of_administrator: Client
) -> None:
    step = failed.steps.get()
    for number, message in ((2, CAUSE), (3, "The task may not pull image shop/web:1.4.2.")):
        step.targets.create(
            target_slug=f"shop-{number}",
            target_name=f"shop-{number}",
            state=RunState.FAILED,
            error=ERROR | {"message": message},
        )
    html = page_of(client_of_administrator, failed)
    assert html.count('<article class="p-diag"') == 2
    # Targets are in the order of their slugs.
    assert "Step 1 Deploy web on shop-2, shop-staging." in words_of(html)
    assert "Step 1 Deploy web on shop-3." in words_of(html)


def test_with_several_targets_each_stack_and_service_says_where_it_is(
    failed: Deployment, client_of_administrator: Client
) -> None:
    failed.steps.get().targets.create(
        target_slug="shop-2", target_name="shop-2", state=RunState.FAILED, error=ERROR,
        resources=RESOURCES,
    )  # fmt: skip
    html = page_of(client_of_administrator, failed)
    card = words_of(html[html.index("<article") : html.index("</article>")])
    for target in ("shop-2", "shop-staging"):
        assert f"Stack cf-ecs-demo-web on {target} is in UPDATE_ROLLBACK_COMPLETE." in card
        assert f"On {target}: 1.4.1 still serves web: 2 of 2 tasks running" in card
    assert "Stack cf-ecs-demo-web on shop-2: UPDATE_ROLLBACK_COMPLETE" in html  # the report
    nothing = ERROR | {"still_serving": "Nothing serves web yet."}
    failed.steps.get().targets.filter(target_slug="shop-2").update(resources={}, error=nothing)
    html = page_of(client_of_administrator, failed)
    assert "On shop-2: Nothing serves web yet." in words_of(html)


def test_an_error_before_aws_shows_no_empty_parts(
    failed: Deployment, client_of_administrator: Client
) -> None:
    error = {
        "code": "TARGET-DELETED",
        "message": "The deployment target shop-staging was deleted.",
        "advice": "Deploy the release again: it goes to the targets that match now.",
        "cause": "", "still_serving": "", "details": [],
    }  # fmt: skip
    Deployment.objects.filter(pk=failed.pk).update(error=error)
    TargetRun.objects.filter(step_run__deployment=failed).update(error=error, resources={})
    html = page_of(client_of_administrator, failed)
    card = html[html.index("<article") : html.index("</article>")]
    assert "The deployment target shop-staging was deleted." in card
    assert "1.4.1 was the last to succeed." in card
    for absent in ("Evidence", "Last lines", "AWS said", "CloudFormation now"):
        assert absent not in card


def test_a_deployment_that_expired_says_so(
    project: Project, staging: Environment, client_of_administrator: Client
) -> None:
    deployment = builders.deployment(
        builders.release(project), staging, state=State.TIMED_OUT, started_at=None
    )
    text = words_of(page_of(client_of_administrator, deployment))
    assert "It didn’t start before it expired." in text
    assert "Timed out" in text


def test_a_failure_without_a_known_error_still_has_its_card(
    project: Project, staging: Environment, client_of_administrator: Client
) -> None:
    deployment = builders.deployment(builders.release(project), staging, state=State.FAILED)
    text = words_of(page_of(client_of_administrator, deployment))
    assert "We don’t know this cause yet." in text


def test_a_retry_says_what_it_leaves_out(
    failed: Deployment, client_of_administrator: Client
) -> None:
    failed.steps.create(
        position=1, slug="migrate", name="Migrate", type="x", version=1, state=RunState.SUCCEEDED
    )
    text = words_of(page_of(client_of_administrator, failed))
    assert "A retry leaves out step 2 Migrate: it succeeded." in text


def test_a_cancelled_deployment_says_what_serves_and_how_to_deploy_it_again(
    failed: Deployment, client_of_administrator: Client
) -> None:
    Deployment.objects.filter(pk=failed.pk).update(state=State.CANCELLED, error=None)
    html = page_of(client_of_administrator, failed)
    assert "1.4.1 was the last to succeed in Staging." in words_of(html)
    assert 'href="/projects/web-shop/releases/1.4.2/deploy/staging/"' in html
    assert "p-diag-say" not in html


def test_a_cancelled_redeployment_says_that_the_same_release_was_the_last_to_succeed(
    failed: Deployment, client_of_administrator: Client
) -> None:
    again = builders.deployment(failed.release, failed.environment, state=State.CANCELLED)
    Deployment.objects.filter(pk=failed.pk).update(state=State.SUCCEEDED, error=None)
    text = words_of(page_of(client_of_administrator, again))
    assert "1.4.2 was the last to succeed in Staging." in text


def test_a_cancelled_deployment_says_what_it_left_in_aws(
    failed: Deployment, client_of_administrator: Client
) -> None:
    gone = "Stack cf-ecs-demo-web is deleted, nothing of it stays."
    Deployment.objects.filter(pk=failed.pk).update(state=State.CANCELLED, error=None)
    runs = TargetRun.objects.filter(step_run__deployment=failed)
    runs.update(state=RunState.CANCELLED, reason=gone, started_at=timezone.now(), error=None)
    html = page_of(client_of_administrator, failed)
    told = words_of(html[: html.index('id="log"')])
    assert f"{gone} When last seen, 1.4.1 served web: 2 of 2 tasks running. 1.4.1 was" in told


# Resources


def test_what_went_well_beside_a_failure_is_folded(
    failed: Deployment, client_of_administrator: Client
) -> None:
    step = failed.steps.get()
    step.state = RunState.FAILED
    step.save()
    other = step.targets.create(
        target_slug="shop-2", target_name="shop-2", state=RunState.SUCCEEDED, resources=RESOURCES
    )
    step.targets.exclude(pk=other.pk).update(state=RunState.FAILED)
    html = page_of(client_of_administrator, failed)
    assert 'id="node-deploy-web--shop-staging" open>' in html
    assert 'id="node-deploy-web--shop-2">' in html
    assert re.search(r'id="res-\d+" open>', html)
    assert f'id="res-{other.pk}">' in html


def test_a_run_that_made_nothing_in_aws_says_so(
    failed: Deployment, client_of_administrator: Client
) -> None:
    TargetRun.objects.filter(step_run__deployment=failed).update(resources={"limits": {}, "x": 1})
    html = page_of(client_of_administrator, failed)
    assert "This deployment made nothing in AWS." in html
    assert "kept as they were at the end" not in html


def test_resources_are_kept_after_the_end(
    failed: Deployment, client_of_administrator: Client
) -> None:
    html = page_of(client_of_administrator, failed)
    resources = words_of(html[html.index('id="dep-resources"') :])
    assert "kept as they were at the end" in resources
    assert "1 · 1.4.1 2 2 0 0" in resources
    assert "6c377da0 web 1 5 s Log" in resources
    assert "ServiceWeb Back as before 1 min 5 s" in resources
    assert "4 older" in resources
    assert "Stops early" not in resources
    assert 'href="#task-6c377da0"' in html
    assert 'id="task-6c377da0"' in html


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.CANCELLED, RunState.SUCCEEDED])
def test_what_was_in_progress_at_the_end_is_told_in_the_past_and_turns_no_more(
    failed: Deployment, client_of_administrator: Client, state: str
) -> None:
    creating = {"logical_id": "ServiceWeb", "type": "AWS::ECS::Service", "reason": ""}
    stack = RESOURCES["stack"] | {
        "status": "CREATE_IN_PROGRESS",
        "resources": [creating | {"status": "CREATE_IN_PROGRESS"}],
    }
    target = {"id": "10.0.0.7", "port": 80, "state": "initial", "words": ""}
    groups = {"arn": {"name": "web", "targets": [target]}}
    runs = TargetRun.objects.filter(step_run__deployment=failed)
    runs.update(state=state, resources=RESOURCES | {"stack": stack, "target_groups": groups})
    html = page_of(client_of_administrator, failed)
    assert "p-is-running" not in html
    resources = words_of(html[html.index('id="dep-resources"') :])
    assert "Last seen in CREATE_IN_PROGRESS. It goes on by itself" in resources
    assert "ServiceWeb Was creating" in resources
    assert "10.0.0.7:80 Was starting" in resources
    stack["resources"], stack["status"] = [], "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    runs.update(resources=RESOURCES | {"stack": stack})
    html = page_of(client_of_administrator, failed)
    resources = words_of(html[html.index('id="dep-resources"') :])
    assert "Updated" in resources
    assert "Last seen" not in resources


def test_a_running_step_says_what_would_end_it_early(
    executing: Deployment, client_of_administrator: Client
) -> None:
    TargetRun.objects.filter(step_run__deployment=executing).update(resources=RESOURCES)
    text = words_of(page_of(client_of_administrator, executing))
    assert "Stops early after 3 failed tasks: 1 so far. Deadline 14:48." in text


def test_a_failure_that_asks_is_not_looked_after_meanwhile(
    asking: Deployment, client_of_administrator: Client
) -> None:
    runs = TargetRun.objects.filter(step_run__deployment=asking)
    stack = RESOURCES["stack"] | {"status": "CREATE_IN_PROGRESS", "resources": []}
    runs.update(resources=RESOURCES | {"stack": stack}, error=ERROR, state=RunState.WAITING)
    html = page_of(client_of_administrator, asking)
    resources = words_of(html[html.index('id="dep-resources"') :])
    assert "Stops early" not in resources
    assert "Was creating" in resources


def test_a_resource_in_progress_counts_on(
    executing: Deployment, client_of_administrator: Client
) -> None:
    began = (timezone.now() - timedelta(seconds=65)).isoformat()
    row = {"logical_id": "ServiceWeb", "type": "AWS::ECS::Service", "began": began,
           "since": began, "status": "CREATE_IN_PROGRESS", "reason": ""}  # fmt: skip
    stack = RESOURCES["stack"] | {"resources": [row], "status": "CREATE_IN_PROGRESS"}
    TargetRun.objects.filter(step_run__deployment=executing).update(
        resources=RESOURCES | {"stack": stack}
    )
    html = page_of(client_of_administrator, executing)
    assert re.search(r'<span data-since="[^"]+">1 min 5 s</span>', html)
    assert "Creating" in html


# Progress, waiting, questions


def test_progress_is_measured_by_the_median_of_what_it_took_before(
    project: Project, staging: Environment, client_of_administrator: Client
) -> None:
    now = timezone.now()
    for minutes in (3, 7, 30):
        times: dict[str, Any] = {
            "started_at": now - timedelta(minutes=minutes),
            "finished_at": now,
        }
        builders.deployment(builders.release(project), staging, **times)
    running = builders.deployment(
        builders.release(project),
        staging,
        state=State.EXECUTING,
        started_at=now - timedelta(minutes=2, seconds=5),
    )
    html = page_of(client_of_administrator, running)
    assert "of about 7 min" in words_of(html)
    assert 'data-progress-expected="420"' in html


def test_a_queued_deployment_names_what_it_waits_for_and_its_place(
    executing: Deployment, client_of_administrator: Client
) -> None:
    release = builders.release(executing.project, "1.4.3")
    first, second = (
        builders.deployment(release, executing.environment, state=State.QUEUED) for _ in range(2)
    )
    html = page_of(client_of_administrator, second)
    assert f'href="/deployments/{first.pk}/"' in html
    assert "2 deployments are ahead of this one." in words_of(html)
    assert "It hasn't started. Nothing in AWS changes." in html.replace("&#x27;", "'")


def test_a_deployment_for_later_says_when(
    project: Project, staging: Environment, client_of_administrator: Client
) -> None:
    later = timezone.now() + timedelta(hours=2, minutes=1)
    deployment = builders.deployment(
        builders.release(project), staging, state=State.QUEUED, not_before=later
    )
    words = words_of(page_of(client_of_administrator, deployment))
    assert re.search(r"Starts (today|tomorrow), \d\d:\d\d , in 2 h", words)


def test_a_deployment_for_another_day_names_the_day(
    project: Project, staging: Environment, client_of_administrator: Client
) -> None:
    later = timezone.now() + timedelta(days=3)
    deployment = builders.deployment(
        builders.release(project),
        staging,
        state=State.QUEUED,
        not_before=later,
        expires_at=later + timedelta(days=1),
    )
    words = words_of(page_of(client_of_administrator, deployment))
    until = later + timedelta(days=1)
    assert f"Starts {later.day} {later:%b, %H:%M} ." in words
    assert f"started by {until.day} {until:%b, %H:%M} ." in words


def test_a_step_that_never_ran_promises_no_time(
    project: Project, staging: Environment, client_of_administrator: Client
) -> None:
    done = builders.deployment(builders.release(project), staging, state=State.SUCCEEDED)
    began = timezone.now() - timedelta(minutes=5)
    done.steps.update(started_at=began, finished_at=began + timedelta(seconds=22))
    cancelled = builders.deployment(builders.release(project), staging, state=State.CANCELLED)
    cancelled.steps.update(state=RunState.CANCELLED, started_at=None, finished_at=None)
    words = words_of(page_of(client_of_administrator, cancelled))
    assert "not run" in words
    assert "about 22 s" not in words


@pytest.fixture
def asking(executing: Deployment) -> Deployment:
    executing.state = State.WAITING
    executing.question = {
        "id": 501, "run": 1, "text": "Delete the stack?", "answers": ["proceed", "retry", "abort"],
        "step": "deploy-web", "target": "shop-staging",
    }  # fmt: skip
    executing.due_at = timezone.now()
    executing.save()
    return executing


def test_a_question_stands_on_top_with_its_answers(
    asking: Deployment, client_of_administrator: Client
) -> None:
    html = page_of(client_of_administrator, asking)
    assert "Delete the stack?" in html
    assert "1 Deploy web on shop-staging" in words_of(html)
    for answer, word in (("proceed", "Proceed"), ("retry", "Retry"), ("abort", "Abort")):
        assert re.search(rf'type="submit" name="answer" value="{answer}">{word}<', html)
    # What changes nothing is the filled one.
    assert re.search(r'btn-primary" type="submit" name="answer" value="retry"', html)
    assert html.count("btn-primary") == 1


@pytest.fixture
def guided(asking: Deployment) -> Deployment:
    """A failure that waits until somebody decides."""
    run = asking.steps.get().targets.get(target_slug="shop-staging")
    run.state, run.error, run.resources = RunState.WAITING, ERROR, RESOURCES
    asked = {"id": 501, "text": f"Deploy web failed on shop-staging: {CAUSE}", "guided": True,
             "answers": ["retry", "fail", "ignore", "exclude_target"]}  # fmt: skip
    run.question = asked
    run.save()
    asking.question = {**asked, "run": run.pk, "step": "deploy-web", "target": "shop-staging"}
    asking.save()
    return asking


def test_a_failure_that_asks_shows_its_whole_card_while_somebody_decides(
    guided: Deployment, client_of_administrator: Client
) -> None:
    html = page_of(client_of_administrator, guided)
    said = words_of(unescape(html))
    assert said.count(CAUSE) == 1
    assert html.index('id="dep-question"') < html.index('<article class="p-diag"')
    card = html[html.index("<article") : html.index("</article>")]
    for part in (
        "Read the last lines of container web.",
        "an error of the application",
        "EssentialContainerExited",
        "FATAL: no DATABASE_URL",
        "1.4.1 still serves web: 2 of 2 tasks running, not interrupted.",
        "Stack cf-ecs-demo-web is in UPDATE_ROLLBACK_COMPLETE.",
        "What AWS said",
        "Copy report",
    ):
        assert part in words_of(card) or part in card, part
    # The answers are the buttons: the card has none that would start another deployment.
    assert "/retry/" not in html
    assert "Roll back" not in card
    assert "Retry runs the step on this target again." in said
    assert "longer than usual" not in said


@pytest.mark.parametrize(
    ("cause", "answer"),
    [
        ("crash", "fail"),
        ("subnet-missing", "fail"),
        ("change-set-gone", "fail"),
        ("aws-credentials", "retry"),
        ("capacity", "retry"),
    ],
)
def test_the_answer_that_is_filled_follows_the_cause(
    guided: Deployment, client_of_administrator: Client, cause: str, answer: str
) -> None:
    run = guided.steps.get().targets.get(target_slug="shop-staging")
    run.error = ERROR | {"cause": cause}
    run.save()
    html = page_of(client_of_administrator, guided)
    assert re.findall(r'btn-primary" type="submit" name="answer" value="(\w+)"', html) == [answer]
    assert html.count("btn-primary") == 1


def test_a_failure_that_was_set_aside_has_no_card_beside_the_one_that_asks(
    guided: Deployment, client_of_administrator: Client
) -> None:
    guided.steps.get().targets.create(
        target_slug="shop-2", target_name="shop-2", state=RunState.FAILED, set_aside="ignored",
        error=ERROR | {"message": "Another cause."},
    )  # fmt: skip
    html = page_of(client_of_administrator, guided)
    assert html.count('<article class="p-diag"') == 1
    assert "Another cause." not in html


def test_an_answer_goes_to_the_engine_once(
    asking: Deployment, client_of_administrator: Client
) -> None:
    sent = {"question": 501, "answer": "abort", "note": "too risky"}
    answer = client_of_administrator.post(f"/deployments/{asking.pk}/answer/", sent)
    assert answer.headers["Location"] == f"/deployments/{asking.pk}/"
    assert InboxMessage.objects.get().payload == sent


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"question": 500, "answer": "abort"}, "That question isn’t open any more."),
        ({"question": 501, "answer": "explode"}, "One of: proceed, retry, abort."),
        ({"question": "x", "answer": ""}, "Choose one of the answers."),
    ],
)
def test_an_answer_that_fits_nothing_is_refused_in_the_page(
    asking: Deployment, client_of_administrator: Client, sent: dict[str, Any], message: str
) -> None:
    path = f"/deployments/{asking.pk}/answer/"
    html = client_of_administrator.post(path, sent, follow=True).content.decode()
    assert message in html.replace("&#x27;", "’").replace("'", "’")
    assert not InboxMessage.objects.exists()


def test_who_may_not_answer_reads_why(asking: Deployment) -> None:
    client = builders.signed_in(builders.user_with_role(Role.VIEWER))
    assert "Needs the permission InterruptionSubmit in Staging." in words_of(
        page_of(client, asking)
    )
    sent = {"question": 501, "answer": "abort"}
    assert client.post(f"/deployments/{asking.pk}/answer/", sent).status_code == 403


# Acts that come too late


def test_cancelling_what_has_ended_is_told_as_a_message(
    failed: Deployment, client_of_administrator: Client
) -> None:
    path = f"/deployments/{failed.pk}/cancel/"
    html = client_of_administrator.post(path, follow=True).content.decode()
    assert f"Deployment {failed.pk} has ended already." in html


def test_cancelling_asks_the_engine(executing: Deployment, client_of_administrator: Client) -> None:
    Deployment.objects.filter(pk=executing.pk).update(due_at=timezone.now())
    client_of_administrator.post(f"/deployments/{executing.pk}/cancel/")
    assert InboxMessage.objects.get().kind == InboxMessage.Kind.CANCEL


def test_a_retry_that_cannot_be_queued_says_why(
    failed: Deployment, target: DeploymentTarget, client_of_administrator: Client
) -> None:
    target.environments.clear()
    path = f"/deployments/{failed.pk}/retry/"
    html = client_of_administrator.post(path, follow=True).content.decode()
    assert "no deployment target in Staging carries" in html
    assert Deployment.objects.count() == 2


def test_a_double_click_on_retry_queues_once(
    failed: Deployment, client_of_administrator: Client
) -> None:
    path, sent = f"/deployments/{failed.pk}/retry/", {"request_token": "abc"}
    first, second = (client_of_administrator.post(path, sent) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert Deployment.objects.count() == 3


# The log


def test_lines_stand_in_the_node_that_they_belong_to(
    executing: Deployment, client_of_administrator: Client
) -> None:
    builders.log_lines(executing, "Deploying web-shop 1.4.2.")
    builders.many_lines(executing, 2, step="deploy-web", target="shop-staging")
    builders.log_lines(executing, "Deployed.")
    html = page_of(client_of_administrator, executing)
    lists = dict(re.findall(r'data-lines="([^"]*)">(.*?)</ol>', html, re.DOTALL))
    numbers = {node: re.findall(r'id="L(\d+)"', lines) for node, lines in lists.items()}
    assert numbers == {
        "/": ["1"],
        "deploy-web/": [],
        "deploy-web/shop-staging": ["2", "3"],
        "deploy-web/shop-staging/rollback": [],
        "/end": ["4"],
    }
    assert 'data-after="4"' in html


def test_repeats_count_up_in_one_line_whatever_they_say_besides(
    executing: Deployment, client_of_administrator: Client
) -> None:
    for wait in ("1 min 1 s", "2 min 0 s: somebody else's update"):
        builders.log_lines(executing, f"Still UPDATE_IN_PROGRESS, {wait}", level=Level.WAIT)
    html = page_of(client_of_administrator, executing)
    assert html.count("p-line--still") == 2
    assert "Still UPDATE_IN_PROGRESS, 2 min 0 s: somebody else" in words_of(html).replace(" :", ":")


def test_a_line_is_text_and_nothing_else(
    executing: Deployment, client_of_administrator: Client
) -> None:
    builders.log_lines(executing, "<script>alert(1)</script>", level=Level.FATAL)
    html = page_of(client_of_administrator, executing)
    assert "<span>&lt;script&gt;alert(1)&lt;/script&gt;</span>" in html
    assert 'class="p-line p-line--error" id="L1"' in html


def test_clocks_are_in_the_readers_zone(
    executing: Deployment, client_of_administrator: Client
) -> None:
    builders.log_lines(executing, "a line")
    at = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    LogLine.objects.update(at=at)
    client_of_administrator.cookies["tz"] = "Asia/Kathmandu"
    html = page_of(client_of_administrator, executing)
    assert re.search(
        r'<time datetime="[^"]*T12:00:00\.000\+00:00" data-clock>17:45:00</time>', html
    )


def test_the_tail_has_what_came_after_a_line_and_the_state(
    executing: Deployment, client_of_administrator: Client
) -> None:
    builders.many_lines(executing, 5)
    path = f"/deployments/{executing.pk}/tail/?after=3"
    html = client_of_administrator.get(path).content.decode()
    assert re.findall(r'id="L(\d+)"', html) == ["4", "5"]
    assert 'data-last="5"' in html
    assert 'id="dep-head"' in html
    assert 'id="dep-resources"' in html
    assert "data-ended" not in html


def test_the_tail_of_an_ended_deployment_ends_once_all_lines_are_told(
    failed: Deployment, client_of_administrator: Client
) -> None:
    builders.many_lines(failed, 2)
    path = f"/deployments/{failed.pk}/tail/?after="
    assert "data-ended" not in client_of_administrator.get(path + "0").content.decode()
    assert "data-ended" in client_of_administrator.get(path + "2").content.decode()


def test_the_tail_takes_an_odd_number_as_none(
    executing: Deployment, client_of_administrator: Client
) -> None:
    builders.many_lines(executing, 1)
    path = f"/deployments/{executing.pk}/tail/?after=-1"
    assert 'id="L1"' in client_of_administrator.get(path).content.decode()


# Figures


def test_the_number_of_queries_depends_on_nothing(
    executing: Deployment,
    staging: Environment,
    client_of_administrator: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    path = f"/deployments/{executing.pk}/"
    builders.many_lines(executing, 3, step="deploy-web", target="shop-staging")
    client_of_administrator.get(path)
    with django_assert_num_queries(QUERIES):
        client_of_administrator.get(path)
    builders.many_lines(executing, 900, step="deploy-web", target="shop-staging")
    for number in range(8):
        step = executing.steps.create(
            position=number + 1, slug=f"s{number}", name=f"S {number}", type="x", version=1,
            state=RunState.EXECUTING, started_at=timezone.now(),
        )  # fmt: skip
        for name in ("a", "b"):
            step.targets.create(
                target_slug=name, target_name=name, state=RunState.EXECUTING, resources=RESOURCES
            )
    for _ in range(5):
        builders.deployment(builders.release(executing.project), staging)
    with django_assert_num_queries(QUERIES):
        client_of_administrator.get(path)


QUERIES = 13
"""Sign-in, rights and the worker's beat included."""
