"""The card's buttons follow the cause; evidence, way back and times stand on the page."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from ecsportal.deployments.models import Deployment, RunState, State, TargetRun
from ecsportal.deployments.progress_page import state_context
from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.people.models import Role
from ecsportal.projects.models import Project
from ecsportal.steps.reasons import folded
from ecsportal.steps.stopped_tasks import said_of
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return builders.project("web-shop")


@pytest.fixture
def staging() -> Environment:
    return builders.environment("Staging")


@pytest.fixture
def first_failed(project: Project, staging: Environment) -> Deployment:
    """The first deployment ever, failed: there is nothing to go back to."""
    target = builders.target("shop-staging", environments=[staging])
    release = builders.release(project, "1.4.2")
    return builders.deployment(release, staging, state=State.FAILED, targets=[target])


@pytest.fixture
def failed(project: Project, staging: Environment) -> Deployment:
    """Failed after 1.4.1 had succeeded there."""
    target = builders.target("shop-staging", environments=[staging])
    builders.deployment(builders.release(project, "1.4.1"), staging, targets=[target])
    release = builders.release(project, "1.4.2")
    return builders.deployment(release, staging, state=State.FAILED, targets=[target])


def fails_with(deployment: Deployment, cause: str, **resources: Any) -> None:
    error = {
        "code": "ECS-DEPLOY-FAILED",
        "message": "Something is at fault.",
        "advice": "Mend it.",
        "cause": cause,
        "still_serving": "",
        "details": [],
    }
    TargetRun.objects.filter(step_run__deployment=deployment).update(
        error=error, resources=resources
    )


def page_of(client: Client, deployment: Deployment) -> str:
    answer = client.get(f"/deployments/{deployment.pk}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def filled(html: str) -> list[str]:
    """The words of the filled buttons that this reader sees."""
    may = re.findall(r'data-may="([^"]*)"', html)[0].split()
    found = re.findall(
        r'class="btn(?: p-edits)? btn-primary"([^>]*)>(.*?)</(?:a|button)>', html, re.DOTALL
    )
    return [words_of(words) for attributes, words in found if _is_shown(attributes, may)]


def _is_shown(attributes: str, may: list[str]) -> bool:
    needs = re.findall(r'data-needs="(\w+)"', attributes)
    lacks = re.findall(r'data-lacks="(\w+)"', attributes)
    return all(each in may for each in needs) and not any(each in may for each in lacks)


def buttons(html: str) -> list[str]:
    footer = html[html.index("<article") : html.index("</article>")].partition("<footer>")[2]
    found = re.findall(r'class="btn[^"]*"[^>]*>(.*?)</(?:a|button)>', footer, re.DOTALL)
    return [words_of(button) for button in found]


PASSES = ("registry-limit", "registry-fault", "capacity", "timeout", "spot", "aws-throttled")
ELSEWHERE = ("permission", "unknown", "a-cause-of-a-later-version")
OF_THE_VERSION = (
    "crash", "image-not-found", "architecture", "container-health", "load-balancer-answer",
    "command-not-found", "circuit-breaker", "no-progress", "rolled-back", "http-check",
)  # fmt: skip
OF_THE_STEP = ("out-of-memory", "subnet-missing", "secret-denied", "image-access", "validation")
OF_VARIABLES = ("secret-key-missing", "unresolved-expression")


@pytest.mark.parametrize(
    ("cause", "button"),
    [
        *((cause, "Retry") for cause in (*PASSES, *ELSEWHERE)),
        *((cause, "Roll back to 1.4.1…") for cause in OF_THE_VERSION),
        *((cause, "Edit step") for cause in OF_THE_STEP),
        *((cause, "Edit variables") for cause in OF_VARIABLES),
        ("change-set-gone", "Deploy 1.4.2 again…"),
    ],
)
def test_the_filled_button_is_what_the_causes_rule_recommends(
    failed: Deployment, client_of_administrator: Client, cause: str, button: str
) -> None:
    fails_with(failed, cause)
    html = page_of(client_of_administrator, failed)
    assert filled(html) == [button]
    for always in ("Retry", "Roll back to 1.4.1…", "Edit variables", "Copy report"):
        assert always in buttons(html)


@pytest.mark.parametrize(
    ("cause", "button"),
    [
        ("capacity", "Retry"),
        ("permission", "Retry"),
        ("crash", "New release…"),
        ("image-not-found", "New release…"),
        ("container-health", "Edit step"),
        ("architecture", "Edit step"),
        ("subnet-missing", "Edit step"),
        ("secret-key-missing", "Edit variables"),
    ],
)
def test_where_nothing_ever_worked_no_way_back_is_offered(
    first_failed: Deployment, client_of_administrator: Client, cause: str, button: str
) -> None:
    fails_with(first_failed, cause)
    html = page_of(client_of_administrator, first_failed)
    assert filled(html) == [button]
    assert "Retry" in buttons(html)
    assert not any("Roll back" in button for button in buttons(html))


def test_where_nothing_ever_worked_and_no_service_was_seen_the_card_says_that(
    first_failed: Deployment, client_of_administrator: Client
) -> None:
    fails_with(first_failed, "aws-credentials")
    words = words_of(page_of(client_of_administrator, first_failed))
    assert "Still serving users Nothing has succeeded in Staging yet." in words


@pytest.mark.parametrize(
    ("cause", "button"),
    [
        ("capacity", "Retry"),
        ("change-set-gone", "Deploy 1.4.2 again…"),
        ("permission", "Roll back to 1.4.1…"),
        ("aws-credentials", "Roll back to 1.4.1…"),
        ("subnet-missing", "Roll back to 1.4.1…"),
        ("crash", "Roll back to 1.4.1…"),
    ],
)
def test_an_environment_of_two_versions_goes_back_unless_a_retry_makes_it_one(
    failed: Deployment, client_of_administrator: Client, cause: str, button: str
) -> None:
    fails_with(failed, cause)
    failed.steps.get().targets.create(
        target_slug="shop-2", target_name="shop-2", state=RunState.SUCCEEDED
    )
    assert filled(page_of(client_of_administrator, failed)) == [button]


def account_links(html: str) -> list[tuple[str, str]]:
    """Where the buttons of AWS accounts lead, and their words; each needs the right to edit."""
    found = re.findall(r'data-needs="AccountEdit" href="([^"]*)">(.*?)</a>', html, re.DOTALL)
    return [(href, words_of(words)) for href, words in found]


def test_refused_credentials_lead_to_the_account_of_the_target(
    failed: Deployment, client_of_administrator: Client
) -> None:
    fails_with(failed, "aws-credentials")
    run = TargetRun.objects.get(step_run__deployment=failed)
    assert run.target is not None
    slug = run.target.account.slug
    html = page_of(client_of_administrator, failed)
    assert filled(html) == ["Edit AWS account"]
    assert account_links(html) == [(f"/infrastructure/accounts/{slug}/", "Edit AWS account")]
    assert "Retry" in buttons(html)
    assert "Edit variables" not in buttons(html)


@pytest.mark.parametrize("cause", ["aws-permission", "permission"])
def test_missing_permissions_offer_the_account_beside_the_retry(
    failed: Deployment, client_of_administrator: Client, cause: str
) -> None:
    fails_with(failed, cause)
    run = TargetRun.objects.get(step_run__deployment=failed)
    assert run.target is not None
    html = page_of(client_of_administrator, failed)
    assert filled(html) == ["Retry"]
    where = f"/infrastructure/accounts/{run.target.account.slug}/"
    assert account_links(html) == [(where, "Edit AWS account")]
    TargetRun.objects.filter(step_run__deployment=failed).update(target=None)
    assert account_links(page_of(client_of_administrator, failed)) == []


def test_where_one_target_arrived_the_account_is_still_one_press_away(
    failed: Deployment, client_of_administrator: Client
) -> None:
    fails_with(failed, "aws-credentials")
    failed.steps.get().targets.create(
        target_slug="shop-2", target_name="shop-2", state=RunState.SUCCEEDED
    )
    assert len(account_links(page_of(client_of_administrator, failed))) == 1


def test_credentials_refused_in_two_accounts_lead_to_the_list(
    failed: Deployment, client_of_administrator: Client
) -> None:
    other = builders.target("shop-2")
    failed.steps.get().targets.create(
        target=other, target_slug="shop-2", target_name="shop-2", state=RunState.FAILED
    )
    fails_with(failed, "aws-credentials")
    html = page_of(client_of_administrator, failed)
    assert account_links(html) == [("/infrastructure/accounts/", "Edit AWS accounts")]


def test_credentials_of_a_target_that_is_gone_are_tried_again(
    failed: Deployment, client_of_administrator: Client
) -> None:
    fails_with(failed, "aws-credentials")
    TargetRun.objects.filter(step_run__deployment=failed).update(target=None)
    html = page_of(client_of_administrator, failed)
    assert filled(html) == ["Retry"]
    assert account_links(html) == []


def test_what_is_deployed_again_leads_to_the_deploy_page_of_its_release(
    first_failed: Deployment, client_of_administrator: Client
) -> None:
    fails_with(first_failed, "change-set-gone")
    html = page_of(client_of_administrator, first_failed)
    assert filled(html) == ["Deploy 1.4.2 again…"]
    [href] = re.findall(r'href="([^"]*)"[^>]*>(?:<svg.*?</svg>)?Deploy 1\.4\.2 again', html)
    assert client_of_administrator.get(href).status_code == 200


@pytest.mark.parametrize(
    ("cause", "advice"),
    [
        ("subnet-missing", "A changed step needs a new release: a retry deploys 1.4.2 as it is."),
        ("secret-key-missing", "Changed variables reach 1.4.2 by Update variables on"),
    ],
)
def test_how_a_correction_arrives_is_part_of_the_advice(
    failed: Deployment, client_of_administrator: Client, cause: str, advice: str
) -> None:
    fails_with(failed, cause)
    assert advice in words_of(page_of(client_of_administrator, failed))
    run = TargetRun.objects.get(step_run__deployment=failed)
    run.error = (run.error or {}) | {"advice": "Put it into a new release, or Update variables."}
    run.save()
    assert advice not in words_of(page_of(client_of_administrator, failed))
    fails_with(failed, "capacity")
    assert advice not in words_of(page_of(client_of_administrator, failed))


def test_a_stack_that_is_still_created_is_told_of_beside_all_else_that_is_to_do(
    first_failed: Deployment, client_of_administrator: Client
) -> None:
    stack = {"name": "web", "status": "CREATE_IN_PROGRESS", "console_url": "", "note": ""}
    fails_with(first_failed, "no-progress", stack=stack)
    run = TargetRun.objects.get(step_run__deployment=first_failed)
    still = "Stack web is still being created by CloudFormation; Retry waits for that end."
    advice = f"{still} Look at the tasks. Read their reasons. Correct them. Ask somebody."
    run.error = (run.error or {}) | {"advice": advice}
    run.save()
    todo = re.findall(
        r'<ol class="p-todo">(.*?)</ol>', page_of(client_of_administrator, first_failed), re.DOTALL
    )
    assert [words_of(item) for item in re.findall(r"<li>.*?</li>", todo[0], re.DOTALL)] == [
        still,
        "Look at the tasks.",
        "Read their reasons.",
        "A changed step needs a new release: a retry deploys 1.4.2 as it is.",
    ]


# Who may not do what mends it


@pytest.fixture
def deployer() -> Client:
    client = Client()
    client.force_login(builders.user_with_role(Role.DEPLOYER))
    return client


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("crash", "A new release needs the permission ReleaseCreate in web-shop."),
        ("subnet-missing", "Editing the step needs the permission ProcessEdit in web-shop."),
        ("secret-key-missing", "Editing the variables needs the permission VariableEdit in"),
        ("aws-credentials", "Editing the AWS account needs the permission AccountEdit."),
    ],
)
def test_who_may_not_mend_it_copies_the_report_and_reads_what_that_needs(
    first_failed: Deployment, deployer: Client, cause: str, words: str
) -> None:
    fails_with(first_failed, cause)
    html = page_of(deployer, first_failed)
    assert filled(html) == ["Copy report"]
    assert words in words_of(html)


@pytest.mark.parametrize("cause", ["capacity", "permission", "crash", "change-set-gone"])
def test_a_deployer_has_filled_what_a_deployer_may(
    failed: Deployment, deployer: Client, cause: str
) -> None:
    fails_with(failed, cause)
    html = page_of(deployer, failed)
    assert len(filled(html)) == 1
    assert filled(html) != ["Copy report"]


def revision(version: str, running: int, desired: int = 2) -> dict[str, Any]:
    return {"revision": version, "version": version, "desired": desired, "running": running,
            "pending": 0, "failed": 0}  # fmt: skip


@pytest.mark.parametrize(
    ("revisions", "button"),
    [
        ([revision("1.4.2", 2), revision("1.4.1", 0, 0)], "Retry"),
        ([revision("1.4.2", 1), revision("1.4.1", 0, 0)], "Roll back to 1.4.1…"),
        ([revision("1.4.2", 2), revision("1.4.1", 2)], "Roll back to 1.4.1…"),
        ([revision("1.4.1", 2)], "Roll back to 1.4.1…"),
    ],
)
def test_a_new_version_that_runs_whole_by_now_is_not_rolled_back(
    failed: Deployment,
    client_of_administrator: Client,
    revisions: list[dict[str, Any]],
    button: str,
) -> None:
    fails_with(failed, "crash", services=[{"name": "web", "cluster": "x", "revisions": revisions}])
    assert filled(page_of(client_of_administrator, failed)) == [button]


def test_a_second_cause_has_no_second_filled_button(
    failed: Deployment, client_of_administrator: Client
) -> None:
    fails_with(failed, "crash")
    failed.steps.get().targets.create(
        target_slug="shop-2", target_name="shop-2", state=RunState.FAILED,
        error={"code": "ECS-DEPLOY-FAILED", "message": "Another one.", "cause": "out-of-memory"},
    )  # fmt: skip
    html = page_of(client_of_administrator, failed)
    assert html.count('<article class="p-diag"') == 2
    assert len(filled(html)) == 1


def test_the_same_crash_a_second_later_elsewhere_is_the_same_cause(
    failed: Deployment, client_of_administrator: Client
) -> None:
    said = 'Container web exits with code 1 {} seconds after it starts: "no DATABASE_URL"'
    error = {"code": "ECS-DEPLOY-FAILED", "cause": "crash"}
    TargetRun.objects.filter(step_run__deployment=failed).update(
        error=error | {"message": said.format("five")}
    )
    failed.steps.get().targets.create(
        target_slug="shop-2", target_name="shop-2", state=RunState.FAILED,
        error=error | {"message": said.format("four")},
    )  # fmt: skip
    html = page_of(client_of_administrator, failed)
    assert html.count('<article class="p-diag"') == 1
    assert "Step 1 Deploy web on shop-2, shop-staging." in words_of(html)


# Evidence


def task_of(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "task": f"6c377d{number:02}", "arn": "", "revision": "web:2", "container": "web",
        "exit_code": 1, "container_reason": "", "stop_code": "EssentialContainerExited",
        "reason": "Essential container in task exited", "lived_seconds": 5, "cause": "crash",
        "log": [], "stopped_at": f"2026-11-20T14:00:{number:02}+00:00",
    } | fields  # fmt: skip


def says(deployment: Deployment, *rows: dict[str, Any], target: str = "shop-staging") -> None:
    """The run failed with these tasks, and with the evidence that its step makes of them."""
    said = folded(said_of(row) for row in rows)
    run = TargetRun.objects.get(step_run__deployment=deployment, target_slug=target)
    run.error = (run.error or {}) | {
        "evidence": [asdict(piece) for piece in said],
        "details": [piece.line for piece in said],
    }
    run.resources = {"failed_tasks": list(rows)}
    run.save()


def report_of(html: str) -> str:
    return unescape(re.findall(r'data-copy="([^"]*)">.{0,400}?Copy report', html, re.DOTALL)[0])


def test_tasks_that_died_of_one_thing_are_one_entry_with_count_and_newest_time(
    failed: Deployment, client_of_administrator: Client
) -> None:
    fails_with(failed, "crash")
    other = task_of(40, exit_code=2)
    says(failed, *(task_of(number) for number in range(10, 20)), other)
    html = page_of(client_of_administrator, failed)
    reason = "EssentialContainerExited, Essential container in task exited; container web exit code"
    card = html[html.index("<article") : html.index("</article>")].partition("<footer>")[0]
    assert card.count(f"{reason} 1") == card.count(f"{reason} 2") == 1
    assert "10 tasks, the newest" in words_of(card)
    # What is folded away: each task with its time.
    assert card.count("(web:2) <time") == 10
    report = report_of(html)
    assert report.count(f"{reason} 1") == 1
    assert f"10 tasks, the newest at 2026-11-20 14:00:19 UTC: {reason} 1" in report
    assert "  6c377d10 (web:2)" in report
    api = builders.api_client(builders.user_with_role())
    answer = api.get(f"/api/v1/deployments/{failed.pk}").json()
    [said, lone] = answer["steps"][0]["targets"][0]["error"]["evidence"]
    assert (said["count"], said["newest_at"]) == (10, "2026-11-20T14:00:19+00:00")
    assert [one["name"] for one in said["each"]][:2] == ["6c377d19 (web:2)", "6c377d18 (web:2)"]
    assert (lone["count"], lone["line"]) == (1, f"Task 6c377d40 (web:2): {reason} 2")


def test_tasks_that_are_counted_without_a_name_are_a_link_to_their_line_of_the_log(
    failed: Deployment, client_of_administrator: Client
) -> None:
    fails_with(failed, "crash")
    together = "2026-11-20T14:00:10+00:00"
    says(failed, task_of(10, earlier=4), task_of(11, stopped_at=together))
    html = page_of(client_of_administrator, failed)
    assert '<a class="p-before" href="#node-deploy-web">and 4 before, in the log</a>' in html
    lines = [f"Task 6c377d{number:02} (web:2) stopped: exit code 1" for number in (7, 8, 9, 10, 11)]
    first = failed.last_seq + 1
    builders.log_lines(failed, *lines, level="warning", step="deploy-web")
    html = page_of(client_of_administrator, failed)
    line = first + 2
    before = f'href="/deployments/{failed.pk}/?line={line}#L{line}">and 4 before, in the log</a>'
    assert f'<a class="p-before" {before}' in html


def test_one_reason_on_several_targets_is_one_entry_that_names_them(
    failed: Deployment, client_of_administrator: Client
) -> None:
    failed.steps.get().targets.create(
        target_slug="shop-2", target_name="shop-2", state=RunState.FAILED
    )
    fails_with(failed, "crash")
    says(failed, task_of(10), task_of(11))
    says(failed, task_of(12), target="shop-2")
    html = page_of(client_of_administrator, failed)
    card = html[html.index("<article") : html.index("</article>")]
    assert "3 tasks, the newest" in words_of(card)
    assert "6c377d12 (web:2) on shop-2" in card
    assert "3 tasks failed" in words_of(card)


def test_an_error_of_an_older_version_shows_its_lines(
    failed: Deployment, client_of_administrator: Client
) -> None:
    fails_with(failed, "crash")
    run = TargetRun.objects.get(step_run__deployment=failed)
    run.error = (run.error or {}) | {"details": ["Task 1 died", "Task 2 died"]}
    run.save()
    text = words_of(page_of(client_of_administrator, failed))
    assert "Task 1 died Task 2 died" in text


def test_target_health_and_stack_events_are_kept_and_shown(
    failed: Deployment, client_of_administrator: Client
) -> None:
    fails_with(
        failed,
        "load-balancer-answer",
        target_groups={
            "arn:x": {
                "name": "shop-web", "console_url": "https://console.example/group",
                "targets": [{"id": "10.0.1.7", "port": 80, "state": "unhealthy", "reason": "R",
                             "words": "Health checks failed with these codes: [502]"}],
            }
        },
        stack={"name": "cf-ecs-web", "status": "UPDATE_ROLLBACK_COMPLETE", "resources": []},
        stack_events=[
            {"at": "2026-11-20T14:00:00+00:00", "logical_id": "ServiceWeb", "type": "x",
             "status": "UPDATE_FAILED", "reason": "Resource update cancelled"}
        ],
    )  # fmt: skip
    html = page_of(client_of_administrator, failed)
    words = words_of(html)
    assert "10.0.1.7:80 Unhealthy Health checks failed with these codes: [502]" in words
    assert 'href="https://console.example/group"' in html
    assert "1 stack event of this deployment" in words
    assert "UPDATE_FAILED ServiceWeb: Resource update cancelled" in words


def test_where_no_stack_was_made_none_is_said_to_be_deleted(
    failed: Deployment, client_of_administrator: Client
) -> None:
    stack = {"name": "cf-ecs-web", "id": "", "status": "", "resources": []}
    fails_with(failed, "cluster-not-found", stack=stack)
    html = page_of(client_of_administrator, failed)
    words = words_of(html)
    assert "No stack There is no stack cf-ecs-web, and none was made." in words
    assert words.count("No stack") == 2  # the card and the resources
    assert "Deleted" not in words
    assert "Stack cf-ecs-web: none was made" in report_of(html)


def test_a_service_that_went_with_its_stack_has_no_link_and_no_tasks_that_wait(
    failed: Deployment, client_of_administrator: Client
) -> None:
    Deployment.objects.filter(pk=failed.pk).update(state=State.CANCELLED)
    service = {
        "name": "web", "cluster": "demo", "console_url": "https://console.example/service",
        "log_groups": [{"name": "/ecs/web", "console_url": "https://console.example/logs"}],
        "revisions": [revision("1.4.2", 0, 0)],
    }  # fmt: skip
    fails_with(failed, "", services=[service | {"gone": True}])
    html = page_of(client_of_administrator, failed)
    assert "The service is deleted, and its tasks with it." in words_of(html)
    assert "console.example" not in html
    fails_with(failed, "", services=[service])
    html = page_of(client_of_administrator, failed)
    assert "The service is deleted" not in html
    assert html.count("console.example") == 2


# The way back


def test_the_way_back_is_a_card_of_the_picture_and_a_node_of_the_log(
    failed: Deployment, client_of_administrator: Client
) -> None:
    rollback = {
        "began": "2026-11-20T14:01:00+00:00", "ended": "2026-11-20T14:02:08+00:00",
        "status": "UPDATE_ROLLBACK_COMPLETE",
    }  # fmt: skip
    fails_with(failed, "crash", rollback=rollback)
    builders.many_lines(failed, 2, step="deploy-web", target="shop-staging", part="rollback")
    html = page_of(client_of_administrator, failed)
    assert 'href="#node-deploy-web--shop-staging--rollback"' in html
    picture = html[html.index('class="p-process"') : html.index("</ol>", html.index("p-process"))]
    assert "Rolled back Rollback 1 min 8 s" in words_of(picture)
    node = html[html.index('id="node-deploy-web--shop-staging--rollback"') :]
    assert "hidden" not in node.partition(">")[0]
    assert re.findall(r'id="L(\d+)"', node.partition("</details>")[0]) == ["1", "2"]


@pytest.mark.parametrize(
    ("rollback", "state", "words"),
    [
        ({"ended": "2026-11-20T14:02:00+00:00", "status": "UPDATE_ROLLBACK_FAILED"},
         RunState.FAILED, "Broke off"),
        ({"ended": "", "status": ""}, RunState.FAILED, "Not followed to its end"),
        ({"ended": "", "status": ""}, RunState.EXECUTING, "Rolling back"),
    ],
)  # fmt: skip
def test_how_a_way_back_ended_is_told_as_it_is(
    failed: Deployment,
    client_of_administrator: Client,
    rollback: dict[str, str],
    state: str,
    words: str,
) -> None:
    fails_with(failed, "crash", rollback={"began": "2026-11-20T14:01:00+00:00"} | rollback)
    TargetRun.objects.filter(step_run__deployment=failed).update(state=state)
    assert f"{words} Rollback of shop-staging" in words_of(page_of(client_of_administrator, failed))


# The timeline


def test_the_timeline_has_a_bar_for_each_step_target_and_way_back(
    failed: Deployment, client_of_administrator: Client
) -> None:
    end = timezone.now()
    start = end - timedelta(seconds=100)
    Deployment.objects.filter(pk=failed.pk).update(started_at=start, finished_at=end)
    step = failed.steps.get()
    step.started_at, step.finished_at = start + timedelta(seconds=20), end
    step.save()
    back = {
        "began": (start + timedelta(seconds=70)).isoformat(),
        "ended": (start + timedelta(seconds=95)).isoformat(),
        "status": "UPDATE_ROLLBACK_COMPLETE",
    }
    fails_with(failed, "crash", rollback=back)
    html = page_of(client_of_administrator, failed)
    bars = html[html.index('id="timeline"') :].partition("</details>")[0]
    places = re.findall(r'<rect x="([\d.]+)%" y="2" width="([\d.]+)%"', bars)
    assert places == [("20.0", "80.0"), ("70.0", "25.0")]
    assert "1 Deploy web" in bars
    assert "Rollback of shop-staging" in bars


def test_what_still_runs_shows_how_long_it_usually_takes(
    project: Project, staging: Environment, client_of_administrator: Client
) -> None:
    target = builders.target("shop-staging", environments=[staging])
    builders.deployment(builders.release(project, "1.4.1"), staging, targets=[target])
    running = builders.deployment(
        builders.release(project, "1.4.2"), staging, state=State.EXECUTING, targets=[target]
    )
    running.steps.update(started_at=timezone.now(), finished_at=None, state=RunState.EXECUTING)
    html = page_of(client_of_administrator, running)
    assert 'class="p-usual"' in html


def test_what_has_not_begun_has_no_timeline(
    project: Project, staging: Environment, client_of_administrator: Client
) -> None:
    queued = builders.deployment(builders.release(project), staging, state=State.QUEUED)
    assert 'id="timeline"' not in page_of(client_of_administrator, queued)


def test_steps_that_start_together_stand_in_one_group_of_the_picture(
    staging: Environment, client_of_administrator: Client
) -> None:
    steps = [
        builders.web_step("Deploy api"),
        builders.web_step("Deploy web", start="with_previous"),
        builders.web_step("Check"),
    ]
    project = builders.project("web-shop", steps=steps)
    target = builders.target("shop-staging", environments=[staging])
    running = builders.deployment(
        builders.release(project), staging, state=State.EXECUTING, targets=[target]
    )
    html = page_of(client_of_administrator, running)
    picture = html[html.index('class="p-process"') :].partition("</ol>")[0]
    groups = [re.findall(r"#node-([\w-]+)", item) for item in picture.split("<li>")[1:]]
    assert groups == [["deploy-api", "deploy-web"], ["check"]]


def test_the_head_over_the_evidence_says_whose_words_they_are(
    failed: Deployment, client_of_administrator: Client
) -> None:
    fails_with(failed, "http-check")
    run = TargetRun.objects.get(step_run__deployment=failed)
    run.error = (run.error or {}) | {"details": ["GET https://shop.example/"]}
    run.save()
    assert "What AWS said" in page_of(client_of_administrator, failed)
    run.error |= {"code": "HTTP-CHECK-FAILED"}
    run.save()
    page = page_of(client_of_administrator, failed)
    assert "<h3>Request and answer</h3>" in page
    assert "AWS said" not in page


def test_many_steps_that_a_retry_leaves_out_are_counted(
    failed: Deployment, client_of_administrator: Client
) -> None:
    for number in range(5):
        failed.steps.create(
            position=number + 1, slug=f"s-{number}", name=f"S {number}", type="x", version=1,
            state=RunState.SUCCEEDED,
        )  # fmt: skip
    text = words_of(page_of(client_of_administrator, failed))
    assert "A retry leaves out 5 steps: they succeeded." in text


def test_an_approval_alone_is_no_part_that_has_arrived(
    failed: Deployment, client_of_administrator: Client
) -> None:
    fails_with(failed, "permission")
    step = failed.steps.create(
        position=1, slug="approve", name="Approve", type="x", version=1, state=RunState.SUCCEEDED
    )
    step.targets.create(target_slug="", target_name="", state=RunState.SUCCEEDED)
    assert filled(page_of(client_of_administrator, failed)) == ["Retry"]


def test_any_number_of_cards_costs_the_same_queries(project: Project, staging: Environment) -> None:
    """Each target refused in an account of its own, in words of its own."""
    release = builders.release(project, "1.4.2")
    targets = [builders.target(environments=[staging]) for _ in range(5)]

    def queries(on: list[DeploymentTarget]) -> int:
        deployment = builders.deployment(release, staging, state=State.FAILED, targets=on)
        fails_with(deployment, "aws-permission")
        for run in TargetRun.objects.filter(step_run__deployment=deployment):
            run.error = {**(run.error or {}), "message": f"Refused on {run.target_slug}."}
            run.save(update_fields=["error"])
        with CaptureQueriesContext(connection) as asked:
            cards = state_context(deployment.pk)["diagnoses"]
        assert [len(card.accounts) for card in cards] == [1] * len(on)
        return len(asked)

    assert queries(targets[:1]) == queries(targets)
